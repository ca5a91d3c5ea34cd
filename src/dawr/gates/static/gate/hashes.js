// SHA-256 and what is made of it, all by the browser's own WebCrypto.
const SHA256 = "SHA-256";

/** @param {Uint8Array} message */
export async function sha256(message) {
  return new Uint8Array(await crypto.subtle.digest(SHA256, message));
}

/** HMAC-SHA-256 (RFC 2104), 32 bytes. An empty key is one of zeros, which WebCrypto wants written out. */
export async function keyedHash(key, message) {
  const raw = key.length ? key : new Uint8Array(1);
  const hmac = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: SHA256 }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", hmac, message));
}

/** PBKDF2-HMAC-SHA-256 (RFC 8018): `size` bytes. */
export async function pbkdf2(password, { salt, iterations, size }) {
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const algorithm = { name: "PBKDF2", hash: SHA256, salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 8 * size));
}
