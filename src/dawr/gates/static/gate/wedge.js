// A scanner that types: wherever on the page the keys arrive, a ticket's code followed by Enter is a ticket shown.
import { PREFIX } from "./payload.js";

const PAUSE_MS_MAX = 2_000;
const BURST_MS_MAX = 35;
// A scanner presses the keys of an American keyboard. Where this device has an Arabic layout, the characters that arrive
// are others; the keys are still the same.
const KEYS = {
  Space: "  ", Minus: "-_", Equal: "=+", Semicolon: ";:", Period: ".>", Slash: "/?", Digit1: "1!", Digit2: "2@",
  Digit3: "3#", Digit4: "4$", Digit5: "5%", Digit6: "6^", Digit7: "7&", Digit8: "8*", Digit9: "9(", Digit0: "0)",
};

/** Tells `document` of every code that a scanner types, as an event `shown`; what it typed into a field is taken out. */
export function listenToScanner() {
  let typed = nothing();
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter") {
      const code = codeIn(typed);
      if (code) tell(event, code, typed);
      typed = nothing();
    } else {
      typed = withKey(event.timeStamp - typed.lastMs > PAUSE_MS_MAX ? nothing() : typed, event);
      keepFromPressing(event, typed);
    }
  }, { capture: true });
  document.addEventListener("keyup", (event) => keepFromPressing(event, typed), { capture: true });
}

/** The character of a key on the keyboard that a scanner believes to have, or "". */
export function characterOfKey({ code, shiftKey }) {
  return /^Key[A-Z]$/.test(code) ? code.slice(3) : (KEYS[code]?.[shiftKey ? 1 : 0] ?? "");
}

function withKey(typed, event) {
  const character = event.key.length === 1 ? event.key : "";
  const key = characterOfKey(event);
  if (!character && !key) return typed;
  const begun = typed.firstMs === null ? { ...typed, firstMs: event.timeStamp, field: fieldOf(event.target) } : typed;
  return { ...begun, characters: typed.characters + character, keys: typed.keys + key, lastMs: event.timeStamp };
}

/** A ticket's code has spaces in it, and a space presses the button that has the focus. */
function keepFromPressing(event, typed) {
  if (event.key === " " && codeIn(typed)) event.preventDefault();
}

function codeIn({ characters, keys }) {
  const text = [characters, keys].find((each) => each.includes(PREFIX));
  return text?.slice(text.indexOf(PREFIX));
}

function tell(event, code, { field, firstMs, lastMs }) {
  event.preventDefault();
  event.stopPropagation();
  if (field) {
    field.element.value = field.value;
    field.element.dispatchEvent(new Event("input"));
  }
  const via = lastMs - firstMs <= BURST_MS_MAX * code.length ? "wedge" : "typed";
  document.dispatchEvent(new CustomEvent("shown", { detail: { code, via } }));
}

function nothing() {
  return { characters: "", keys: "", firstMs: null, lastMs: 0, field: null };
}

function fieldOf(target) {
  return target instanceof HTMLInputElement ? { element: target, value: target.value } : null;
}
