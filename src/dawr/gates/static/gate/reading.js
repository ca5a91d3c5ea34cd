// From what was shown at the gate to everything that the way through it depends on; no network, no clock of its own.
import { cleanCode } from "./challenge.js";
import { sha256 } from "./hashes.js";
import { toBase64url, utf8 } from "./octets.js";
import { codeOfReference } from "./pack.js";
import { PREFIX } from "./payload.js";
import { decoyName, hasSecondLook, laneOf } from "./selection.js";
import { judge, prove } from "./verdict.js";

const REFERENCE = /^[2-9A-HJ-NP-Z]{6}$/;
/** A slip of the finger is likelier than a forgery, and another day's reference is genuine: it is asked for again. */
const UNKNOWN_REFERENCE = Object.freeze({ verdict: "damaged_code", claims: null });

/**
 * What a shown text is worth here and now.
 * @param {string} shown exactly as it came
 * @param {{via: string, pack: object, keys: Map, list: object, nowMs: number}} at
 * @returns {Promise<import("./gate.js").Scan & {claims: object | null, rounds: object[] | undefined}>}
 */
export async function readShown(shown, { via, pack, keys, list, nowMs }) {
  const reference = cleanCode(shown);
  const isReference = !shown.startsWith(PREFIX) && REFERENCE.test(reference);
  const code = isReference ? await codeOfReference(reference, { pack }) : shown;
  const { verdict, claims } = code === undefined ? UNKNOWN_REFERENCE : await prove(code, keys);
  const facts = {
    via: isReference ? "reference" : via,
    ticket: claims && toBase64url(claims.ticketId),
    service: claims && claims.service,
    index: claims && claims.statusIndex,
    code_hash: toBase64url(await sha256(utf8(isReference ? reference : shown))),
    ticket_lane: null,
    list_ms: list.issuedMs,
  };
  if (!claims) return { facts, verdict, claims, isOwnLane: true, hasAnswers: true, decoy: null, hasSecondLook: false };
  return ofTicket(claims, { facts, pack, list, nowMs });
}

async function ofTicket(claims, { facts, pack, list, nowMs }) {
  const [lane, secondLook, decoy] = await Promise.all([
    laneOf(pack.lanes.key, claims.ticketId, pack.lanes.open),
    hasSecondLook(pack.secret, claims.ticketId),
    decoyName(pack.secret, claims.ticketId, { signedName: claims.name, names: pack.decoy_names }),
  ]);
  const rounds = claims.office === pack.office.office ? pack.tickets.get(claims.statusIndex) : undefined;
  return {
    facts: { ...facts, ticket_lane: lane },
    verdict: judge(claims, placeOf(pack, { list, nowMs })),
    claims,
    rounds,
    isOwnLane: lane === pack.device.lane,
    hasAnswers: rounds !== undefined,
    decoy,
    hasSecondLook: secondLook,
  };
}

function placeOf({ office }, { list, nowMs }) {
  return {
    office: office.office, services: null, dayStartsMs: office.day_starts_ms, dayEndsMs: office.day_ends_ms, nowMs, list,
  };
}
