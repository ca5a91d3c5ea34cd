// The IETF Token Status List: a few bits for each ticket, compressed with ZLIB, and signed as a CWT.
import { decode } from "./cbor.js";
import { Header, isSignedBy, readSign1 } from "./cose.js";
import { Malformed } from "./malformed.js";
import { join, toHex } from "./octets.js";
import { STATUS_LIST_AHEAD_MS_MAX } from "./verdict.js";

const MEDIA_TYPE = "application/statuslist+cwt";
const Claim = { SUBJECT: 2, EXPIRES: 4, ISSUED: 6, STATUS_LIST: 65533, TTL: 65534 };
const BITS = new Set([1, 2, 4, 8]);
const PACKED_BYTES_MAX = 2 ** 20;
const INSTANT_SECONDS_MAX = 2 ** 33;

/** The list was issued later than it is: one of the two clocks is wrong, and nothing is to be believed. */
export class FromTheFuture extends Error {}

/** Statuses side by side, each in `bits` bits, the first in the lowest of the first byte. */
class PackedStatuses {
  constructor(bits, packed) {
    this.bits = bits;
    this.packed = packed;
  }

  /** The status at `index`, null past the end: of a ticket signed later than the list it says nothing. */
  at(index) {
    const byte = Math.floor((index * this.bits) / 8);
    if (byte >= this.packed.length) return null;
    return (this.packed[byte] >> ((index * this.bits) % 8)) & (2 ** this.bits - 1);
  }
}

/**
 * The token that one of `keys` signed; nothing is unpacked before that is proven. Whether it is stale, ask verdict.js.
 * @param {Uint8Array} message
 * @param {{keys: Map<string, CryptoKey>, nowMs: number}} held
 */
export async function readToken(message, { keys, nowMs }) {
  const signed = readSign1(message);
  if (signed.header.get(Header.TYPE) !== MEDIA_TYPE) throw new Malformed("not a status list token");
  const key = signed.keyId instanceof Uint8Array ? keys.get(toHex(signed.keyId)) : undefined;
  if (!key || !(await isSignedBy(key, signed))) throw new Malformed("a status list that none of these keys signed");
  const token = await readClaims(decode(signed.payload));
  if (token.issuedMs - nowMs > STATUS_LIST_AHEAD_MS_MAX) throw new FromTheFuture();
  return token;
}

/** The list of a CBOR form; refuses whatever is not exactly one, and one that unpacks to too much. */
export async function readList(listed) {
  const isList = listed instanceof Map && listed.size === 2 && listed.get("lst") instanceof Uint8Array;
  if (!isList || !BITS.has(listed.get("bits"))) throw new Malformed("not statuses of 1, 2, 4 or 8 bits");
  return new PackedStatuses(listed.get("bits"), await unpacked(listed.get("lst")));
}

async function readClaims(claims) {
  const keys = Object.values(Claim);
  const isWhole = claims instanceof Map && claims.size === keys.length && keys.every((key) => claims.has(key));
  const isNamed = isWhole && typeof claims.get(Claim.SUBJECT) === "string";
  if (!isNamed) throw new Malformed("not exactly a status list's claims");
  return {
    subject: claims.get(Claim.SUBJECT),
    issuedMs: 1000 * seconds(claims.get(Claim.ISSUED)),
    expiresMs: 1000 * seconds(claims.get(Claim.EXPIRES)),
    ttlSeconds: seconds(claims.get(Claim.TTL)),
    statuses: await readList(claims.get(Claim.STATUS_LIST)),
  };
}

function seconds(value) {
  const isSeconds = typeof value === "number" && value >= 0 && value < INSTANT_SECONDS_MAX;
  if (!isSeconds) throw new Malformed("not a number of seconds");
  return value;
}

/** A ZLIB stream's content; whatever is cut, followed by something, or larger than any list is refused. */
async function unpacked(compressed) {
  const parts = [];
  let size = 0;
  try {
    for await (const part of new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate"))) {
      size += part.length;
      if (size > PACKED_BYTES_MAX) break;
      parts.push(part);
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Malformed("not a ZLIB stream");
  }
  if (size > PACKED_BYTES_MAX) throw new Malformed("a status list longer than any");
  return join(...parts);
}
