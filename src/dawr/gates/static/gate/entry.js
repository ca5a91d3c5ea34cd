// Digits typed with a thumb, with a keyboard, or in Arabic: one field, drawn as a box for each digit.
import { cleanCode } from "./challenge.js";

/** Makes the field of a form work; its button opens when every box is full. */
export function openEntry(form) {
  const field = form.querySelector("[data-entry]");
  const boxes = [...form.querySelectorAll("[data-box]")];
  const button = form.querySelector(".key--go");
  const draw = () => {
    field.value = cleanCode(field.value).replaceAll(/\D/g, "").slice(0, boxes.length);
    boxes.forEach((box, place) => (box.textContent = field.value[place] ?? ""));
    boxes.forEach((box, place) => box.classList.toggle("box--next", place === field.value.length));
    button.disabled = field.value.length < boxes.length;
  };
  for (const key of form.querySelectorAll("[data-key]")) {
    // The focus stays where a keyboard types.
    key.addEventListener("pointerdown", (event) => event.preventDefault());
    key.addEventListener("click", () => {
      field.value = key.dataset.key === "erase" ? field.value.slice(0, -1) : field.value + key.dataset.key;
      draw();
    });
  }
  field.addEventListener("input", draw);
  draw();
  field.focus({ preventScroll: true });
}

/** What was typed, all boxes of it, or nothing. */
export function typedIn(form) {
  const { value } = form.querySelector("[data-entry]");
  return form.querySelector(".key--go").disabled ? "" : value;
}
