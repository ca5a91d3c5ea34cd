// COSE_Sign1 (RFC 9052, 9053): one ES256 signature over one payload.
import { decode, encode } from "./cbor.js";
import { Malformed } from "./malformed.js";

export const Header = { ALGORITHM: 1, CRITICAL: 2, KEY_ID: 4, TYPE: 16 };
export const ES256 = -7;
const TAG_SIGN1 = 0xc0 | 18;
const ECDSA = { name: "ECDSA", hash: "SHA-256" };
const SIGNATURE_BYTES = 64;

/**
 * A tagged or untagged message taken apart; nothing in it is proven before `isSignedBy` says so.
 * @param {Uint8Array} message
 * @param {{isOrdered?: boolean}} [asked] as `decode` takes it
 */
export function readSign1(message, asked) {
  const parts = decode(message[0] === TAG_SIGN1 ? message.subarray(1) : message, asked);
  if (!Array.isArray(parts) || parts.length !== 4) throw new Malformed("not a COSE_Sign1 array");
  const [protectedBytes, unprotected, payload, signature] = parts;
  const isBytes = [protectedBytes, payload, signature].every((part) => part instanceof Uint8Array);
  if (!isBytes || !(unprotected instanceof Map)) throw new Malformed("not a COSE_Sign1 array");
  const header = protectedBytes.length ? decode(protectedBytes, asked) : new Map();
  checkHeaders(header, unprotected);
  const keyId = header.get(Header.KEY_ID) ?? unprotected.get(Header.KEY_ID) ?? null;
  const signedHeader = header.size ? protectedBytes : new Uint8Array();
  return { protectedBytes: signedHeader, header, unprotected, payload, signature, keyId };
}

/** Whether `key`, an ES256 key and nothing else, signed the message; its header may not say otherwise. */
export async function isSignedBy(key, message) {
  const stated = message.header.get(Header.ALGORITHM) ?? message.unprotected.get(Header.ALGORITHM);
  if (stated !== ES256) return false;
  const signed = encode(["Signature1", message.protectedBytes, new Uint8Array(), message.payload]);
  return isSignatureOf(key, message.signature, signed);
}

/** Whether the bare signature, its two numbers side by side, is `key`'s over `signed`. */
export async function isSignatureOf(key, signature, signed) {
  return signature.length === SIGNATURE_BYTES && crypto.subtle.verify(ECDSA, key, signature, signed);
}

function checkHeaders(header, unprotected) {
  if (!(header instanceof Map)) throw new Malformed("the protected header is not a map");
  const isTwice = [...header.keys()].some((key) => unprotected.has(key));
  if (isTwice) throw new Malformed("a header that is both protected and not");
  if (header.has(Header.CRITICAL) || unprotected.has(Header.CRITICAL)) throw new Malformed("a critical header");
}
