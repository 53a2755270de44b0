/** Samples between -1 and 1. */
type Samples = Float64Array<ArrayBuffer>;

/**
 * One cadence of the North American ringback tone at `rate` Hz: 440 Hz and 480 Hz together for two
 * seconds, then four of silence (ITU-T E.180, supplement 2). It loops without a seam.
 */
export function playRingback(rate: number): Samples {
  const samples = new Float64Array(rate * 6);
  const ramp = rate * 0.005; // Without a ramp, switching on and off is heard as a click.
  for (let index = 0; index < rate * 2; index++) {
    const seconds = index / rate;
    const tone =
      Math.sin(2 * Math.PI * 440 * seconds) / 2 + Math.sin(2 * Math.PI * 480 * seconds) / 2;
    samples[index] = 0.4 * tone * Math.min(1, index / ramp, (rate * 2 - index) / ramp);
  }
  return samples;
}

const SEMITONES = { C: -9, D: -7, E: -5, F: -4, G: -2, A: 0, B: 2, c: 3, d: 5 };
type Note = keyof typeof SEMITONES;

/** "What shall we do with the drunken sailor?" (traditional): note and length in eighths. */
const MELODY =
  "A2 A1 A1 A2 A1 A1 A2 D2 F2 A2 G2 G1 G1 G2 G1 G1 G2 C2 E2 G2 " +
  "A2 A1 A1 A2 A1 A1 A2 B2 c2 d2 c2 A2 G2 E2 D4 D4";

/** The chord's root under each bar of eight eighths. */
const BASS: Note[] = ["D", "D", "C", "C", "D", "D", "C", "D"];

const EIGHTH_SECONDS = 0.14;

/** A shanty on plucked strings at `rate` Hz, about ten seconds long. */
export function playShanty(rate: number): Samples {
  const notes = MELODY.split(" ").map((note) => ({
    pitch: hertz(note.charAt(0) as Note),
    eighths: Number(note.slice(1)),
  }));
  const eighths = notes.reduce((sum, note) => sum + note.eighths, 0);
  const samples = new Float64Array(Math.round(rate * (eighths * EIGHTH_SECONDS + 0.8)));
  let at = 0;
  for (const { pitch, eighths: length } of notes) {
    const seconds = length * EIGHTH_SECONDS + 0.25;
    pluck(samples, rate, at * EIGHTH_SECONDS, seconds, pitch, 0.3);
    at += length;
  }
  BASS.forEach((note, bar) => {
    const start = bar * 8 * EIGHTH_SECONDS;
    for (const half of [0, 4]) {
      pluck(samples, rate, start + half * EIGHTH_SECONDS, 0.9, hertz(note) / 2, 0.22);
      pluck(samples, rate, start + (half + 2) * EIGHTH_SECONDS, 0.5, (hertz(note) * 3) / 4, 0.16);
    }
  });
  fadeOut(samples, rate);
  const peak = samples.reduce((highest, sample) => Math.max(highest, Math.abs(sample)), 0);
  return samples.map((sample) => (sample / peak) * 0.8);
}

/** Equal temperament about A = 440 Hz. */
function hertz(note: Note): number {
  return 440 * 2 ** (SEMITONES[note] / 12);
}

/**
 * Adds a plucked string: a burst of noise in a delay line of one period, averaged a little each time
 * around (Karplus and Strong, 1983). A period is seldom a whole number of samples; the fraction is
 * the delay of an all-pass filter (Jaffe and Smith, 1983), without which high notes are out of tune.
 */
function pluck(
  samples: Samples,
  rate: number,
  startSeconds: number,
  seconds: number,
  pitch: number,
  volume: number,
): void {
  const noise = lehmer(Math.round(pitch * 1000));
  const period = rate / pitch + 0.5; // The average runs half a sample early.
  const line = Float64Array.from({ length: Math.floor(period) }, () => noise() * 2 - 1);
  const fraction = period - line.length;
  const coefficient = (1 - fraction) / (1 + fraction);
  const start = Math.round(startSeconds * rate);
  const length = Math.min(Math.round(seconds * rate), samples.length - start);
  let averaged = 0;
  let delayed = 0;
  for (let index = 0; index < length; index++) {
    const here = index % line.length;
    const sample = line[here] ?? 0;
    const release = Math.min(1, (length - index) / (rate * 0.05));
    samples[start + index] = (samples[start + index] ?? 0) + sample * volume * release;
    const next = 0.498 * (sample + (line[(here + 1) % line.length] ?? 0));
    delayed = coefficient * (next - delayed) + averaged;
    averaged = next;
    line[here] = delayed;
  }
}

function fadeOut(samples: Samples, rate: number): void {
  const length = rate * 0.6;
  for (let left = 0; left < length; left++) {
    const index = samples.length - 1 - left;
    samples[index] = (samples[index] ?? 0) * (left / length);
  }
}

/** Lehmer's generator, so that the noise is the same on every machine; numbers between 0 and 1. */
function lehmer(seed: number): () => number {
  let state = seed % 2147483647 || 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
