// The camera: looks until a code is found, tells `document` of it as an event `shown`, and rests.
import { frameOf, openDecoder } from "./decoder.js";

let decoder;
let stream = null;

/** Whether there may be a camera at all. */
export function hasCamera() {
  return Boolean(navigator.mediaDevices?.getUserMedia);
}

/** Whether it is on. */
export function isLooking() {
  return stream !== null;
}

/** Looks through `video` until it finds a code or is stopped; throws where the camera or its reader is not to be had. */
export async function startLooking(video, addresses) {
  decoder ??= openDecoder(addresses).catch((fault) => {
    decoder = undefined;
    throw fault;
  });
  const read = await decoder;
  const wanted = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
  stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  look(video, read, document.createElement("canvas"));
}

/** Turns the camera off. */
export function stopLooking() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
}

async function look(video, read, canvas) {
  if (!stream) return;
  const code = video.videoWidth ? await read(frameOf(video, canvas)) : null;
  if (!stream) return;
  if (code) document.dispatchEvent(new CustomEvent("shown", { detail: { code, via: "camera" } }));
  else requestAnimationFrame(() => look(video, read, canvas));
}
