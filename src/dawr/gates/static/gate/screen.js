// What the guard sees: a template of the page's own, filled with texts. Nothing of what is shown is ever read as HTML.

const PREFERENCE = "language";

let shown = { name: "", facts: {}, handlers: {}, prepare: undefined };
let bar = { facts: {}, handlers: {} };

/** The language of the page: asked for in the address, else chosen on this device before, else Arabic. */
export function beginLanguage() {
  const asked = new URLSearchParams(location.search).get("language");
  speak(asked ?? localStorage.getItem(PREFERENCE));
}

/** "ar" or "en". */
export function language() {
  return document.documentElement.lang;
}

/** The same screen in the other language. */
export function changeLanguage() {
  speak(language() === "ar" ? "en" : "ar");
  localStorage.setItem(PREFERENCE, language());
  history.replaceState(null, "", location.pathname);
  showBar(bar.facts, bar.handlers);
  show(shown.name, shown.facts, shown.handlers, shown.prepare);
}

/**
 * Shows a screen.
 * @param {string} name of its template
 * @param {object | (() => object)} facts what its places are filled with; a function is asked again in another language
 * @param {Object<string, (event: Event) => void>} handlers what its buttons and forms do
 * @param {(root: Element) => void} [prepare] what else it needs to work, again in the other language
 */
export function show(name, facts = {}, handlers = {}, prepare = undefined) {
  shown = { name, facts, handlers, prepare };
  const main = document.getElementById("main");
  main.replaceChildren(made(name, facts, handlers));
  main.dataset.at = name;
  const heading = main.querySelector("h1");
  document.title = `${heading.textContent.trim()} – ${language() === "ar" ? "دَور" : "Dawr"}`;
  heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
  prepare?.(main.firstElementChild);
}

/** The bar on top, which stays. */
export function showBar(facts, handlers) {
  bar = { facts, handlers };
  const place = document.getElementById("bar");
  const isFocused = place.contains(document.activeElement) && document.activeElement.dataset.do;
  place.replaceChildren(made("bar", facts, handlers));
  if (isFocused) place.querySelector(`[data-do="${isFocused}"]`)?.focus();
}

/** One sentence above what is shown, which a screen reader says at once. */
export function notice(word) {
  const said = document.createElement("p");
  said.className = "notice";
  said.textContent = wordOf(word);
  document.querySelectorAll("#main .notice").forEach((each) => each.remove());
  document.querySelector("#main > *").prepend(said);
  document.getElementById("said").textContent = said.textContent;
}

/** A sentence of the page in its language. */
export function wordOf(word) {
  return screens().querySelector("template[data-words]").content.querySelector(`[data-word="${word}"]`).textContent;
}

/** One of two texts, or of { ar, en }. */
export function inLanguage(texts) {
  return texts?.[language()] ?? "";
}

/** A time of day, or a day and a time, at the office. */
export function timeAt(atMs, { timezone, withDay = false }) {
  const style = withDay ? { weekday: "long", day: "numeric", month: "long" } : {};
  const format = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: timezone, ...style };
  return new Intl.DateTimeFormat(locale(), format).format(atMs);
}

/** How old something is, in minutes, then in hours. */
export function ageOf(ms) {
  const minutes = Math.floor(ms / 60_000);
  const [number, unit] = minutes < 120 ? [minutes, "minute"] : [Math.floor(minutes / 60), "hour"];
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "short" }).format(number);
}

function speak(chosen) {
  const isEnglish = chosen === "en";
  Object.assign(document.documentElement, { lang: isEnglish ? "en" : "ar", dir: isEnglish ? "ltr" : "rtl" });
}

function locale() {
  return language() === "ar" ? "ar-KW-u-nu-latn" : "en-GB";
}

function screens() {
  return document.getElementById(`screens-${language()}`).content;
}

function made(name, facts, handlers) {
  const root = screens().querySelector(`template[data-screen="${name}"]`).content.cloneNode(true);
  fill(root, typeof facts === "function" ? facts() : facts);
  for (const element of root.querySelectorAll("[data-do]")) {
    const handler = handlers[element.dataset.do];
    if (handler) element.addEventListener(EVENTS[element.localName] ?? "click", (event) => handled(event, handler));
  }
  return root;
}

const EVENTS = { form: "submit", input: "change" };

function handled(event, handler) {
  if (event.type === "submit") event.preventDefault();
  handler(event);
}

function fill(root, facts) {
  for (const list of root.querySelectorAll("[data-each]")) {
    const [pattern] = list.querySelectorAll(":scope > template");
    list.replaceChildren(...(facts[list.dataset.each] ?? []).map((each) => filled(pattern, each)));
  }
  for (const element of root.querySelectorAll("[data-if]")) if (!facts[element.dataset.if]) element.remove();
  for (const element of root.querySelectorAll("[data-fill]")) {
    const text = facts[element.dataset.fill];
    if (text !== undefined && text !== null) element.textContent = text;
  }
  for (const element of root.querySelectorAll("[data-class]")) {
    const [fact, name] = element.dataset.class.split(" ");
    element.classList.toggle(name, Boolean(facts[fact]));
  }
  for (const link of root.querySelectorAll("[data-link]")) link.href = facts[link.dataset.link];
  for (const image of root.querySelectorAll("[data-picture]")) image.src = facts[image.dataset.picture];
}

function filled(pattern, each) {
  const one = pattern.content.cloneNode(true);
  fill(one, each);
  if (each.value !== undefined) one.firstElementChild.dataset.value = each.value;
  return one;
}
