// CBOR (RFC 8949) as tickets and status lists use it: whole numbers, bytes, text, arrays, maps, false, true and null,
// each in its shortest form, of definite length, nested eight deep at most; a map's keys are numbers or texts. All else
// is refused, tags too.
import { Malformed } from "./malformed.js";
import { join, toHex, utf8 } from "./octets.js";

const NESTING_MAX = 8;
const SIMPLE = new Map([[20, false], [21, true], [22, null]]);
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * One whole item. Maps become `Map`; a number beyond 2^53 a bigint.
 * @param {Uint8Array} bytes
 * @param {{isOrdered?: boolean}} [asked] whether a map's keys have to stand in their deterministic order
 */
export function decode(bytes, { isOrdered = false } = {}) {
  const reader = new Reader(bytes, isOrdered);
  const item = reader.item(NESTING_MAX);
  if (reader.at < bytes.length) throw new Malformed("bytes after the CBOR item");
  return item;
}

/** The deterministic encoding of whole numbers, bytes, text, arrays and maps (whose keys are already in order). */
export function encode(value) {
  if (Number.isSafeInteger(value)) return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (value instanceof Uint8Array) return join(head(2, value.length), value);
  if (typeof value === "string") return join(head(3, utf8(value).length), utf8(value));
  if (Array.isArray(value)) return join(head(4, value.length), ...value.map(encode));
  if (value instanceof Map) return join(head(5, value.size), ...[...value].flat().map(encode));
  throw new TypeError("not encoded here");
}

class Reader {
  constructor(bytes, isOrdered) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.isOrdered = isOrdered;
    this.at = 0;
  }

  item(depth) {
    if (depth < 0) throw new Malformed("nested too deep");
    const [first] = this.take(1);
    const kind = first >> 5;
    const number = this.number(first & 31, kind);
    switch (kind) {
      case 0: return number;
      case 1: return typeof number === "bigint" ? -1n - number : -1 - number;
      case 2: return this.take(number);
      case 3: return this.text(number);
      case 4: return this.array(number, depth - 1);
      case 5: return this.map(number, depth - 1);
      case 6: throw new Malformed("a tag where there is none");
      default: return SIMPLE.get(number);
    }
  }

  /** The number in an item's head; anything longer than it need be is another spelling of it, and refused. */
  number(short, kind) {
    if (kind === 7 && !SIMPLE.has(short)) throw new Malformed("not one of the simple values");
    if (short < 24) return short;
    if (short > 27) throw new Malformed("of indefinite length");
    const size = 2 ** (short - 24);
    const from = this.at;
    this.take(size);
    const number = size === 8 ? this.view.getBigUint64(from) : this.view[`getUint${8 * size}`](from);
    if (number < (size === 1 ? 24 : 2 ** (4 * size))) throw new Malformed("a number in more bytes than it needs");
    return number <= Number.MAX_SAFE_INTEGER ? Number(number) : number;
  }

  take(size) {
    if (size > this.bytes.length - this.at) throw new Malformed("cut short");
    this.at += Number(size);
    return this.bytes.slice(this.at - Number(size), this.at);
  }

  text(size) {
    try {
      return UTF8.decode(this.take(size));
    } catch (error) {
      throw error instanceof Malformed ? error : new Malformed("not UTF-8");
    }
  }

  array(length, depth) {
    const items = [];
    for (let place = 0; place < length; place += 1) items.push(this.item(depth));
    return items;
  }

  map(length, depth) {
    const entries = new Map();
    const names = new Set();
    let last = "";
    for (let place = 0; place < length; place += 1) {
      const from = this.at;
      const key = this.item(depth);
      if (typeof key !== "number" && typeof key !== "string") throw new Malformed("a key that is no number or text");
      const name = toHex(this.bytes.subarray(from, this.at));
      if (names.has(name)) throw new Malformed("the same key twice");
      if (this.isOrdered && !isInOrder(last, name)) throw new Malformed("keys out of order");
      names.add(name);
      last = name;
      entries.set(key, this.item(depth));
    }
    return entries;
  }
}

/** Shorter keys first, those of a length by their bytes: RFC 8949 section 4.2.3, and what the issuer writes. */
function isInOrder(one, next) {
  return one.length < next.length || (one.length === next.length && one < next);
}

function head(kind, number) {
  const first = kind << 5;
  if (number < 24) return Uint8Array.of(first | number);
  const size = [1, 2, 4, 8].find((bytes) => number < 2 ** (8 * bytes));
  const written = new DataView(new ArrayBuffer(8));
  written.setBigUint64(0, BigInt(number));
  return Uint8Array.of(first | (24 + Math.log2(size)), ...new Uint8Array(written.buffer, 8 - size));
}
