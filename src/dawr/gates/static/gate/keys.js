// The issuer's published keys, by their ids.
import { encode } from "./cbor.js";
import { sha256 } from "./hashes.js";
import { Malformed } from "./malformed.js";
import { fromBase64url, same, toHex } from "./octets.js";

const KEY_ID_BYTES = 8;
const P256 = { name: "ECDSA", namedCurve: "P-256" };

/**
 * The ES256 keys of a JSON Web Key Set, by key id in hexadecimal; refuses a key named by an id that is not its own.
 * @param {{keys: JsonWebKey[]}} set
 * @returns {Promise<Map<string, CryptoKey>>}
 */
export async function importKeys(set) {
  if (!Array.isArray(set?.keys)) throw new Malformed("not a JSON Web Key Set");
  return new Map(await Promise.all(set.keys.map(imported)));
}

async function imported({ kid, kty, crv, alg = "ES256", x, y }) {
  if (kty !== "EC" || crv !== "P-256" || alg !== "ES256") throw new Malformed("not an ES256 key");
  const keyId = fromBase64url(kid);
  const ownId = await keyIdOf(fromBase64url(x), fromBase64url(y));
  if (!same(keyId, ownId)) throw new Malformed("a kid that is not its key's");
  try {
    return [toHex(keyId), await crypto.subtle.importKey("jwk", { kty, crv, x, y }, P256, true, ["verify"])];
  } catch {
    throw new Malformed("not a point on P-256");
  }
}

/** The first 8 bytes of the key's COSE thumbprint (RFC 9679). */
async function keyIdOf(x, y) {
  const thumbprint = await sha256(encode(new Map([[1, 2], [-1, 1], [-2, x], [-3, y]])));
  return thumbprint.slice(0, KEY_ID_BYTES);
}
