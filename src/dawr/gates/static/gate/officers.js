// The codes of other officers: each has a sheet of his own, and a number on it is asked for once.
import { cleanCode } from "./challenge.js";
import { pbkdf2 } from "./hashes.js";
import { fromBase64url, same, utf8 } from "./octets.js";

const ITERATIONS = 10_000;
const HASH_BYTES = 32;
const WRONG_MAX = 3;

export const CODE_DIGITS = 6;

/** Codes of a day of which none was asked for yet. */
export function unusedCodes(day) {
  return { day, spent: {}, wrong: {} };
}

/**
 * Who can sign now, each with the number that he is asked for: for a second look any officer but the guard himself,
 * to overrule only a branch head.
 */
export function signers(pack, { codes, isOverruling }) {
  return pack.officers
    .filter(({ officer, role }) => officer !== pack.shift.guard && (!isOverruling || role === "branch_head"))
    .map((officer) => ({ ...officer, number: nextNumber(officer, codes) }))
    .filter(({ number }) => number !== undefined);
}

/** Whether that is the officer's code of that number. */
export async function isCode(signer, typed) {
  const [, hash] = signer.codes.find(([number]) => number === signer.number);
  const made = await pbkdf2(utf8(cleanCode(typed)), { salt: signer.salt, iterations: ITERATIONS, size: HASH_BYTES });
  return same(made, fromBase64url(hash));
}

/** The codes after a try: a right one is spent, and so is a number at which three tries were wrong. */
export function codesAfter(codes, { officer, number, isRight }) {
  const wrong = isRight ? 0 : (codes.wrong[officer] ?? 0) + 1;
  const isSpent = isRight || wrong >= WRONG_MAX;
  return {
    ...codes,
    spent: isSpent ? { ...codes.spent, [officer]: [...(codes.spent[officer] ?? []), number] } : codes.spent,
    wrong: { ...codes.wrong, [officer]: isSpent ? 0 : wrong },
  };
}

function nextNumber({ officer, codes: listed }, { spent }) {
  const gone = new Set(spent[officer] ?? []);
  return listed.map(([number]) => number).find((number) => !gone.has(number));
}
