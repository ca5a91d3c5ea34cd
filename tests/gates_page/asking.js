// What the tests ask of the gate's modules: each function takes one thing that JSON can say, and answers with another.
import { decode as fromBase45 } from "/gate/base45.js";
import { decode as fromCbor, encode as toCbor } from "/gate/cbor.js";
import { answerHash, cleanCode, isRight } from "/gate/challenge.js";
import { isSignatureOf, isSignedBy, readSign1 } from "/gate/cose.js";
import { frameOf, openDecoder } from "/gate/decoder.js";
import { keyedHash, pbkdf2, sha256 } from "/gate/hashes.js";
import { importKeys } from "/gate/keys.js";
import { Malformed } from "/gate/malformed.js";
import { fromBase64url, fromHex, same, toBase64url, toHex, utf8 } from "/gate/octets.js";
import { NotOpened, codeOfReference, dayPack, opened } from "/gate/pack.js";
import { readCode } from "/gate/payload.js";
import { decoyName, hasSecondLook, laneOf } from "/gate/selection.js";
import { FromTheFuture, readList, readToken } from "/gate/status_list.js";
import { verify } from "/gate/verdict.js";

/** The verdict on each item of the corpus, and the name that the screen would show. */
export async function verdicts({ key_sets, items }) {
  const keys = {};
  for (const [name, set] of Object.entries(key_sets)) keys[name] = await importKeys(set);
  return inTurn(items, async ({ code, key_set, place, status_list }) => {
    const { verdict, claims } = await verify(code, { keys: keys[key_set], place: placeOf(place, status_list) });
    return { verdict, holder: claims && claims.name };
  });
}

/** The claims of each code, or null where it is damaged. */
export function claims(codes) {
  return codes.map((code) => orNull(() => {
    const { claims } = readCode(code);
    return { ...claims, ticketId: toHex(claims.ticketId), identity: toHex(claims.identity) };
  }));
}

export async function choices({ lane_key, secret, names, tickets }) {
  const [laneKey, daySecret] = [fromHex(lane_key), fromHex(secret)];
  return inTurn(tickets, async ({ ticket_id, signed_name }) => {
    const ticketId = fromHex(ticket_id);
    return {
      lanes: await inTurn([1, 4, 7], (open) => laneOf(laneKey, ticketId, open)),
      second_look: await hasSecondLook(daySecret, ticketId),
      decoy_name: await decoyName(daySecret, ticketId, { signedName: signed_name, names }),
    };
  });
}

export async function answers({ key, tries }) {
  const answerKey = fromHex(key);
  return inTurn(tries, async ({ ticket_id, answer, typed, hash }) => ({
    hash: toHex(await answerHash(answerKey, fromHex(ticket_id), answer)),
    isRight: await isRight(fromHex(hash), { answerKey, ticketId: fromHex(ticket_id), typed }),
  }));
}

export function cleaned(texts) {
  return texts.map(cleanCode);
}

/** Each text's bytes in hexadecimal, or null. */
export function base45(texts) {
  return texts.map((text) => orNull(() => toHex(fromBase45(text))));
}

/** Each item encoded anew, or null where it is refused. */
export function cbor({ items, isOrdered }) {
  return items.map((item) => orNull(() => toHex(toCbor(fromCbor(fromHex(item), { isOrdered })))));
}

export function isCbor(items) {
  return items.map((item) => orNull(() => fromCbor(fromHex(item)) !== undefined) !== null);
}

export async function signatures(groups) {
  return inTurn(groups, async ({ point, tests }) => {
    const key = await es256Key(point);
    return inTurn(tests, ({ sig, msg }) => isSignatureOf(key, fromHex(sig), fromHex(msg)));
  });
}

/** Whether the key of this point signed each message; null where it is no message. */
export async function proven({ point, messages }) {
  const key = await es256Key(point);
  return inTurn(messages, (message) => orNull(async () => isSignedBy(key, readSign1(fromHex(message)))));
}

export function keyedHashes(cases) {
  return inTurn(cases, async ({ key, msg }) => toHex(await keyedHash(fromHex(key), fromHex(msg))));
}

export function hashes(messages) {
  return inTurn(messages, async (message) => toHex(await sha256(fromHex(message))));
}

export async function derived({ password, salt, iterations, size }) {
  return toHex(await pbkdf2(utf8(password), { salt: utf8(salt), iterations, size }));
}

/** For each list in its CBOR form: how wide it is, its statuses at the places asked, null where it is refused. */
export function lists(asked) {
  return inTurn(asked, ({ list, places }) => orNull(async () => {
    const statuses = await readList(fromCbor(fromHex(list)));
    return { bits: statuses.bits, at: places.map((place) => statuses.at(place)) };
  }));
}

/** For each token what it says, null where it is refused, "from the future" where it is. */
export async function tokens({ key_set, now_ms, messages, places }) {
  const held = { keys: await importKeys(key_set), nowMs: now_ms };
  return inTurn(messages, (message) => orNull(async () => {
    const { subject, issuedMs, expiresMs, ttlSeconds, statuses } = await readToken(fromHex(message), held);
    return { subject, issuedMs, expiresMs, ttlSeconds, at: places.map((place) => statuses.at(place)) };
  }));
}

/** How many keys each set has, or null where it is refused. */
export function keySets(sets) {
  return inTurn(sets, (set) => orNull(async () => (await importKeys(set)).size));
}

export function base64url(texts) {
  return texts.map((text) => orNull(() => toBase64url(fromBase64url(text))));
}

export function sameness(pairs) {
  return pairs.map(([one, other]) => same(fromHex(one), fromHex(other)));
}

/** What is read off each PNG, whole or (`isFramed`) as the guard's frame cuts it; `own` is the browser's own reader. */
export async function readPictures({ pictures, isFramed = false, own = "none" }) {
  const read = await openDecoder({ ...ZXING, Detector: OWN_READERS[own] });
  return inTurn(pictures, async (picture) => {
    const bytes = Uint8Array.from(atob(picture), (each) => each.charCodeAt(0));
    const shown = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = document.createElement("canvas");
    if (isFramed) return read(frameOf(shown, canvas));
    [canvas.width, canvas.height] = [shown.width, shown.height];
    const context = canvas.getContext("2d");
    context.drawImage(shown, 0, 0);
    return read(context.getImageData(0, 0, canvas.width, canvas.height));
  });
}

const ZXING = { reader: "/zxing/es/reader/index.js", wasm: "/zxing/reader/zxing_reader.wasm" };
const OWN_READERS = {
  none: undefined,
  reads: ownReader(["qr_code"], async () => [{ rawValue: "read by the browser" }]),
  "finds nothing": ownReader(["qr_code"], async () => []),
  "has no service": ownReader(["qr_code"], () => Promise.reject(new DOMException("no service", "NotSupportedError"))),
  "reads no square codes": ownReader(["ean_13"], async () => [{ rawValue: "4006381333931" }]),
};

function ownReader(formats, detect) {
  return class {
    static getSupportedFormats = async () => formats;
    detect = detect;
  };
}

function es256Key(point) {
  return crypto.subtle.importKey("raw", fromHex(point), { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
}

function placeOf(place, listed) {
  return {
    office: place.office_id,
    services: place.service_ids && new Set(place.service_ids),
    dayStartsMs: place.day_starts_ms,
    dayEndsMs: place.day_ends_ms,
    nowMs: Date.parse(place.now),
    list: { issuedMs: Date.parse(listed.as_of_at), statuses: { at: (index) => listed.statuses[index] ?? null } },
  };
}

/** One after the other, so that a long list does not stand in memory as promises. */
async function inTurn(items, work) {
  const made = [];
  for (const item of items) made.push(await work(item));
  return made;
}

/** What `work` gives; null where it refuses. Any other fault of it fails the test. */
function orNull(work) {
  try {
    const made = work();
    return made instanceof Promise ? made.catch(told) : made;
  } catch (error) {
    return told(error);
  }
}

function told(error) {
  if (error instanceof FromTheFuture) return "from the future";
  if (error instanceof Malformed) return null;
  throw error;
}

/** A sealed pack opened with the device's private agreement key and a code, and the code that a reference finds in it. */
export async function openedPack({ agreement, sealed, code, reference }) {
  const privateKey = await crypto.subtle.importKey("jwk", agreement, { name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
  const device = { device: sealed.device, keys: { agreement: { privateKey } } };
  try {
    const plain = await opened(sealed, { device, code });
    return { plain, found: await codeOfReference(reference, { pack: dayPack(plain, { device }) }) };
  } catch (fault) {
    if (fault instanceof NotOpened) return null;
    throw fault;
  }
}
