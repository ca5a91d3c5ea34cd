// The gate itself: each state of gate.js as a screen, each press as one of its events. What an event records is on the
// disk before the next screen is shown.
import { hasCamera, isLooking, startLooking, stopLooking } from "./camera.js";
import { isRight } from "./challenge.js";
import { openEntry, typedIn } from "./entry.js";
import { READY, begin, roundAsked, step } from "./gate.js";
import { Flag } from "./payload.js";
import { readShown } from "./reading.js";
import * as screen from "./screen.js";
import { askOfficer } from "./signing.js";
import { frameOfVerdict, signal } from "./sound.js";
import { foundElsewhere, standingOf } from "./used.js";

const EARLY_MINUTES = 30;

/** What stands before one guard: nobody, or somebody with a ticket. */
export class Passage {
  #gate;
  #state = READY;
  #scan = null;
  #sinceMs = 0;
  #working = null;

  constructor(gate) {
    this.#gate = gate;
  }

  get #shift() {
    return this.#gate.shift;
  }

  /** Whether nobody is being looked at. */
  get isFree() {
    return this.#state.at === "ready" || this.#state.at === "told";
  }

  /** Shows where things stand. */
  show() {
    SCREENS[this.#state.at].call(this);
  }

  /** A code was shown: read it, record it, and show what it comes to. */
  async shown({ code, via }) {
    // Whoever is quick with the next ticket shows it while the last press is still being written down.
    await this.#working;
    if (!this.isFree) return screen.notice("finish_first");
    await this.#alone(async () => {
      stopLooking();
      const { pack, keys, list } = this.#shift;
      const { nowMs } = this.#shift.time();
      const scan = await readShown(code, { via, pack, keys, list, nowMs });
      const { ticket } = scan.facts;
      const standing = ticket && (await this.#standingOf(scan));
      const isStaleAllowed = this.#shift.freshness().isAllowed;
      this.#scan = crypto.randomUUID();
      await this.#become(begin(scan, { standing, isStaleAllowed }));
      this.#sinceMs = performance.now();
      if (this.#state.what === "no_answers") this.#gate.renewPack();
    });
  }

  /** A branch head signs that it goes on in spite of `what`; `done` is told who he is. */
  askHead({ what, done, back }) {
    const scan = what === "clock" ? null : this.#scan;
    askOfficer(this.#shift, { what, scan, alone: (work) => this.#alone(work), done, handlers: { back } });
  }

  async #standingOf({ facts: { ticket, index } }) {
    const { pack } = this.#shift;
    const standing = await standingOf(this.#gate.database, { ticket, day: pack.office.day });
    return pack.mismatched.has(index) ? foundElsewhere(standing) : standing;
  }

  /** Two presses of one thumb are one event. */
  #alone(work) {
    this.#working ??= this.#worked(work).finally(() => (this.#working = null));
    return this.#working;
  }

  async #worked(work) {
    try {
      if (this.#gate.mayDecide()) await work();
    } catch (fault) {
      this.#gate.broken(fault);
    }
  }

  #event(event) {
    return this.#alone(() => this.#take(event));
  }

  #take(event) {
    return this.#become(step(this.#state, { ...event, atMs: this.#shift.time().nowMs }));
  }

  async #become({ state, records }) {
    const changes = state.standing ? [["put", "standings", state.standing]] : [];
    if (records.length) await this.#shift.record(records, { scan: this.#scan, changes });
    this.#state = state;
    this.show();
    this.#signal();
    this.#gate.recorded();
  }

  #signal() {
    const { at, verdict, what, note } = this.#state;
    if (at === "told") signal(frameOfVerdict(verdict));
    else if (at === "blocked") signal(frameOfVerdict(what));
    else if (note === "wrong") signal("wait");
    else if (at !== "ready") signal("ask");
  }

  showReady(faults = {}) {
    const shown = (event) => {
      const code = new FormData(event.target).get("shown");
      if (code) this.shown({ code, via: "typed" });
      else screen.notice("nothing_shown");
    };
    const camera = () => (isLooking() ? this.#stopCamera() : this.#startCamera());
    const prepare = () => this.#gate.isCameraWanted && this.#startCamera();
    screen.show("ready", { ...faults, has_camera: hasCamera() }, { shown, camera }, prepare);
  }

  async #startCamera() {
    const main = document.getElementById("main");
    stopLooking();
    this.#gate.isCameraWanted = true;
    main.querySelector("[data-do=camera]").setAttribute("aria-pressed", "true");
    try {
      await startLooking(main.querySelector("video"), { reader: main.dataset.reader, wasm: main.dataset.wasm });
    } catch {
      this.#stopCamera({ camera_fault: true });
    }
  }

  #stopCamera(faults) {
    stopLooking();
    this.#gate.isCameraWanted = false;
    if (this.#state.at === "ready") this.showReady(faults);
  }

  showName() {
    const { scan, standing, isNamed, isDenied } = this.#state;
    const isDecoy = scan.decoy && !standing.isDecoyed && !isNamed;
    const facts = () => ({ ...this.#ofTicket(), asked_again: isDenied, name: isDecoy ? scan.decoy : scan.claims.name });
    const named = (isOnCard) => () => this.#event({ type: "named", isOnCard });
    screen.show("name", facts, { yes: named(true), no: named(false), left: () => this.#event({ type: "left" }) });
  }

  showDigits() {
    const { scan, note, at } = this.#state;
    const asked = scan.rounds[roundAsked(this.#state) === "first" ? 0 : 1];
    const boxes = (places) => places.map((place) => ({ place }));
    const facts = () => ({
      ...this.#ofTicket(),
      [note]: true,
      is_second: at === "second",
      photograph: this.#shift.photographOf(scan.claims.statusIndex),
      civil: boxes(asked.places),
      serial: boxes(asked.serial_places),
      has_serial: asked.serial_places.length > 0,
      places: placesSaid(asked),
    });
    const digits = (event) => this.#alone(() => this.#answer(typedIn(event.target), asked));
    screen.show("digits", facts, { digits, left: () => this.#event({ type: "left" }) }, openEntry);
  }

  async #answer(typed, { hash }) {
    if (!typed) return;
    const secondsMs = Math.round(performance.now() - this.#sinceMs);
    const { answer_key: answerKey } = this.#shift.pack;
    const right = await isRight(hash, { answerKey, ticketId: this.#state.scan.claims.ticketId, typed });
    await this.#take({ type: "answered", isRight: right, secondsMs });
    this.#sinceMs = performance.now();
  }

  showOfficer() {
    const done = (signed) => this.#take({ type: "officer", ...signed });
    const handlers = { left: () => this.#event({ type: "left" }), alone: () => this.#event({ type: "alone" }) };
    askOfficer(this.#shift, { what: "second_look", scan: this.#scan, alone: (work) => this.#alone(work), done, handlers });
  }

  showBlocked() {
    const { what } = this.#state;
    const done = async (signed) => {
      if (what === "stale_list") this.#shift.allowStale();
      await this.#take({ type: "overruled", ...signed });
    };
    const overrule = () => this.askHead({ what, done, back: () => this.show() });
    const left = () => this.#event({ type: "left" });
    if (what === "another_round") return this.#showVerdict({ can_overrule: true }, { overrule, next: left });
    const ticket_lane = what === "other_lane" && this.#state.scan.facts.ticket_lane;
    screen.show(`blocked-${what}`, () => this.#ofTicket({ ticket_lane }), { overrule, left });
  }

  showTold() {
    this.#showVerdict({}, { next: () => this.#event({ type: "next" }) });
  }

  #showVerdict(more, handlers) {
    const { verdict } = this.#state;
    screen.show(`told-${verdict}`, () => ({ ...this.#ofTicket(), ...this.#ofVerdict(), ...more }), handlers);
  }

  /** What is said of a ticket's own facts, all of them signed. */
  #ofTicket(more = {}) {
    const { claims } = this.#state.scan;
    if (!claims) return more;
    const { pack } = this.#shift;
    return {
      name: claims.name,
      service: screen.inLanguage(pack.services[claims.service]) || claims.service,
      time: screen.timeAt(claims.startsMs, { timezone: pack.office.timezone, withDay: true }),
      is_proxy: claims.flags & Flag.PROXY,
      has_companion: claims.flags & Flag.COMPANION,
      ...more,
    };
  }

  #ofVerdict() {
    const { verdict, scan, standing } = this.#state;
    const refused = { refused: `${location.host}/refused` };
    if (!scan.claims) return refused;
    const { timezone } = this.#shift.pack.office;
    const right = this.#shift.pack.offices[scan.claims.office];
    const opensMs = scan.claims.startsMs - EARLY_MINUTES * 60_000;
    return {
      ...refused,
      office: verdict === "wrong_office" && (screen.inLanguage(right?.name) || scan.claims.office),
      where: screen.inLanguage(right?.place),
      opens: verdict === "too_early" && screen.timeAt(opensMs, { timezone }),
      admitted: verdict === "used" && standing?.admittedMs && screen.timeAt(standing.admittedMs, { timezone }),
    };
  }
}

const SCREENS = {
  ready: Passage.prototype.showReady,
  told: Passage.prototype.showTold,
  blocked: Passage.prototype.showBlocked,
  name: Passage.prototype.showName,
  digits: Passage.prototype.showDigits,
  officer: Passage.prototype.showOfficer,
  second: Passage.prototype.showDigits,
};

function placesSaid({ places, serial_places: serial }) {
  const civil = `${screen.wordOf("places")} ${places.join(", ")}`;
  return serial.length ? `${civil}; ${screen.wordOf("serial_places")} ${serial.join(", ")}` : civil;
}
