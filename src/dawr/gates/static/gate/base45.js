// Base45 (RFC 9285): bytes as the 45 characters that a QR code packs tightest.
import { Malformed } from "./malformed.js";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const VALUES = new Map([...ALPHABET].map((character, value) => [character, value]));

/**
 * The bytes of `text`; refuses other characters, impossible lengths and groups too large for their bytes.
 * @param {string} text
 * @returns {Uint8Array}
 */
export function decode(text) {
  if (text.length % 3 === 1) throw new Malformed("base45 text of an impossible length");
  const bytes = [];
  for (let start = 0; start < text.length; start += 3) bytes.push(...groupBytes(text.slice(start, start + 3)));
  return Uint8Array.from(bytes);
}

function groupBytes(group) {
  const digits = Array.from({ length: group.length }, (_, place) => VALUES.get(group[place]));
  if (digits.includes(undefined)) throw new Malformed("a character outside base45");
  const [low, middle, high = 0] = digits;
  const number = low + middle * 45 + high * 45 * 45;
  if (number >= 256 ** (group.length - 1)) throw new Malformed("a base45 group too large for its bytes");
  return group.length === 3 ? [number >> 8, number & 255] : [number];
}
