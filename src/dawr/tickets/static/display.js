// Keeps a hall's display up to date from its own address; a new call flashes, and sounds where somebody has allowed it.
// Without this file the page is fetched anew every five seconds.
"use strict";

const LOOK_SECONDS = 2;
const LOST_SECONDS = 10;
const FLASH_SECONDS = 6;
const CHIME = [660, 880];

const calls = document.getElementById("calls");
const lost = document.getElementById("lost");
const sound = document.getElementById("sound");
const names = (place) => [...place.querySelectorAll("[data-call]")].map((row) => row.dataset.call);

let audio = null;
let seenAt = Date.now();

/** Two short notes; a browser plays them once somebody has pressed the button. */
const chime = () => {
  if (!audio) return;
  CHIME.forEach((frequency, place) => {
    const note = audio.createOscillator();
    const loudness = audio.createGain();
    const start = audio.currentTime + place * 0.25;
    note.frequency.value = frequency;
    loudness.gain.setValueAtTime(0.3, start);
    loudness.gain.exponentialRampToValueAtTime(0.001, start + 0.6);
    note.connect(loudness).connect(audio.destination);
    note.start(start);
    note.stop(start + 0.6);
  });
};

const show = (fetched) => {
  const before = new Set(names(calls));
  const after = names(fetched);
  if (after.length === before.size && after.every((name, place) => name === names(calls)[place])) return;
  calls.replaceChildren(...fetched.childNodes);
  const fresh = [...calls.querySelectorAll("[data-call]")].filter((row) => !before.has(row.dataset.call));
  fresh.forEach((row) => row.classList.add("display__fresh"));
  setTimeout(() => fresh.forEach((row) => row.classList.remove("display__fresh")), FLASH_SECONDS * 1000);
  if (fresh.length) chime();
};

const look = async () => {
  try {
    const answer = await fetch(location.href, { credentials: "omit" });
    if (!answer.ok) throw new Error(String(answer.status));
    const fetched = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("calls");
    if (fetched) {
      show(fetched);
      seenAt = Date.now();
    }
  } catch {
    // Said below once it lasts.
  }
  lost.hidden = Date.now() - seenAt < LOST_SECONDS * 1000;
  setTimeout(look, LOOK_SECONDS * 1000);
};

sound.hidden = false;
sound.addEventListener("click", () => {
  audio = audio ? (audio.close(), null) : new AudioContext();
  sound.setAttribute("aria-pressed", String(Boolean(audio)));
  chime();
});
setTimeout(look, LOOK_SECONDS * 1000);
