// The digits that a guard reads off the card, held against the keyed hash that the day pack has of them.
import { keyedHash, pbkdf2 } from "./hashes.js";
import { join, same, utf8 } from "./octets.js";

const HASHES_PER_GUESS = 10_000;
const ARABIC_DIGIT = /[٠-٩۰-۹]/g;
const NOT_KEPT = /[\p{C} \u{640}\u{a0}-]/gu;

/** A typed code or number without spaces, hyphens and invisible characters, upper case, digits 0-9. */
export function cleanCode(typed) {
  const western = typed.replaceAll(ARABIC_DIGIT, (digit) => String(digit.charCodeAt(0) & 15));
  return western.replaceAll(NOT_KEPT, "").toUpperCase();
}

/** What is kept of an answer: the civil number's digits, then the serial's. */
export async function answerHash(answerKey, ticketId, answer) {
  const salt = await keyedHash(answerKey, join(utf8("challenge|"), ticketId));
  return pbkdf2(utf8(answer), { salt, iterations: HASHES_PER_GUESS, size: 32 });
}

/** Whether the typed digits are the card's; both kinds of digit and any spacing will do. */
export async function isRight(hash, { answerKey, ticketId, typed }) {
  return same(hash, await answerHash(answerKey, ticketId, cleanCode(typed)));
}
