// What has happened at this device to each ticket, kept beside its records: it survives a reload, and no key on the
// screen takes any of it back.
import { read } from "./database.js";

const TRIES_MAX = 2;

/**
 * @typedef {object} Standing
 * @property {string} ticket base64url of its id
 * @property {string} day
 * @property {"first" | "other"} round whose places are asked at the gate
 * @property {number} wrong tries in this round
 * @property {number} secondWrong tries of the second look in this round
 * @property {number} mismatches ever found; never fewer
 * @property {boolean} isDecoyed the wrong name has been shown
 * @property {number | null} admittedMs
 */

/** @returns {Standing} of a ticket that was never shown here */
export function fresh(ticket, day) {
  return { ticket, day, round: "first", wrong: 0, secondWrong: 0, mismatches: 0, isDecoyed: false, admittedMs: null };
}

/** @returns {Promise<Standing>} */
export async function standingOf(database, { ticket, day }) {
  return (await read(database, "standings", ticket)) ?? fresh(ticket, day);
}

/**
 * The standing of a ticket whose card was found to be another's somewhere else, at another device or with a network:
 * here too it needs a branch head, unless he has allowed another round here.
 */
export function foundElsewhere(standing) {
  if (standing.round !== "first" || isMismatched(standing)) return standing;
  return { ...standing, wrong: TRIES_MAX, mismatches: standing.mismatches + 1 };
}

/** The card was found to be another's, and no branch head has allowed another round. */
export function isMismatched(standing) {
  return standing.wrong >= TRIES_MAX || standing.secondWrong >= TRIES_MAX;
}

/** Whether a branch head may allow another round: there is one, with other places. */
export function hasOtherRound(standing) {
  return standing.round === "first";
}

/**
 * The standing after one more record of that ticket.
 * @param {Standing} standing
 * @param {{kind: string}} record
 * @param {number} atMs
 * @returns {Standing}
 */
export function after(standing, record, atMs) {
  switch (record.kind) {
    case "decoy_answered":
      return { ...standing, isDecoyed: true };
    case "answered":
      return record.right ? standing : { ...standing, wrong: record.attempt };
    case "second_look":
      return record.right ? standing : { ...standing, secondWrong: record.attempt };
    case "overruled":
      return record.what === "another_round" ? { ...standing, round: "other", wrong: 0, secondWrong: 0 } : standing;
    case "decided":
      return decided(standing, record.verdict, atMs);
    default:
      return standing;
  }
}

function decided(standing, verdict, atMs) {
  if (verdict === "admit") return { ...standing, admittedMs: standing.admittedMs ?? atMs };
  return verdict === "identity_mismatch" ? { ...standing, mismatches: standing.mismatches + 1 } : standing;
}
