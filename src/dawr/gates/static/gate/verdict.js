// What a gate makes of a code: read it, prove it, and hold it against the place, the day and the status list.
import { isSignedBy } from "./cose.js";
import { Malformed } from "./malformed.js";
import { toHex } from "./octets.js";
import { PREFIX, readCode } from "./payload.js";

export const Verdict = {
  ADMIT: "admit",
  TOO_EARLY: "too_early",
  TOO_LATE: "too_late",
  WRONG_OFFICE: "wrong_office",
  WRONG_SERVICE: "wrong_service",
  WRONG_DAY: "wrong_day",
  USED: "used",
  CANCELLED: "cancelled",
  SUSPENDED: "suspended",
  NOT_OURS: "not_ours",
  DAMAGED_CODE: "damaged_code",
  IDENTITY_MISMATCH: "identity_mismatch",
  STATUS_LIST_STALE: "status_list_stale",
};
export const STATUS_LIST_LIFE_MS = 2 * 60 * 60_000;
/** Two honest clocks are not further apart: a list from later than this is not believed. */
export const STATUS_LIST_AHEAD_MS_MAX = 5 * 60_000;
const WORTHLESS = [null, Verdict.CANCELLED, Verdict.USED, Verdict.SUSPENDED];

/**
 * The whole check of a shown code.
 * @param {string} code exactly as it was shown
 */
export async function verify(code, { keys, place }) {
  const finding = await prove(code, keys);
  return finding.claims ? { verdict: judge(finding.claims, place), claims: finding.claims } : finding;
}

/**
 * Whether one of `keys` signed the code: ADMIT with proven claims, else NOT_OURS or DAMAGED_CODE without any.
 * @param {Map<string, CryptoKey>} keys
 */
export async function prove(code, keys) {
  if (!code.startsWith(PREFIX)) return { verdict: Verdict.NOT_OURS, claims: null };
  try {
    const { message, claims } = readCode(code);
    const key = keys.get(toHex(message.keyId));
    if (key && (await isSignedBy(key, message))) return { verdict: Verdict.ADMIT, claims };
    return { verdict: Verdict.NOT_OURS, claims: null };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { verdict: Verdict.DAMAGED_CODE, claims: null };
  }
}

/**
 * What proven claims are worth here and now; the reason that no waiting mends is named first.
 * @param {{office: string, services: Set<string> | null, dayStartsMs: number, dayEndsMs: number, nowMs: number,
 *   list: {issuedMs: number, statuses: {at: (index: number) => number | null}}}} place
 */
export function judge(claims, place) {
  if (claims.office !== place.office) return Verdict.WRONG_OFFICE;
  const status = place.list.statuses.at(claims.statusIndex) ?? 0;
  if (status) return WORTHLESS[status] ?? Verdict.SUSPENDED;
  if (place.services && !place.services.has(claims.service)) return Verdict.WRONG_SERVICE;
  return inTime(claims, place);
}

/** Whether the list is too old to say who has cancelled or come since, or from a time that has not come. */
export function isStale({ issuedMs }, nowMs) {
  return nowMs - issuedMs > STATUS_LIST_LIFE_MS || issuedMs - nowMs > STATUS_LIST_AHEAD_MS_MAX;
}

/** The ticket's own hours say when it is good, past midnight too; the calendar only says why it is not. */
function inTime(claims, { dayStartsMs, dayEndsMs, nowMs, list }) {
  if (nowMs < claims.notBeforeMs || nowMs >= claims.expiresMs) {
    const isToday = [claims.startsMs, nowMs].every((at) => dayStartsMs <= at && at < dayEndsMs);
    if (!isToday) return Verdict.WRONG_DAY;
    return nowMs < claims.notBeforeMs ? Verdict.TOO_EARLY : Verdict.TOO_LATE;
  }
  return isStale(list, nowMs) ? Verdict.STATUS_LIST_STALE : Verdict.ADMIT;
}
