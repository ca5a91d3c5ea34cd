// The clock of the gate. The guard holds the device and can turn its clock; so the time of day is counted on by the
// browser's own stopwatch from the last moment that was known to be right, and a wall clock that leaves it is noticed.

/** A jump longer than this stops the gate. */
export const JUMP_MS_MAX = 60_000;

/**
 * A clock that is right at this reading.
 * @param {{wallMs: number, monotonicMs: number}} reading what Date.now() and performance.now() say
 * @param {{nowMs: number, lastMs: number}} known the right time, and that of the last record
 */
export function clockFrom({ wallMs, monotonicMs }, { nowMs, lastMs }) {
  return { offsetMs: nowMs - wallMs, wallMs, monotonicMs, lastMs };
}

/**
 * The time, never behind the last record, and how far the wall clock has left it: 0 unless that is more than a jump.
 * @returns {{nowMs: number, movedMs: number}}
 */
export function look(clock, { wallMs, monotonicMs }) {
  const countedMs = clock.wallMs + (monotonicMs - clock.monotonicMs);
  const behindMs = Math.min(0, wallMs + clock.offsetMs - clock.lastMs);
  const movedMs = [wallMs - countedMs, behindMs].find((each) => Math.abs(each) > JUMP_MS_MAX) ?? 0;
  return { nowMs: Math.max(Math.round(countedMs + clock.offsetMs), clock.lastMs), movedMs: Math.round(movedMs) };
}

/** The clock after a record of that time. */
export function recordedAt(clock, atMs) {
  return { ...clock, lastMs: Math.max(clock.lastMs, atMs) };
}

/** The wall clock as it stands, believed because a branch head looked at it; the records still only go forward. */
export function believed(clock, reading) {
  return clockFrom(reading, { nowMs: Math.max(reading.wallMs + clock.offsetMs, clock.lastMs), lastMs: clock.lastMs });
}

/** What the two clocks of this browser say. */
export function readClocks() {
  return { wallMs: Date.now(), monotonicMs: performance.now() };
}
