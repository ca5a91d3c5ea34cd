// The sealed day pack: opened with the device's key and the code that the guard keeps, and by neither alone.
import { pbkdf2 } from "./hashes.js";
import { fromBase64url, join, toBase64url, utf8 } from "./octets.js";

const OPENING_ITERATIONS = 100_000;
const REFERENCE_ITERATIONS = 10_000;
const LOOKUP_BYTES = 8;
const NONCE_BYTES = 12;
const KEY_BYTES = 32;

/** The code, the device or the pack itself is not the right one. */
export class NotOpened extends Error {}

/**
 * What is sealed, as JSON: a day pack or photographs. Throws NotOpened.
 * @param {object} sealed as docs/formats/gate.md has it
 * @param {{device: object, code: string}} with_ the enrolled device and the opening code
 */
export async function opened(sealed, { device, code }) {
  if (sealed?.sealed !== 1 || sealed.device !== device.device) throw new NotOpened("not a pack of this device");
  const bound = utf8(`dawr day pack|${device.device}`);
  try {
    const key = await sealingKey(sealed, { device, code, bound });
    const plain = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: fromBase64url(sealed.nonce), additionalData: bound }, key, fromBase64url(sealed.ciphertext),
    );
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(plain));
  } catch (fault) {
    throw new NotOpened("not opened", { cause: fault });
  }
}

async function sealingKey(sealed, { device, code, bound }) {
  const salt = fromBase64url(sealed.salt);
  const ephemeral = await crypto.subtle.importKey("jwk", sealed.ephemeral, { name: "ECDH", namedCurve: "P-256" }, false, []);
  const [shared, typed] = await Promise.all([
    crypto.subtle.deriveBits({ name: "ECDH", public: ephemeral }, device.keys.agreement.privateKey, 256),
    pbkdf2(utf8(code), { salt, iterations: OPENING_ITERATIONS, size: KEY_BYTES }),
  ]);
  const both = await crypto.subtle.importKey("raw", join(new Uint8Array(shared), typed), "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt, info: bound }, both, { name: "AES-GCM", length: 256 }, false, ["decrypt"],
  );
}

/**
 * The day pack of an opened one, with its bytes as bytes and its rows where they are found at once.
 * Throws NotOpened for another version or another device's.
 */
export function dayPack(plain, { device }) {
  if (plain.version !== 1 || plain.device?.device !== device.device) throw new NotOpened("not a day pack of this device");
  return {
    ...plain,
    status_list: fromBase64url(plain.status_list),
    lanes: { open: plain.lanes.open, key: fromBase64url(plain.lanes.key) },
    secret: fromBase64url(plain.secret),
    answer_key: fromBase64url(plain.answer_key),
    officers: plain.officers.map((officer) => ({ ...officer, salt: fromBase64url(officer.salt) })),
    mismatched: new Set(plain.mismatched),
    tickets: new Map(plain.tickets.map(([index, rounds]) => [index, rounds.map(challenge)])),
    references: new Map(plain.references),
  };
}

function challenge([places, serial_places, hash]) {
  return { places, serial_places, hash: fromBase64url(hash) };
}

/** The code that a typed reference stands for, or undefined. */
export async function codeOfReference(reference, { pack }) {
  const made = await pbkdf2(utf8(reference), {
    salt: join(utf8("reference|"), pack.answer_key),
    iterations: REFERENCE_ITERATIONS,
    size: LOOKUP_BYTES + NONCE_BYTES + KEY_BYTES,
  });
  const sealed = pack.references.get(toBase64url(made.slice(0, LOOKUP_BYTES)));
  if (sealed === undefined) return undefined;
  const iv = made.slice(LOOKUP_BYTES, LOOKUP_BYTES + NONCE_BYTES);
  const key = await crypto.subtle.importKey("raw", made.slice(LOOKUP_BYTES + NONCE_BYTES), "AES-GCM", false, ["decrypt"]);
  return new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, fromBase64url(sealed)));
}
