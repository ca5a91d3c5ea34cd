// Walks every way through the gate, reloads of the page among them, and says where a promise was broken.
import { READY, begin, step } from "/gate/gate.js";
import { fresh } from "/gate/used.js";

const OFFICER = { officer: "an officer", number: 1 };
const EVENTS = [
  { type: "overruled", ...OFFICER },
  { type: "named", isOnCard: true },
  { type: "named", isOnCard: false },
  { type: "answered", isRight: true, secondsMs: 1 },
  { type: "answered", isRight: false, secondsMs: 1 },
  { type: "officer", ...OFFICER },
  { type: "alone" },
  { type: "left" },
  { type: "next" },
];
const GATES = {
  ours: step,
  // Altered on purpose: the promises must be seen to break.
  "takes any digits": (state, event) => step(state, event.type === "answered" ? { ...event, isRight: true } : event),
  "forgets tries": (state, event) => {
    const made = step(state, event);
    const standing = made.state.standing && { ...made.state.standing, wrong: 0, secondWrong: 0 };
    return { ...made, state: { ...made.state, standing } };
  },
  "lets mismatches pass": (state, event) => {
    const made = step(state, event);
    return made.state.what === "another_round" ? { ...made, state: { ...made.state, at: "name", what: undefined } } : made;
  },
};

/** Every kind of ticket that can be shown. */
function* scans() {
  for (const verdict of ["admit", "status_list_stale", "used", "not_ours"])
    for (const isOwnLane of [true, false])
      for (const hasAnswers of [true, false])
        for (const decoy of [null, "another name"])
          for (const hasSecondLook of [true, false])
            for (const isStaleAllowed of [true, false])
              yield { scan: { facts: {}, verdict, isOwnLane, hasAnswers, decoy, hasSecondLook }, isStaleAllowed };
}

/** How many situations were met from every kind of ticket on, and what was broken in any of them. */
export function walked(gate) {
  const faults = new Set();
  let situations = 0;
  let admissions = 0;
  for (const shown of scans()) {
    const met = new Map();
    const ahead = [first(shown, fresh("a ticket", "2027-02-03"))];
    while (ahead.length) {
      const now = ahead.pop();
      const known = JSON.stringify(now);
      if (met.has(known)) continue;
      met.set(known, now);
      for (const next of [...EVENTS.map((event) => after(now, event, { shown, gate })), reloaded(now, shown)]) {
        if (!next) continue;
        const found = [...broken(now, next, shown.scan)];
        for (const fault of found) faults.add(fault);
        admissions += next.isAdmitted && !now.isAdmitted ? 1 : 0;
        if (!found.length) ahead.push(next);
      }
    }
    situations += met.size;
  }
  return { situations, admissions, faults: [...faults] };
}

function first({ scan, isStaleAllowed }, standing) {
  const { state } = begin(scan, { standing, isStaleAllowed });
  return { state, standing, proven: [], isAdmitted: false, mismatches: 0, granted: 0, wrong: 0 };
}

/** The page was loaded again, and the same ticket shown: only what is on the disk is left. */
function reloaded(now, { scan, isStaleAllowed }) {
  const { state } = begin(scan, { standing: now.standing, isStaleAllowed });
  return { ...now, state, proven: [] };
}

function after(now, event, { gate }) {
  if (now.state === READY) return null;
  const { state, records } = GATES[gate](now.state, { ...event, atMs: 5 });
  const next = { ...now, state, standing: state.standing ?? now.standing };
  next.proven = proofs(now, event, records);
  for (const record of records) count(next, record, event);
  return next;
}

/** What the guard has really done with this ticket since it was shown. */
function proofs({ proven, state }, event, records) {
  const done = new Set(proven);
  if (event.type === "named" && state.at === "name") {
    if (!records.some(({ kind }) => kind === "decoy_answered" || kind === "name_answered")) done.add("not recorded");
    done.add("named");
  }
  if (event.type === "answered" && event.isRight && state.at === "digits") done.add("answered");
  if (event.type === "answered" && event.isRight && state.at === "second") done.add("looked again");
  if (event.type === "alone" && state.at === "officer") done.add("looked again");
  for (const { kind, what } of records) if (kind === "overruled") done.add(what);
  return [...done].sort();
}

function count(next, record, event) {
  if (record.kind === "decided" && record.verdict === "admit") next.isAdmitted = true;
  if (record.kind === "decided" && record.verdict === "identity_mismatch") next.mismatches += 1;
  if (record.kind === "overruled" && record.what === "another_round") {
    next.granted += 1;
    next.wrong = 0;
  }
  if (event.type === "answered" && !event.isRight && "right" in record) next.wrong += 1;
}

function* broken(now, next, scan) {
  if (next.isAdmitted && !now.isAdmitted) {
    const needed = [
      scan.hasAnswers ? "answered" : "no_answers",
      "named",
      ...(scan.hasSecondLook && scan.hasAnswers ? ["looked again"] : []),
      ...(scan.isOwnLane ? [] : ["other_lane"]),
    ];
    for (const each of needed) if (!next.proven.includes(each)) yield `admitted, but never ${each}`;
    if (next.proven.includes("not recorded")) yield "the name question was answered and not recorded";
    if (next.mismatches > next.granted) yield "admitted over a mismatch that nobody overruled";
    if (!["admit", "status_list_stale"].includes(scan.verdict)) yield "admitted against the verdict";
  }
  if (now.isAdmitted && next.state !== now.state && next.state.verdict === "admit" && now.state.verdict !== "admit") yield "admitted twice";
  if (next.standing.mismatches < now.standing.mismatches) yield "a mismatch disappeared";
  if (next.standing.mismatches !== next.mismatches) yield "a mismatch is not in the standing";
  if (next.granted > 1) yield "more than one other round";
  if (next.wrong > 4) yield "more than two tries each for the digits and the second look of a round";
}
