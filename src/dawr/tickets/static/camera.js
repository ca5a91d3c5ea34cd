// Reads the code with the camera where the browser has one; without this file the page works by scanner and by hand.
"use strict";

const box = document.querySelector(".gate__camera");
const field = document.getElementById("code");

if (box && field && navigator.mediaDevices) {
  const button = document.createElement("button");
  const video = document.createElement("video");
  const canvas = document.createElement("canvas");
  const note = document.createElement("p");
  let stream = null;
  let reader = null;

  button.type = "button";
  button.className = "govuk-button govuk-button--secondary";
  button.textContent = box.dataset.on;
  note.className = "govuk-body";
  note.setAttribute("role", "status");
  video.setAttribute("playsinline", "");
  video.muted = true;
  video.hidden = true;
  box.append(button, video, note);
  box.hidden = false;

  // The reader is large, so it is fetched when somebody asks for the camera.
  const loadReader = async () => {
    if (reader) return;
    reader = await import(box.dataset.reader);
    reader.prepareZXingModule({ overrides: { locateFile: () => box.dataset.wasm } });
  };

  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = true;
    button.textContent = box.dataset.on;
  };

  const look = async () => {
    if (!stream) return;
    if (video.videoWidth) {
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(video, 0, 0);
      const frame = context.getImageData(0, 0, canvas.width, canvas.height);
      const [found] = await reader.readBarcodes(frame, { formats: ["QRCode"], maxNumberOfSymbols: 1 });
      if (found?.text && stream) {
        field.value = found.text;
        stop();
        field.form.requestSubmit();
        return;
      }
    }
    requestAnimationFrame(look);
  };

  button.addEventListener("click", async () => {
    if (stream) {
      stop();
      return;
    }
    try {
      await loadReader();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      note.textContent = box.dataset.refused;
      return;
    }
    note.textContent = "";
    video.srcObject = stream;
    video.hidden = false;
    button.textContent = box.dataset.off;
    await video.play();
    look();
  });
}
