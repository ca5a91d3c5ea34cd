// The square code in a camera's frame: read by the browser itself where it can, and by zxing-wasm of our own address.
const QR = "qr_code";
const FRAME_PIXELS_MAX = 720;

/**
 * What reads a frame: gives the code's very text, or null.
 * @param {{reader: string, wasm: string, Detector?: typeof BarcodeDetector}} addresses of zxing's module and its wasm
 * @returns {Promise<(frame: ImageData) => Promise<string | null>>}
 */
export async function openDecoder({ reader, wasm, Detector = globalThis.BarcodeDetector }) {
  const zxing = await import(reader);
  await zxing.prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  const detector = await ownDetector(Detector);
  return async (frame) => (await readByBrowser(detector, frame)) ?? readByZxing(zxing, frame);
}

/** The middle square of what a video or picture shows: where the guard's frame is drawn, and all that need be read. */
export function frameOf(source, canvas) {
  const width = source.videoWidth ?? source.width;
  const height = source.videoHeight ?? source.height;
  const side = Math.min(width, height);
  canvas.width = canvas.height = Math.min(side, FRAME_PIXELS_MAX);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, (width - side) / 2, (height - side) / 2, side, side, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

async function ownDetector(Detector) {
  const formats = (await Detector?.getSupportedFormats?.()) ?? [];
  return formats.includes(QR) ? new Detector({ formats: [QR] }) : null;
}

/** A browser may name the format and still have no service behind it: then it says so each time, and zxing reads. */
async function readByBrowser(detector, frame) {
  try {
    const [found] = (await detector?.detect(frame)) ?? [];
    return found?.rawValue || null;
  } catch {
    return null;
  }
}

async function readByZxing(zxing, frame) {
  const [found] = await zxing.readBarcodes(frame, { formats: ["QRCode"], maxNumberOfSymbols: 1 });
  return found?.isValid ? found.text : null;
}
