// Another officer signs on the guard's device with the next code of his own sheet.
import { openEntry, typedIn } from "./entry.js";
import { CODE_DIGITS, isCode, signers } from "./officers.js";
import * as screen from "./screen.js";
import { signal } from "./sound.js";

/**
 * Asks who is there, where there are several, then for his code.
 * @param {import("./shift.js").Shift} shift
 * @param {object} asked
 * @param {string} asked.what is signed: "second_look" by any other officer, all else by a branch head
 * @param {string | null} asked.scan
 * @param {(work: () => Promise) => Promise} asked.alone runs one press at a time
 * @param {(signed: {officer: string, number: number}) => Promise} asked.done
 * @param {{back?: () => void, left?: () => void, alone?: () => void}} asked.handlers other ways out
 */
export function askOfficer(shift, asked) {
  const able = signersOf(shift, asked);
  if (able.length === 0) return screen.show("nobody", offered(asked), asked.handlers);
  if (able.length === 1) return askCode(shift, able[0], asked);
  const others = () => askOfficer(shift, asked);
  const choose = ({ target }) => {
    const chosen = able.find(({ officer }) => officer === target.closest("button").dataset.value);
    askCode(shift, chosen, { ...asked, handlers: { ...asked.handlers, others } });
  };
  screen.show("officers", () => ({ ...offered(asked), officers: able.map(saidOf) }), { ...asked.handlers, choose });
}

function askCode(shift, signer, asked, wrong = false) {
  const { officer, number } = signer;
  const facts = () => ({ ...offered(asked), ...saidOf(signer), number, wrong, boxes: Array(CODE_DIGITS).fill({}) });
  const signed = ({ target }) => asked.alone(async () => {
    const typed = typedIn(target);
    if (!typed) return;
    const isRight = await isCode(signer, typed);
    await shift.spend({ officer, number, isRight }, asked);
    if (isRight) return asked.done({ officer, number });
    signal("wait");
    const again = signersOf(shift, asked).find((each) => each.officer === officer);
    if (again) askCode(shift, again, asked, true);
    else askOfficer(shift, asked);
  });
  screen.show("officer", facts, { ...asked.handlers, signed }, openEntry);
}

function signersOf({ pack, codes }, { what }) {
  return signers(pack, { codes, isOverruling: what !== "second_look" });
}

function offered({ what, handlers: { back, others } }) {
  return { is_second: what === "second_look", can_go_back: Boolean(back), has_others: Boolean(others) };
}

function saidOf({ name, role, officer }) {
  return { officer: screen.inLanguage(name), role: screen.wordOf(`role_${role}`), value: officer };
}
