// The server, when there is one. Every answer is one of three: what was asked for, a refusal that explains itself,
// or nothing because there is no network.

// The first pack of a day is made while one waits.
const PATIENCE_MS = 60_000;

/** There is no way to the server now. */
export class NoNetwork extends Error {}

/** The server said no: `sentence` and `next` are for people, `facts` for the page. */
export class Refused extends Error {
  constructor(status, { code = "", sentence = "", next = "", facts = {} } = {}) {
    super(code || String(status));
    Object.assign(this, { status, code, sentence, next, facts });
  }
}

/** The JSON answer to a POST. */
export async function post(path, body) {
  const headers = { "Content-Type": "application/json", "x-csrftoken": csrfToken() };
  const answer = await asked(path, { method: "POST", headers, body: JSON.stringify(body) });
  return answer.status === 204 ? null : answer.json();
}

/** The JSON answer to a GET. */
export async function get(path) {
  return (await asked(path, {})).json();
}

/** The bytes at an address that is the same for everybody. */
export async function getBytes(path) {
  return new Uint8Array(await (await asked(path, { credentials: "omit" })).arrayBuffer());
}

/** Ends whoever's session it is on this device. */
export async function signOut() {
  const headers = { "x-csrftoken": csrfToken() };
  await fetch("/sign-out", { method: "POST", headers, redirect: "manual", cache: "no-store" }).catch(() => {});
}

async function asked(path, { headers = {}, ...options }) {
  let answer;
  try {
    answer = await fetch(path, {
      cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { Accept: "application/json", ...headers }, ...options,
    });
  } catch (fault) {
    throw new NoNetwork(path, { cause: fault });
  }
  if (answer.ok) return answer;
  // Who stands before the application when it is down: the same as no network.
  if (answer.status >= 502 && answer.status <= 504) throw new NoNetwork(path);
  throw new Refused(answer.status, await answer.json().catch(() => ({})));
}

function csrfToken() {
  return document.cookie.split("; ").find((cookie) => cookie.startsWith("csrftoken="))?.slice("csrftoken=".length) ?? "";
}
