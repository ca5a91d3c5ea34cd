// The device: two keys that cannot leave it, and its name. Whoever copies the disk has neither.
import { read, write } from "./database.js";
import { sha256 } from "./hashes.js";
import { fromBase64url, join, toHex } from "./octets.js";

/**
 * The enrolled device, or undefined.
 * @returns {Promise<{device: string, name: string, lane: number, office: string, fingerprint: string, keys: object}|undefined>}
 */
export async function enrolledDevice(database) {
  const device = await read(database, "facts", "device");
  return device?.device ? device : undefined;
}

/** Makes the keys, keeps them, and gives their public halves for the code that the branch head reads out. */
export async function enrol(database, { server, code }) {
  const keys = (await read(database, "facts", "device"))?.keys ?? (await makeKeys());
  // Kept before they are sent: keys that the server knows and the device lost would be a device that nobody has.
  await write(database, [["put", "facts", { keys }, "device"]]);
  const [signing, agreement] = await Promise.all([publicPart(keys.signing), publicPart(keys.agreement)]);
  const answer = await server.post("/gate/devices/enrol", { code, signing, agreement });
  const device = { ...answer, keys };
  const own = await fingerprintOf(signing);
  if (answer.fingerprint !== own) throw new Error("the server took other keys than the device's");
  await write(database, [["put", "facts", device, "device"]]);
  return device;
}

/** 64 bytes r || s over `bytes`. */
export async function signed(device, bytes) {
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, device.keys.signing.privateKey, bytes);
  return new Uint8Array(signature);
}

/** The first eight hexadecimal digits that stand on the device and on the branch head's page. */
export async function fingerprintOf(jwk) {
  const hash = await sha256(join(fromBase64url(jwk.x), fromBase64url(jwk.y)));
  return toHex(hash.slice(0, 4));
}

async function makeKeys() {
  const make = (name, uses) => crypto.subtle.generateKey({ name, namedCurve: "P-256" }, false, uses);
  const [signing, agreement] = await Promise.all([make("ECDSA", ["sign", "verify"]), make("ECDH", ["deriveBits"])]);
  return { signing, agreement };
}

async function publicPart({ publicKey }) {
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  return { kty, crv, x, y };
}
