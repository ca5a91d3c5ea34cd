// Times the gate's page from a camera's frame to the signed name on its screen; runs in that page, as a function.
async ({ decoder, reader, wasm, symbols }) => {
  const { frameOf, openDecoder } = await import(decoder);
  const read = await openDecoder({ reader, wasm });
  const main = document.getElementById("main");
  const canvas = document.createElement("canvas");
  const camera = new OffscreenCanvas(1280, 720);
  const times = [];

  for (const rows of symbols) {
    drawn(rows);
    times.push(await waitedFor("name", async () => {
      const code = await read(frameOf(camera, canvas));
      document.dispatchEvent(new CustomEvent("shown", { detail: { code, via: "camera" } }));
    }));
    await waitedFor("ready", () => press("left"));
  }
  return times;

  /** How long it takes from `act` until that screen has been painted. */
  async function waitedFor(screen, act) {
    const startedMs = performance.now();
    const reached = new Promise((resolve) => {
      new MutationObserver(resolve).observe(main, { attributeFilter: ["data-at"] });
    });
    await act();
    await reached;
    if (main.dataset.at !== screen) throw new Error(`the page shows ${main.dataset.at} in place of ${screen}`);
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return performance.now() - startedMs;
  }

  function press(what) {
    main.querySelector(`[data-do="${what}"]`).click();
  }

  /** The symbol on a sheet of paper on a dark table, a little askew, soft, grey, and grained as in a poor light. */
  function drawn(rows) {
    const sheet = paper(rows);
    const context = camera.getContext("2d", { willReadFrequently: true });
    context.reset();
    context.fillStyle = "#333";
    context.fillRect(0, 0, camera.width, camera.height);
    context.translate(camera.width / 2, camera.height / 2);
    context.rotate(0.12);
    context.filter = "blur(0.8px)";
    context.drawImage(sheet, -sheet.width / 2, -sheet.height / 2);
    grain(context);
  }

  function paper(rows) {
    const dots = 8;
    const margin = 6;
    const sheet = new OffscreenCanvas(dots * (rows.length + 2 * margin), dots * (rows.length + 2 * margin));
    const context = sheet.getContext("2d");
    context.fillStyle = "#b5b5b5";
    context.fillRect(0, 0, sheet.width, sheet.height);
    context.fillStyle = "#3c3c3c";
    rows.forEach((row, y) => [...row].forEach((module, x) => {
      if (module === "1") context.fillRect(dots * (x + margin), dots * (y + margin), dots, dots);
    }));
    return sheet;
  }

  function grain(context) {
    const frame = context.getImageData(0, 0, camera.width, camera.height);
    let state = 1;
    for (let place = 0; place < frame.data.length; place += 4) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      const noise = (state >>> 27) - 16;
      for (const colour of [0, 1, 2]) frame.data[place + colour] += noise;
    }
    context.putImageData(frame, 0, 0);
  }
}
