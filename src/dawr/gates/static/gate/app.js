// The page from its start: what it stands on, what happens by itself, and who is shown what.
import { openDatabase } from "./database.js";
import { enrolledDevice } from "./device.js";
import { end, showEnd, showEntrance } from "./entrance.js";
import { Passage } from "./passage.js";
import { Records } from "./records.js";
import * as screen from "./screen.js";
import * as server from "./server.js";
import { takeNewVersion, worksOffline } from "./version.js";
import { listenToScanner } from "./wedge.js";

const LOOK_MS = 2_000;
const RENEW_LIST_MS = 60_000;
const RENEW_PACK_MS = 10 * 60_000;
const OTHER_WINDOW_MS_MAX = 2_000;

/** This device as a gate. */
class Gate {
  database;
  device;
  records;
  shift = null;
  passage = null;
  isCameraWanted = false;
  takeNewVersion = takeNewVersion;
  #isOnline = navigator.onLine;
  #isNotTaken = false;
  #barFacts = "";
  #stopped = "";
  #sending = null;

  async begin() {
    this.database = await openDatabase();
    await this.enrolled(await enrolledDevice(this.database));
    document.addEventListener("shown", ({ detail }) => this.passage && !this.#stopped && this.passage.shown(detail));
    window.addEventListener("online", () => this.#back());
    window.addEventListener("offline", () => this.#heard(false));
    setInterval(() => this.#look(), LOOK_MS);
    setInterval(() => this.renew(), RENEW_LIST_MS);
    setInterval(() => this.renewPack(), RENEW_PACK_MS);
    this.#look();
    await showEntrance(this);
  }

  /** The device is known, and so is its chain. */
  async enrolled(device) {
    this.device = device;
    this.records = device && (await Records.open(this.database, device));
  }

  /** A shift is open: the gate stands. */
  open(shift) {
    this.shift = shift;
    this.passage = new Passage(this);
    this.records.forgetOld(shift.time().nowMs);
    navigator.wakeLock?.request("screen").catch(() => {});
    this.resume();
    this.renew();
  }

  /** Back to where the gate was. */
  resume() {
    this.#stopped = "";
    this.#look();
    if (!this.#stopped) this.passage.show();
  }

  /** The shift has ended. */
  closed() {
    this.shift = this.passage = null;
    this.#stopped = "";
    this.#look();
  }

  /** Something was recorded: it is sent, and the bar tells. */
  recorded() {
    this.#look();
    this.send();
  }

  /** Sends what waits; one sending at a time. */
  send() {
    this.#sending ??= this.#send().finally(() => (this.#sending = null));
    return this.#sending;
  }

  /** What a minute brings: records go, the status list comes. */
  async renew() {
    await this.shift?.keepTime();
    await this.send();
    await this.#tried(() => this.shift?.renewList(server));
    this.#look();
  }

  /** The newest pack, and the right time with it. */
  async renewPack() {
    await this.#tried(() => this.shift?.renewPack(server, { waiting: this.records.waiting }));
    this.#look();
  }

  /** Whether anything may be decided now: not with a moved clock, and not after the shift. */
  mayDecide() {
    this.#look();
    return !this.#stopped || this.#stopped === "signing";
  }

  /** What was to be done could not be written down: nothing goes on as if it had. */
  broken(fault) {
    this.#stopped = "broken";
    screen.show("broken", {}, { again: () => location.reload() });
    throw fault;
  }

  /** For what may fail where there is no network, or no right: it is tried again later. */
  unlessOffline = (fault) => {
    if (fault instanceof server.NoNetwork) this.#heard(false);
    else if (!(fault instanceof server.Refused)) throw fault;
  };

  async #tried(work) {
    try {
      await work();
      this.#heard(true);
    } catch (fault) {
      this.unlessOffline(fault);
    }
  }

  async #send() {
    if (!this.records) return;
    try {
      const had = this.records.waiting;
      const isSent = await this.records.upload(server);
      if (had) this.#heard(isSent);
      this.#isNotTaken = false;
    } catch (fault) {
      if (!(fault instanceof server.Refused)) throw fault;
      this.#isNotTaken = true;
    }
    this.#look();
  }

  /** The network is back. */
  async #back() {
    await this.renew();
    if (document.getElementById("main").dataset.at === "start") await showEntrance(this);
  }

  #heard(isOnline) {
    this.#isOnline = isOnline && navigator.onLine;
    this.#look();
  }

  /** The bar, the clock and the end of the shift. */
  #look() {
    if (this.shift) this.#watch();
    const facts = this.#facts();
    const text = JSON.stringify([facts, screen.language()]);
    if (text === this.#barFacts) return;
    this.#barFacts = text;
    screen.showBar(() => this.#facts(), { language: () => screen.changeLanguage(), end: () => showEnd(this) });
  }

  #facts() {
    const { shift } = this;
    const fresh = shift?.freshness();
    const waiting = this.records?.waiting;
    return {
      is_telling: Boolean(fresh || waiting || !this.#isOnline || this.#isNotTaken),
      is_fresh: fresh && !fresh.isStale,
      place: shift && screen.inLanguage(shift.pack.office.name),
      lane: shift?.pack.device.lane ?? this.device?.lane,
      age: fresh && screen.ageOf(fresh.ageMs),
      is_stale: fresh?.isStale,
      waiting,
      is_offline: !this.#isOnline,
      is_not_taken: this.#isNotTaken,
      is_open: Boolean(shift),
    };
  }

  #watch() {
    const { movedMs } = this.shift.time();
    if (this.#stopped) return;
    if (movedMs) this.#stopForClock(movedMs);
    else if (this.shift.isOver() && this.passage.isFree) {
      this.#stopped = "over";
      screen.show("over", {}, { end: () => end(this) });
    }
  }

  async #stopForClock(movedMs) {
    this.#stopped = "clock";
    await this.shift.record([{ kind: "clock_moved", moved_ms: movedMs }]);
    this.#showClock();
  }

  #showClock(faults = {}) {
    const { timezone } = this.shift.pack.office;
    const facts = () => ({ ...faults, time: screen.timeAt(Date.now(), { timezone, withDay: true }), can_overrule: true });
    screen.show("clock", facts, { again: () => this.#askForTime(), overrule: () => this.#overruleClock() });
  }

  async #askForTime() {
    await this.renewPack();
    if (this.shift.time().movedMs) this.#showClock({ fault: screen.wordOf("no_network") });
    else this.resume();
  }

  #overruleClock() {
    this.#stopped = "signing";
    const back = () => {
      this.#stopped = "clock";
      this.#showClock();
    };
    const done = async (signed) => {
      await this.shift.record([{ kind: "overruled", ...signed, what: "clock" }]);
      await this.shift.believeClock();
      this.resume();
    };
    this.passage.askHead({ what: "clock", done, back });
  }
}

/** Two windows would write two chains: true once this one is alone. */
function aloneInBrowser() {
  return new Promise((resolve) => {
    const patience = AbortSignal.timeout(OTHER_WINDOW_MS_MAX);
    navigator.locks
      .request("dawr gate", { signal: patience }, () => {
        resolve(true);
        return new Promise(() => {});
      })
      .catch(() => resolve(false));
  });
}

function isAble() {
  return window.isSecureContext && Boolean(crypto.subtle) && "indexedDB" in window && "locks" in navigator && "DecompressionStream" in window;
}

async function main() {
  screen.beginLanguage();
  if (!isAble()) return screen.show("unsupported");
  if (!(await aloneInBrowser())) return screen.show("elsewhere", {}, { again: () => location.reload() });
  worksOffline();
  listenToScanner();
  try {
    await new Gate().begin();
  } catch (fault) {
    screen.show("broken", {}, { again: () => location.reload() });
    throw fault;
  }
}

main();
