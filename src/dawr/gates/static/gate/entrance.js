// Before and after the gate: the device is added, a shift begins, is opened again, and ends.
import { cleanCode } from "./challenge.js";
import { enrol } from "./device.js";
import { NotOpened } from "./pack.js";
import * as screen from "./screen.js";
import * as server from "./server.js";
import { Shift, dropShift, keepFile, keptShift } from "./shift.js";

const SIGN_IN = "/sign-in?next=%2Fgate%2Fapp";

/** What this device needs next before it can be a gate: to be added, to be opened again, or a shift. */
export async function showEntrance(gate, faults = {}) {
  if (!gate.device) return showEnrolment(gate, faults);
  if (await keptShift(gate.database)) return showReopening(gate, faults);
  return showStart(gate, faults);
}

function showEnrolment(gate, faults) {
  const enrolling = (event) => attempt(gate, async () => {
    await gate.enrolled(await enrol(gate.database, { server, code: codeIn(event.target) }));
    await showEntrance(gate);
  });
  screen.show("enrol", faults, { enrol: enrolling });
}

async function showStart(gate, faults) {
  gate.takeNewVersion();
  const officer = await server.get("/gate/officer").catch(() => null);
  const { name: device, lane, fingerprint } = gate.device;
  const facts = () => ({
    ...faults, device, lane, fingerprint,
    guard: screen.inLanguage(officer?.name),
    sign_in: officer && (faults.sign_in ?? (officer.name ? null : SIGN_IN)),
    is_offline: !officer,
    has_waiting: gate.records.waiting > 0,
  });
  screen.show("start", facts, {
    start: () => attempt(gate, async () => {
      await gate.send();
      await opening(gate, (shift) => shift.begin(server));
    }),
    switch: async () => {
      await server.signOut();
      location.assign(SIGN_IN);
    },
    file: ({ target }) => attempt(gate, async () => {
      await keepFile(gate.database, { device: gate.device, text: await target.files[0].text() });
      await showEntrance(gate);
    }, { bad: "bad_file" }),
  });
}

function showReopening(gate, faults) {
  screen.show("reopen", faults, {
    reopen: (event) => attempt(gate, async () => gate.open(await new Shift(gate).reopen(codeIn(event.target)))),
    online: () => attempt(gate, () => opening(gate, (shift) => shift.recover(server))),
    other: () => attempt(gate, async () => {
      // In an outage the pack is all that this device has.
      await server.get("/gate/officer");
      await dropShift(gate.database);
      await showEntrance(gate);
    }),
  });
}

async function opening(gate, begin) {
  screen.notice("fetching");
  const shift = await begin(new Shift(gate));
  shift.fetchPhotographs(server).catch(gate.unlessOffline);
  screen.show("code", { code: shift.openingCode.replace(/(?=.{4}$)/, "-") }, { kept: () => gate.open(shift) });
}

/** Asks once, then ends the shift and says what is still on the device. */
export function showEnd(gate) {
  screen.show("end", {}, { end: () => end(gate), back: () => gate.resume() });
}

/** Ends the shift at once. */
export async function end(gate) {
  const { shift: id } = gate.shift.pack.shift;
  await gate.shift.end();
  gate.closed();
  await gate.send();
  await server.post(`/gate/shifts/${id}/close`, {}).catch(gate.unlessOffline);
  await server.signOut();
  const { waiting } = gate.records;
  screen.show("ended", { waiting, all_sent: waiting === 0 }, { again: () => showEntrance(gate) });
}

/** Runs one step; what stops it is said on the screen where it was tried. */
async function attempt(gate, work, { bad = "bad_code" } = {}) {
  try {
    await work();
  } catch (fault) {
    const said = saidOf(fault, bad);
    if (!said) throw fault;
    await showEntrance(gate, said);
  }
}

function saidOf(fault, bad) {
  if (fault instanceof NotOpened) return { fault: screen.wordOf(bad) };
  if (fault instanceof server.NoNetwork) return { fault: screen.wordOf("no_network") };
  if (!(fault instanceof server.Refused)) return null;
  if (fault.status === 401) return { fault: screen.wordOf("sign_in"), sign_in: signInAt(fault.facts.assurance) };
  return { fault: fault.sentence || screen.wordOf("no_network"), next: fault.next };
}

function signInAt(assurance) {
  return assurance ? `${SIGN_IN}&assurance=${encodeURIComponent(assurance)}` : SIGN_IN;
}

function codeIn(form) {
  return cleanCode(new FormData(form).get("code"));
}
