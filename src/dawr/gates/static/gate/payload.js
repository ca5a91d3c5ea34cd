// DW1, the signed ticket: `DW1:` and the base45 of an untagged COSE_Sign1 over deterministic CBOR.
import { decode as fromBase45 } from "./base45.js";
import { decode } from "./cbor.js";
import { Header, readSign1 } from "./cose.js";
import { Malformed } from "./malformed.js";
import { utf8 } from "./octets.js";

export const PREFIX = "DW1:";
/** Who comes: PROXY means that name and identity are the proxy's. */
export const Flag = { COMPANION: 1, PROXY: 2 };

const CODE_CHARACTERS_MAX = 600;
const ARRAY_OF_FOUR = 0x84;
const SIGNATURE_BYTES = 64;
const KEY_ID_BYTES = 8;
const ISSUER_CHARACTERS_MAX = 8;
const NAME_BYTES_MAX = 60;
const INSTANT_SECONDS_MAX = 2 ** 33;
const ALGORITHMS = new Set([-7, -8, -35, -36]);
const CODE_PART = /^[A-Z0-9](?:[A-Z0-9-]{0,10}[A-Z0-9])?$/;
const PRINTABLE = /^(?: |[^\p{C}\p{Z}])+$/u;
const Claim = {
  ISSUER: 1, EXPIRES: 4, NOT_BEFORE: 5, TICKET: 7,
  SLOT: -65537, IDENTITY: -65538, NAME: -65539, STATUS_INDEX: -65541, FLAGS: -65542,
};
const ORDERED = { isOrdered: true };

/**
 * The message and its unproven claims; refuses every other spelling of them than the one that is signed.
 * @param {string} code
 */
export function readCode(code) {
  if (code.length > CODE_CHARACTERS_MAX) throw new Malformed("a code longer than any ticket's");
  if (!code.startsWith(PREFIX)) throw new Malformed("not a DW1 code");
  const encoded = fromBase45(code.slice(PREFIX.length));
  if (encoded[0] !== ARRAY_OF_FOUR) throw new Malformed("not a bare array of four");
  const message = readSign1(encoded, ORDERED);
  if (message.unprotected.size) throw new Malformed("a header outside the signature");
  if (message.signature.length !== SIGNATURE_BYTES) throw new Malformed("a signature of the wrong length");
  checkHeader(message.header);
  return { message, claims: readClaims(message.payload) };
}

function checkHeader(header) {
  if (!hasExactly(header, [Header.ALGORITHM, Header.KEY_ID])) throw new Malformed("not exactly algorithm and key id");
  if (!ALGORITHMS.has(header.get(Header.ALGORITHM))) throw new Malformed("an algorithm that is not known");
  bytes(header.get(Header.KEY_ID), KEY_ID_BYTES);
}

/** The claims of a payload; refuses unknown, missing or ill-typed ones and any but the deterministic encoding. */
function readClaims(payload) {
  const entries = decode(payload, ORDERED);
  if (!hasExactly(entries, Object.values(Claim))) throw new Malformed("not exactly a ticket's claims");
  const slot = entries.get(Claim.SLOT);
  if (!Array.isArray(slot) || slot.length !== 4) throw new Malformed("not a slot");
  const [service, office, minute, minutes] = slot;
  const issuer = codePart(entries.get(Claim.ISSUER));
  if (issuer.length > ISSUER_CHARACTERS_MAX) throw new Malformed("an issuer of more than 8 characters");
  return {
    issuer,
    notBeforeMs: 1000 * number(entries.get(Claim.NOT_BEFORE), INSTANT_SECONDS_MAX),
    expiresMs: 1000 * number(entries.get(Claim.EXPIRES), INSTANT_SECONDS_MAX),
    ticketId: bytes(entries.get(Claim.TICKET), 10),
    service: `${issuer}/${codePart(service)}`,
    office: `${issuer}/${codePart(office)}`,
    startsMs: 60_000 * number(minute, Math.floor(INSTANT_SECONDS_MAX / 60)),
    minutes: number(minutes, 24 * 60),
    identity: bytes(entries.get(Claim.IDENTITY), 16),
    name: name(entries.get(Claim.NAME)),
    statusIndex: number(entries.get(Claim.STATUS_INDEX), 2 ** 32),
    flags: number(entries.get(Claim.FLAGS), 4),
  };
}

function hasExactly(map, keys) {
  return map instanceof Map && map.size === keys.length && keys.every((key) => map.has(key));
}

function codePart(value) {
  if (typeof value !== "string" || !CODE_PART.test(value)) throw new Malformed("not a code of the catalogue");
  return value;
}

function name(value) {
  const isName = typeof value === "string" && PRINTABLE.test(value) && utf8(value).length <= NAME_BYTES_MAX;
  if (!isName) throw new Malformed("not a name of at most 60 bytes");
  return value;
}

function bytes(value, length) {
  if (!(value instanceof Uint8Array) || value.length !== length) throw new Malformed(`not ${length} bytes`);
  return value;
}

function number(value, below) {
  if (typeof value !== "number" || value < 0 || value >= below) throw new Malformed("not a number in its range");
  return value;
}
