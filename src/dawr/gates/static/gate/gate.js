// The way of one ticket through the gate: pure, told by events what happened, and saying what is to be recorded before
// the next screen is shown. "Admit" is reached in one place, and only past everything that this ticket has to pass.
import { after, hasOtherRound, isMismatched } from "./used.js";

/**
 * @typedef {object} Scan what reading.js made of a shown code
 * @property {object} facts of the record `scanned`, all but `found`
 * @property {string} verdict of the code, the place, the day and the list
 * @property {boolean} isOwnLane
 * @property {boolean} hasAnswers a row of the day pack
 * @property {string | null} decoy the wrong name that is shown first
 * @property {boolean} hasSecondLook
 *
 * @typedef {object} State
 * @property {"ready" | "told" | "blocked" | "name" | "digits" | "officer" | "second"} at
 * @property {string} [verdict] where it is told
 * @property {string} [what] keeps it from going on until a branch head overrules it
 * @property {string} [note] "wrong", "decoy_seen", "decoy_missed" or "name_denied"
 */

/** Nobody stands before the guard. @type {State} */
export const READY = Object.freeze({ at: "ready" });

/**
 * A code was shown.
 * @param {Scan} scan
 * @param {{standing: import("./used.js").Standing | null, isStaleAllowed: boolean}} known
 */
export function begin(scan, { standing, isStaleAllowed }) {
  const final = finalOf(scan, standing);
  const state = { scan, standing, isStaleAllowed, overruled: [], isNamed: false, isDenied: false, isOpen: false };
  if (final) {
    const said = final === "identity_mismatch" ? mismatched(state) : told(state, final);
    return { state: said, records: [scanned(scan, final)] };
  }
  const [obstacle] = obstacles(state);
  const found = obstacle === "stale_list" ? "status_list_stale" : (obstacle ?? "ask");
  return { state: { ...onward(state), isOpen: obstacle !== "stale_list" }, records: [scanned(scan, found)] };
}

/**
 * What one event makes of a state; an event that has no place in it changes nothing.
 * @param {State} state
 * @param {{type: string, atMs: number}} event overruled {officer, number}, named {isOnCard}, answered {isRight, secondsMs},
 *   officer {officer, number}, alone, left, next
 */
export function step(state, event) {
  const taken = STEPS[event.type]?.[state.at];
  return taken ? taken({ ...state, nowMs: event.atMs }, event) : { state, records: [] };
}

/** The round whose places are asked now: a second look asks those that the guard was not asked for. */
export function roundAsked(state) {
  const own = state.standing.round;
  return state.at === "second" ? { first: "other", other: "first" }[own] : own;
}

const STEPS = {
  overruled: { blocked: overruled },
  named: { name: named },
  answered: { digits: answered, second: lookedAgain },
  officer: { officer: (state, { officer, number }) => ({ state: { ...state, at: "second", officer, number }, records: [] }) },
  alone: { officer: (state) => admitted(state, []) },
  left: { blocked: left, name: left, digits: left, officer: left, second: left },
  next: { told: () => ({ state: READY, records: [] }) },
};

function overruled(state, { officer, number }) {
  const record = { kind: "overruled", officer, number, what: state.what };
  const passed = { ...recorded(state, record), overruled: [...state.overruled, state.what], isOpen: true, note: undefined };
  return goOn(passed, [record]);
}

function named(state, { isOnCard }) {
  const passed = { ...state, isNamed: true };
  if (state.scan.decoy && !state.standing.isDecoyed) {
    const record = { kind: "decoy_answered", missed: isOnCard };
    return goOn({ ...recorded(passed, record), note: isOnCard ? "decoy_missed" : "decoy_seen" }, [record]);
  }
  const record = { kind: "name_answered", on_card: isOnCard };
  // Who denies every name never misses a decoy: a true one that is denied is asked once more.
  if (!isOnCard && !state.isDenied) return { state: { ...state, isDenied: true, note: "name_denied" }, records: [record] };
  return goOn({ ...passed, note: isOnCard ? undefined : "name_denied" }, [record]);
}

function answered(state, { isRight, secondsMs }) {
  const { round, wrong } = state.standing;
  const record = { kind: "answered", attempt: wrong + 1, round, right: isRight, seconds_ms: secondsMs };
  const tried = recorded(state, record);
  if (!isRight) return triedWrongly(tried, [record]);
  return state.scan.hasSecondLook ? { state: { ...tried, at: "officer", note: undefined }, records: [record] } : admitted(tried, [record]);
}

function lookedAgain(state, { isRight }) {
  const { officer, number, standing } = state;
  const record = { kind: "second_look", officer, number, attempt: standing.secondWrong + 1, right: isRight };
  const tried = recorded(state, record);
  return isRight ? admitted(tried, [record]) : triedWrongly(tried, [record]);
}

function triedWrongly(state, records) {
  if (!isMismatched(state.standing)) return { state: { ...state, note: "wrong" }, records };
  const record = { kind: "decided", verdict: "identity_mismatch" };
  return { state: mismatched(recorded(state, record)), records: [...records, record] };
}

function admitted(state, records) {
  const record = { kind: "decided", verdict: "admit" };
  return { state: told(recorded(state, record), "admit"), records: [...records, record] };
}

function left(state) {
  return { state: READY, records: state.isOpen ? [{ kind: "decided", verdict: "left" }] : [] };
}

/** Where no digits can be asked, the branch head has read the card himself: his code stands for the answer. */
function goOn(state, records) {
  const next = onward(state);
  return next.at === "digits" && !next.scan.hasAnswers ? admitted(next, records) : { state: next, records };
}

function onward(state) {
  const [what] = obstacles(state);
  if (what) return { ...state, at: "blocked", what };
  return { ...state, at: state.isNamed ? "digits" : "name", what: undefined };
}

function obstacles({ scan, overruled: passed, isStaleAllowed }) {
  const met = {
    stale_list: scan.verdict === "status_list_stale" && !isStaleAllowed,
    other_lane: !scan.isOwnLane,
    no_answers: !scan.hasAnswers,
  };
  return Object.keys(met).filter((what) => met[what] && !passed.includes(what));
}

function finalOf(scan, standing) {
  if (scan.verdict !== "admit" && scan.verdict !== "status_list_stale") return scan.verdict;
  if (standing.admittedMs !== null) return "used";
  return isMismatched(standing) ? "identity_mismatch" : null;
}

function mismatched(state) {
  const verdict = "identity_mismatch";
  const isAllowable = hasOtherRound(state.standing);
  return isAllowable ? { ...told(state, verdict), at: "blocked", what: "another_round" } : told(state, verdict);
}

function told(state, verdict) {
  return { ...state, at: "told", verdict, isOpen: false, note: undefined, what: undefined };
}

function recorded(state, record) {
  return { ...state, standing: after(state.standing, record, state.nowMs) };
}

function scanned(scan, found) {
  return { kind: "scanned", ...scan.facts, found };
}
