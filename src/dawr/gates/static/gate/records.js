// The device's records: numbered without a gap, each holding the hash of the one before, signed, and on the disk before
// their effect is on the screen. They stay until the server has them, and a week longer.
import { read, readAll, write } from "./database.js";
import { signed } from "./device.js";
import { sha256 } from "./hashes.js";
import { toBase64url, utf8 } from "./octets.js";
import { NoNetwork, Refused } from "./server.js";

const POST_RECORDS_MAX = 100;
const POST_CHARACTERS_MAX = 80_000;
const KEPT_MS = 7 * 24 * 60 * 60_000;

/** The chain of one device. */
export class Records {
  #database;
  #device;
  #head;
  #taken;
  #isCorrected = false;
  #last = Promise.resolve();

  constructor(database, { device, head, taken }) {
    this.#database = database;
    this.#device = device;
    this.#head = head;
    this.#taken = taken;
  }

  /** The chain as the database has it. */
  static async open(database, device) {
    const beginning = { n: 0, hash: toBase64url(await sha256(utf8(`device|${device.device}`))), atMs: 0 };
    const head = (await read(database, "facts", "head")) ?? beginning;
    return new Records(database, { device, head, taken: (await read(database, "facts", "taken_until")) ?? 0 });
  }

  /** When the last one was written: no later one is earlier. */
  get lastMs() {
    return this.#head.atMs;
  }

  /** How many the server has not taken yet. */
  get waiting() {
    return this.#head.n - this.#taken;
  }

  /**
   * Writes records of one moment, and whatever else becomes true with them, or nothing; one call after the other.
   * @param {object[]} facts each with its `kind`
   * @param {{shift: string, pack: string, scan: string | null, atMs: number, changes?: Array}} where
   */
  append(facts, where) {
    this.#last = this.#last.catch(() => {}).then(() => this.#write(facts, where));
    return this.#last;
  }

  /** Sends what waits, in pieces; true when nothing waits any longer, false where there is no network. */
  async upload(server) {
    try {
      while (this.waiting > 0) await this.#send(server, await this.#unsent());
      return true;
    } catch (fault) {
      if (fault instanceof NoNetwork) return false;
      throw fault;
    }
  }

  /** Forgets what the server took more than a week ago. */
  async forgetOld(nowMs) {
    const taken = await readAll(this.#database, "records", IDBKeyRange.upperBound(this.#taken));
    const last = taken.findLast(({ atMs }) => atMs < nowMs - KEPT_MS);
    if (last) await write(this.#database, [["delete", "records", IDBKeyRange.upperBound(last.n)]]);
  }

  async #write(facts, { shift, pack, scan, atMs, changes = [] }) {
    let head = this.#head;
    const written = [];
    for (const { kind, ...rest } of facts) {
      const n = head.n + 1;
      const where = { device: this.#device.device, shift, pack, scan, at_ms: Math.max(atMs, head.atMs) };
      const text = JSON.stringify({ n, prev: head.hash, ...where, kind, ...rest });
      const bytes = utf8(text);
      const signature = toBase64url(await signed(this.#device, bytes));
      written.push(["add", "records", { n, text, signature, atMs: where.at_ms }]);
      head = { n, hash: toBase64url(await sha256(bytes)), atMs: where.at_ms };
    }
    await write(this.#database, [...written, ["put", "facts", head, "head"], ...changes]);
    this.#head = head;
  }

  async #unsent() {
    const waiting = await readAll(this.#database, "records", IDBKeyRange.lowerBound(this.#taken, true), POST_RECORDS_MAX);
    let size = 0;
    return waiting.filter(({ text }, place) => (size += text.length) <= POST_CHARACTERS_MAX || place === 0);
  }

  async #send(server, records) {
    const body = { device: this.#device.device, records: records.map(({ text, signature }) => [text, signature]) };
    try {
      const { taken_until: taken } = await server.post("/gate/records", body);
      this.#isCorrected = false;
      await this.#tookUntil(taken);
    } catch (fault) {
      // The server has more, or fewer, than it could tell this device: it says where to go on, and that once.
      const expected = fault instanceof Refused && !this.#isCorrected ? fault.facts.expected : undefined;
      if (!Number.isInteger(expected) || expected - 1 === this.#taken || expected > this.#head.n + 1) throw fault;
      this.#isCorrected = true;
      await this.#tookUntil(expected - 1);
    }
  }

  async #tookUntil(taken) {
    await write(this.#database, [["put", "facts", taken, "taken_until"]]);
    this.#taken = taken;
  }
}
