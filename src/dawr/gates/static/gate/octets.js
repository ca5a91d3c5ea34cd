// Bytes and how they are written down.
import { Malformed } from "./malformed.js";

const BASE64URL = /^[A-Za-z0-9_-]*$/;

/** @param {string} text base64url without padding */
export function fromBase64url(text) {
  const isWritten = typeof text === "string" && BASE64URL.test(text) && text.length % 4 !== 1;
  if (!isWritten) throw new Malformed("not base64url");
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
  if (toBase64url(bytes) !== text) throw new Malformed("bits after the last byte");
  return bytes;
}

/** @param {Uint8Array} bytes */
export function toBase64url(bytes) {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {string} text pairs of hexadecimal digits */
export function fromHex(text) {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) throw new Malformed("not hexadecimal");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} text */
export function utf8(text) {
  return new TextEncoder().encode(text);
}

/** The parts, one after the other. */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

/** Equality in a time that does not tell where two of the same length differ. */
export function same(one, other) {
  if (one.length !== other.length) return false;
  return one.reduce((difference, byte, place) => difference | (byte ^ other[place]), 0) === 0;
}
