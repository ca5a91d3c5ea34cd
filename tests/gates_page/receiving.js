// The other end of a chain of records, written from docs/formats/gate.md alone: it takes what follows and nothing else.
import { openDatabase, write } from "/gate/database.js";
import { Records } from "/gate/records.js";
import { NoNetwork, Refused } from "/gate/server.js";
import { sha256 } from "/gate/hashes.js";
import { fromBase64url, toBase64url, utf8 } from "/gate/octets.js";

const WHERE = { shift: "a shift", pack: "a pack", scan: null };

class Receiver {
  posts = [];
  taken = [];

  /** @param {{device: string, key: CryptoKey, cutAfter?: number}} of answers are lost from that post on */
  constructor({ device, key, cutAfter = Infinity }) {
    Object.assign(this, { device, key, cutAfter });
  }

  async post(path, { device, records }) {
    if (path !== "/gate/records" || device !== this.device) throw new Error("another address or device");
    this.posts.push(records.length);
    for (const [text, signature] of records) await this.take(text, signature);
    if (this.posts.length > this.cutAfter) throw new NoNetwork("the answer was lost");
    return { taken_until: this.taken.length };
  }

  async take(text, signature) {
    const { n, prev } = JSON.parse(text);
    if (n <= this.taken.length && this.taken[n - 1] === text) return;
    const bytes = utf8(text);
    const before = this.taken.length ? this.taken.at(-1) : `device|${this.device}`;
    const follows = n === this.taken.length + 1 && prev === toBase64url(await sha256(utf8(before)));
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    const isSigned = await crypto.subtle.verify(algorithm, this.key, fromBase64url(signature), bytes);
    if (!follows || !isSigned) throw new Refused(409, { facts: { expected: this.taken.length + 1 } });
    this.taken.push(text);
  }
}

/** A device's chain of so many records, sent as `how` says; what the other end has then, and in which pieces it came. */
export async function sent({ count, cutAfter, believes, loses }) {
  const database = await openDatabase(crypto.randomUUID());
  const signing = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const device = { device: "a device", keys: { signing } };
  const receiver = new Receiver({ device: device.device, key: signing.publicKey, cutAfter });
  const records = await Records.open(database, device);
  // All at once, as a quick thumb would: they are written one after the other.
  const each = Array.from({ length: count }, (_, at) => records.append([{ kind: "scanned", at }], { ...WHERE, atMs: 1_000 - at }));
  await Promise.all(each);
  const isCut = !(await records.upload(receiver));
  receiver.cutAfter = Infinity;
  if (believes !== undefined) await write(database, [["put", "facts", believes, "taken_until"]]);
  if (loses) receiver.taken.length -= loses;
  const again = await Records.open(database, device);
  await again.append([{ kind: "shift_closed" }], { ...WHERE, atMs: 2_000 });
  const isAllSent = await again.upload(receiver);
  return {
    isCut, isAllSent, waiting: again.waiting, pieces: receiver.posts,
    numbers: receiver.taken.map((text) => JSON.parse(text).n), times: receiver.taken.map((text) => JSON.parse(text).at_ms),
  };
}

/** Whether keys of a device can be taken out of it. */
export async function keysAreKept() {
  const { enrol } = await import("/gate/device.js");
  const database = await openDatabase(crypto.randomUUID());
  const server = { post: async (path, body) => ({ device: "a device", fingerprint: await fingerprintOf(body.signing) }) };
  const { fingerprintOf } = await import("/gate/device.js");
  const { keys } = await enrol(database, { server, code: "2222-2222" });
  const privates = [keys.signing.privateKey, keys.agreement.privateKey];
  const refused = await Promise.all(privates.map((key) => crypto.subtle.exportKey("jwk", key).then(() => false, () => true)));
  return { extractable: privates.map((key) => key.extractable), refused };
}
