// What the keys of an office's day choose for a ticket: its lane, a second look, a decoy.
import { keyedHash } from "./hashes.js";
import { join, utf8 } from "./octets.js";

/** Five in a hundred of 2^32, rounded up. */
const SECOND_LOOK_BELOW = 214_748_365n;
/** One in a hundred of 2^32, rounded up. */
const DECOY_BELOW = 42_949_673n;

/** The lane, counted from 1, that an arriving ticket is sent to. */
export async function laneOf(laneKey, ticketId, lanesOpen) {
  if (lanesOpen < 1) throw new RangeError("a gate has at least one open lane");
  return Number((await chosen(laneKey, "lane", ticketId)) % BigInt(lanesOpen)) + 1;
}

/** Whether another officer looks at the card too, after the verdict. */
export async function hasSecondLook(secret, ticketId) {
  return (await chosen(secret, "second-look", ticketId, 4)) < SECOND_LOOK_BELOW;
}

/** The wrong name that the screen shows first; null where it shows the signed one. */
export async function decoyName(secret, ticketId, { signedName, names }) {
  const others = names.filter((name) => name !== signedName);
  if (!others.length || (await chosen(secret, "decoy", ticketId, 4)) >= DECOY_BELOW) return null;
  return others[Number((await chosen(secret, "decoy-name", ticketId)) % BigInt(others.length))];
}

/** The first `size` bytes of HMAC(key, purpose + "|" + ticket id) as one big-endian number. */
async function chosen(key, purpose, ticketId, size = 32) {
  const made = await keyedHash(key, join(utf8(`${purpose}|`), ticketId));
  return made.subarray(0, size).reduce((number, byte) => number * 256n + BigInt(byte), 0n);
}
