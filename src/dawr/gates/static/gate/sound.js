// Each class of verdict has a sound and a touch of its own, so that a guard knows it with his eyes on the person.

// Tones as [hertz, milliseconds]; the touch as navigator.vibrate takes it.
const SIGNALS = {
  admit: { tones: [[660, 110], [990, 220]], touch: [60] },
  wait: { tones: [[520, 160], [0, 80], [520, 160]], touch: [80, 80, 80] },
  refuse: { tones: [[330, 220], [220, 420]], touch: [300] },
  ask: { tones: [[740, 120]], touch: [40] },
};
const VOLUME = 0.25;
const FRAMES = {
  admit: "admit", too_early: "wait", status_list_stale: "wait", damaged_code: "ask",
  other_lane: "wait", stale_list: "wait", no_answers: "ask", another_round: "refuse",
};

let context;

/** The class of a verdict, or of what keeps a ticket from going on. */
export function frameOfVerdict(verdict) {
  return FRAMES[verdict] ?? "refuse";
}

/** Sounds and is felt: "admit", "wait", "refuse" or "ask". A device without a speaker is silent. */
export function signal(frame) {
  const { tones, touch } = SIGNALS[frame];
  navigator.vibrate?.(touch);
  try {
    context ??= new AudioContext();
    context.resume();
    play(tones);
  } catch {
    context = undefined;
  }
}

function play(tones) {
  let at = context.currentTime;
  for (const [hertz, milliseconds] of tones) {
    const until = at + milliseconds / 1000;
    if (hertz) tone(hertz, { at, until });
    at = until;
  }
}

function tone(hertz, { at, until }) {
  const oscillator = new OscillatorNode(context, { frequency: hertz, type: "triangle" });
  const loudness = new GainNode(context, { gain: VOLUME });
  // A tone that is cut off clicks.
  loudness.gain.setTargetAtTime(0, until - 0.04, 0.012);
  oscillator.connect(loudness).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(until);
}
