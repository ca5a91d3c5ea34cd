// The service worker that keeps this version of the page, and the moment at which the next takes its place.
const WORKER = "/gate/sw.js";
const SCOPE = "/gate/app";

let registered = Promise.resolve(undefined);

/** From now on the page opens with no network, as soon as all of it has been fetched once. */
export function worksOffline() {
  registered = navigator.serviceWorker?.register(WORKER, { scope: SCOPE }).catch(() => undefined) ?? registered;
}

/** Between shifts: a version that waits takes over, and the page is loaded again with all of its files. */
export async function takeNewVersion() {
  const waiting = (await registered)?.waiting;
  if (!waiting) return;
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting.postMessage("switch");
}
