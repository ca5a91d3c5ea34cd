// Photographs are made smaller before they are sent, which also leaves place, time and device on the telephone. Without
// this they are sent as they are, and the server does the same.
const QUALITY = 0.8;

/** The picture as a JPEG whose longer side has at most `side` points; the file itself where it cannot be drawn. */
async function smaller(file, side) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const share = Math.min(1, side / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * share);
    canvas.height = Math.round(picture.height * share);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const content = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return content ? new File([content], "photograph.jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}

const input = document.querySelector("input[type=file][data-side]");
input?.addEventListener("change", async () => {
  const chosen = [...input.files];
  const button = input.form.querySelector("button:not([name])");
  button.disabled = true;
  try {
    const made = new DataTransfer();
    for (const file of chosen) made.items.add(await smaller(file, Number(input.dataset.side)));
    input.files = made.files;
  } finally {
    button.disabled = false;
  }
});
