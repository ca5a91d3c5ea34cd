// An open shift: the opened pack, its keys, the newest status list, the clock, and the way in which all of it is renewed.
import { JUMP_MS_MAX, believed, clockFrom, look, readClocks, recordedAt } from "./clock.js";
import { read, readAll, write } from "./database.js";
import { importKeys } from "./keys.js";
import { fromBase64url } from "./octets.js";
import { codesAfter, unusedCodes } from "./officers.js";
import { NotOpened, dayPack, opened } from "./pack.js";
import { FromTheFuture, readToken } from "./status_list.js";
import { isStale } from "./verdict.js";

const STALE_ALLOWED_MS = 60 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
const DAYS_KNOWN = 7;
const LEAVING = [["delete", "facts", "shift"], ["delete", "facts", "list"], ["clear", "photographs"]];
const PICTURES = new Set(["image/jpeg", "image/png"]);

/** The sealed pack that lies on this device, or undefined. */
export function keptShift(database) {
  return read(database, "facts", "shift");
}

/** Keeps a sealed pack that came as a file. Throws NotOpened where it is none, or another device's. */
export async function keepFile(database, { device, text }) {
  const sealed = parsed(text);
  if (sealed?.sealed !== 1 || sealed.device !== device.device) throw new NotOpened("not a pack of this device");
  await write(database, [["put", "facts", { shift: sealed.shift, sealed, offsetMs: 0, isBegun: false }, "shift"]]);
}

/** Takes a pack off the device that nobody here can open any more; what was recorded stays. */
export function dropShift(database) {
  return write(database, LEAVING);
}

/** One guard's shift on this device. */
export class Shift {
  #database;
  #device;
  #records;
  #code;
  #clock;
  #codes;
  #listBytes;
  #staleUntilMs = 0;
  #photographs = new Map();

  constructor({ database, device, records }) {
    this.#database = database;
    this.#device = device;
    this.#records = records;
  }

  /** A new shift of whoever is signed in; `openingCode` then has what he must keep. */
  async begin(server) {
    const answer = await server.post("/gate/shifts", { device: this.#device.device });
    await this.#take(answer, { isBegun: false });
    return this;
  }

  /** The shift that lies on this device, its code asked from the server. */
  async recover(server) {
    const kept = await keptShift(this.#database);
    await this.#take(await server.post(`/gate/shifts/${kept.shift}/pack`, {}), kept);
    return this;
  }

  /** The shift that lies on this device, opened with its code and no network. Throws NotOpened. */
  async reopen(code) {
    const kept = await keptShift(this.#database);
    const reading = readClocks();
    const lastMs = (await read(this.#database, "facts", "seen")) ?? this.#records.lastMs;
    const clock = clockFrom(reading, { nowMs: reading.wallMs + kept.offsetMs, lastMs });
    await this.#open(kept, { code, clock });
    return this;
  }

  get openingCode() {
    return this.#code;
  }

  get codes() {
    return this.#codes;
  }

  /** The time, and how far the clock was moved: then nothing is decided. */
  time() {
    const { nowMs, movedMs } = look(this.#clock, readClocks());
    // A list from the future: the clock is behind, and by how much only the server knows.
    return { nowMs, movedMs: movedMs || (this.list ? 0 : -1) };
  }

  /** How old the status list is, whether that is too old, and whether a branch head lets the device go on with it. */
  freshness() {
    const { nowMs } = this.time();
    return {
      ageMs: this.list ? Math.max(0, nowMs - this.list.issuedMs) : 0,
      isStale: !this.list || isStale(this.list, nowMs),
      isAllowed: nowMs < this.#staleUntilMs,
    };
  }

  isOver() {
    return this.time().nowMs >= this.pack.shift.ends_ms;
  }

  /** The photograph of a ticket's holder as the address of a picture, or null. */
  photographOf(index) {
    return this.#photographs.get(index) ?? null;
  }

  /** Writes records, and what else becomes true with them, before anybody sees what they mean. */
  async record(facts, { scan = null, changes = [] } = {}) {
    const { nowMs } = this.time();
    const where = { shift: this.pack.shift.shift, pack: this.pack.pack, scan, atMs: nowMs };
    await this.#records.append(facts, { ...where, changes: [...changes, ["put", "facts", nowMs, "seen"]] });
    this.#clock = recordedAt(this.#clock, nowMs);
  }

  /** Spends an officer's code, or records a wrong one; kept at once, so that a reload gives nothing back. */
  async spend({ officer, number, isRight }, { what, scan }) {
    const codes = codesAfter(this.#codes, { officer, number, isRight });
    const changes = [["put", "facts", codes, `codes ${codes.day}`]];
    if (isRight) await write(this.#database, changes);
    else await this.record([{ kind: "code_refused", officer, number, what }], { scan, changes });
    this.#codes = codes;
  }

  /** Notes what time it is, so that a clock which is wound back while the page is closed is noticed. */
  async keepTime() {
    const { nowMs, movedMs } = this.time();
    if (!movedMs) await write(this.#database, [["put", "facts", nowMs, "seen"]]);
  }

  /** For an hour a branch head's code stands for the list that nobody could renew. */
  allowStale() {
    this.#staleUntilMs = this.time().nowMs + STALE_ALLOWED_MS;
  }

  /** A branch head looked at the clock. */
  async believeClock() {
    this.#clock = believed(this.#clock, readClocks());
    const kept = await keptShift(this.#database);
    await write(this.#database, [["put", "facts", { ...kept, offsetMs: this.#clock.offsetMs }, "shift"]]);
    if (!this.list) await this.#takeList(this.#listBytes);
  }

  /** The newest pack, and with it the right time. */
  async renewPack(server, { waiting }) {
    const kept = await keptShift(this.#database);
    await this.#take(await server.post(`/gate/shifts/${this.pack.shift.shift}/pack`, { waiting }), kept);
  }

  /** The newest status list; anybody may fetch it, so that it outlives a session. */
  async renewList(server) {
    const { office, day } = this.pack.office;
    await this.#takeList(await server.getBytes(`/status-lists/${office}/${day}`));
  }

  /** The photographs of this lane's people, where the register has any. */
  async fetchPhotographs(server) {
    await write(this.#database, [["clear", "photographs"]]);
    for (let after = -1; after !== null; ) {
      const { sealed, last } = await server.post(`/gate/shifts/${this.pack.shift.shift}/photographs`, { after });
      await write(this.#database, [["put", "photographs", sealed]]);
      await this.#showPhotographs(sealed);
      after = last;
    }
  }

  /** Ends it: the pack leaves the device, the records stay until they are sent. */
  async end() {
    await this.record([{ kind: "shift_closed" }], { changes: LEAVING });
  }

  /** What the server gave: its time is right, and what the device had taken for the time is recorded if it was not. */
  async #take(answer, { isBegun, offsetMs }) {
    const reading = readClocks();
    const clock = clockFrom(reading, { nowMs: answer.now_ms, lastMs: Math.min(this.#records.lastMs, answer.now_ms) });
    const takenMs = this.#clock ? look(this.#clock, reading).nowMs : reading.wallMs + (offsetMs ?? clock.offsetMs);
    const kept = { shift: answer.shift, sealed: answer.pack, offsetMs: clock.offsetMs, isBegun };
    await this.#open(kept, { code: answer.opening_code, clock });
    const moved_ms = Math.round(answer.now_ms - takenMs);
    if (Math.abs(moved_ms) > JUMP_MS_MAX) await this.record([{ kind: "clock_moved", moved_ms }]);
    await this.keepTime();
  }

  async #open(kept, { code, clock }) {
    const pack = dayPack(await opened(kept.sealed, { device: this.#device, code }), { device: this.#device });
    const keys = await importKeys(pack.keys);
    await write(this.#database, [["put", "facts", kept, "shift"]]);
    Object.assign(this, { pack, keys });
    this.#code = code;
    this.#clock = clock;
    await this.#remember();
    await this.#takeList(pack.status_list);
    if (kept.isBegun) return;
    await this.record([{ kind: "shift_opened" }], { changes: [["put", "facts", { ...kept, isBegun: true }, "shift"]] });
  }

  /** What the device knows of this day beside the pack. */
  async #remember() {
    const { day } = this.pack.office;
    this.#codes = (await read(this.#database, "facts", `codes ${day}`)) ?? unusedCodes(day);
    // A pack of another day may be opened before or after this one: what lately happened stays known.
    const oldest = new Date(Date.parse(day) - DAYS_KNOWN * DAY_MS).toISOString().slice(0, 10);
    const past = (await readAll(this.#database, "standings")).filter((standing) => standing.day < oldest);
    await write(this.#database, [
      ["delete", "facts", IDBKeyRange.bound("codes ", `codes ${oldest}`, false, true)],
      ...past.map(({ ticket }) => ["delete", "standings", ticket]),
    ]);
    const list = await read(this.#database, "facts", "list");
    if (list?.day === day) await this.#takeList(list.bytes).catch(() => {});
    for (const sealed of await readAll(this.#database, "photographs")) await this.#showPhotographs(sealed);
  }

  async #takeList(bytes) {
    this.#listBytes = bytes;
    const list = await this.#readList(bytes);
    if (!list || list.issuedMs < (this.list?.issuedMs ?? 0)) return;
    this.list = list;
    await write(this.#database, [["put", "facts", { day: this.pack.office.day, bytes }, "list"]]);
  }

  async #readList(bytes) {
    const { office, day } = this.pack.office;
    try {
      const list = await readToken(bytes, { keys: this.keys, nowMs: look(this.#clock, readClocks()).nowMs });
      if (!list.subject.endsWith(`/status-lists/${office}/${day}`)) throw new NotOpened("the list of another office or day");
      return list;
    } catch (fault) {
      if (fault instanceof FromTheFuture) return null;
      throw fault;
    }
  }

  async #showPhotographs(sealed) {
    const { photographs } = await opened(sealed, { device: this.#device, code: this.#code });
    for (const [index, type, bytes] of photographs) {
      if (PICTURES.has(type)) this.#photographs.set(index, `data:${type};base64,${toBase64(fromBase64url(bytes))}`);
    }
  }
}

function toBase64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
