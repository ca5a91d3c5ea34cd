// Keeps a waiting page up to date from now.json, which is the same for everybody; without this file the page is
// fetched anew every twenty seconds.
"use strict";

const box = document.getElementById("waiting");
const said = document.getElementById("said");

if (box && said) {
  const LOOK_SECONDS = 10;
  const RELOAD_SECONDS_MAX = 10;
  const number = Number(box.dataset.number);
  const digits = new Intl.NumberFormat(`en-GB-u-nu-${box.dataset.digits}`);
  const serving = box.querySelector("[data-shows=serving]");
  const wait = box.querySelector("[data-shows=wait]");
  let timer = null;

  const show = (place, value) => {
    const bdi = document.createElement("bdi");
    bdi.textContent = digits.format(value);
    place.replaceChildren(bdi);
  };

  // A screen reader hears what is new, and nothing when nothing is.
  const say = (sentence) => {
    if (said.textContent !== sentence) said.textContent = sentence;
  };

  // Not all at the same instant: a line may be long.
  const reloadSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => location.reload(), Math.random() * RELOAD_SECONDS_MAX * 1000);
  };

  // Coarser the longer it is, so that it does not change with every look.
  const rounded = (minutes) => (minutes > 60 ? Math.ceil(minutes / 15) * 15 : minutes > 10 ? Math.ceil(minutes / 5) * 5 : minutes);

  const tell = (now) => {
    show(serving, now.serving);
    if (now.closed) {
      say(box.dataset.saidClosed);
      reloadSoon();
      return false;
    }
    if ((now.open && !number) || (number && now.serving >= number)) {
      if (number) say(box.dataset.saidTurn);
      reloadSoon();
      return false;
    }
    if (number && now.per_minute > 0) {
      const minutes = rounded(Math.ceil((number - now.serving) / now.per_minute));
      show(wait, minutes);
      say(`${box.dataset.saidWait} ${digits.format(minutes)}`);
    } else {
      wait.textContent = box.dataset.unknown;
    }
    return true;
  };

  const look = async () => {
    let goesOn = true;
    try {
      const answer = await fetch(box.dataset.now, { credentials: "omit" });
      if (answer.ok) goesOn = tell(await answer.json());
    } catch {
      // Offline for a moment: the place is kept, and the next look will tell.
    }
    if (goesOn) timer = setTimeout(look, LOOK_SECONDS * 1000);
  };

  timer = setTimeout(look, LOOK_SECONDS * 1000);
}
