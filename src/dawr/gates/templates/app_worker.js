// Keeps one whole version of the gate's page, so that it opens with no network. A new version is fetched beside the old
// and takes its place at once, when no shift is open.
const VERSION = {{ version | tojson }};
const SHELL = "/gate/app";
const FILES = {{ files | tojson }};
const CACHE = `dawr gate ${VERSION}`;

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  const answer = kept(event.request);
  if (answer) event.respondWith(answer);
});
self.addEventListener("message", ({ data }) => {
  if (data === "switch") self.skipWaiting();
});

async function keep() {
  const shell = await fetch(SHELL, { cache: "reload" });
  // In the midst of a roll-out the page may be another version's: then this one is tried again later.
  if (!shell.ok || !(shell.headers.get("ETag") ?? "").includes(VERSION)) throw new Error("the page is of another version");
  const cache = await caches.open(CACHE);
  try {
    await cache.addAll(FILES);
    await cache.put(SHELL, shell);
  } catch (fault) {
    await caches.delete(CACHE);
    throw fault;
  }
}

async function takeOver() {
  const others = (await caches.keys()).filter((name) => name.startsWith("dawr gate ") && name !== CACHE);
  await Promise.all(others.map((name) => caches.delete(name)));
  await self.clients.claim();
}

function kept({ method, mode, url }) {
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== self.location.origin) return null;
  if (mode === "navigate" && pathname === SHELL) return fromCache(SHELL);
  return FILES.includes(pathname) ? fromCache(pathname) : null;
}

async function fromCache(path) {
  return (await (await caches.open(CACHE)).match(path)) ?? fetch(path);
}
