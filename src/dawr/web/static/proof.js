// Solves the challenge of the page at the door (ALTCHA, deterministic mode); where it cannot, the page waits instead.
"use strict";

const form = document.getElementById("proof");
const TRIES_AT_ONCE = 500;

const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (array) => Array.from(array, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The counter whose hash begins as the challenge says, with that hash. */
const solve = async ({ parameters }) => {
  const salt = bytes(parameters.salt);
  const nonce = bytes(parameters.nonce);
  const wanted = parameters.keyPrefix;
  const attempt = async (counter) => {
    const message = new Uint8Array(salt.length + nonce.length + 4);
    message.set(salt);
    message.set(nonce, salt.length);
    new DataView(message.buffer).setUint32(salt.length + nonce.length, counter);
    return { counter, derivedKey: hex(new Uint8Array(await crypto.subtle.digest(parameters.algorithm, message))) };
  };
  for (let first = 0; ; first += TRIES_AT_ONCE) {
    const tried = await Promise.all(Array.from({ length: TRIES_AT_ONCE }, (_, index) => attempt(first + index)));
    const found = tried.find(({ derivedKey }) => derivedKey.startsWith(wanted));
    if (found) return found;
  }
};

const waitInstead = () => setTimeout(() => location.replace(form.dataset.waited), 1000 * Number(form.dataset.seconds));

if (form && window.crypto?.subtle) {
  const challenge = JSON.parse(form.dataset.challenge);
  solve(challenge)
    .then((solution) => {
      form.elements.payload.value = btoa(JSON.stringify({ challenge, solution }));
      form.elements.next.value = decodeURIComponent(form.elements.next.value);
      form.submit();
    })
    .catch(waitInstead);
} else if (form) {
  waitInstead();
}
