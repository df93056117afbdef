// Owns the arithmetic of time in videos: frames, and how one that runs beside another is brought back to it; knows no browser.

/** Of a video that does not tell how many pictures a second it has. */
export const USUAL_RATE = 30;

/** Within this, in seconds, two videos are together: less than half a frame of any. */
const TOGETHER = 0.005;
/** From here on one is brought back by its speed, which nobody sees. */
const APART = 0.015;
/** From here on it is moved there at once. */
const LOST = 0.3;
/** Distance that is made good at the full change of speed. */
const FULL = 0.15;
const MOST_CHANGE = 0.25;

/** The picture that is shown at a time, counted from 0. */
export function frameOf(seconds: number, frameRate: number): number {
  // A time that was computed from a frame may lie just before it.
  return Math.floor(seconds * frameRate + 1e-6);
}

/**
 * Where the picture `frames` further on is shown: in its middle, which is safe from rounding. Never behind the middle of the last one,
 * nor before that of the first.
 */
export function stepped(seconds: number, frames: number, frameRate: number, duration: number): number {
  const last = Math.max(0, Math.ceil(duration * frameRate - 1e-6) - 1);
  const frame = Math.min(last, Math.max(0, Math.min(last, frameOf(seconds, frameRate)) + frames));
  return Math.min(duration, (frame + 0.5) / frameRate);
}

/** What to do with a video that is `drift` seconds ahead of the one that leads (behind it, when negative). */
export type Correction = { jump: true } | { jump: false; speed: number };

/** `speed` is what both are played at; `isCorrecting`: its own speed is another at the moment. */
export function correctionOf(drift: number, speed: number, isCorrecting: boolean): Correction {
  const distance = Math.abs(drift);
  if (distance > LOST) return { jump: true };
  if (distance <= (isCorrecting ? TOGETHER : APART)) return { jump: false, speed };
  const change = Math.min(MOST_CHANGE, Math.max(-MOST_CHANGE, (-drift / FULL) * MOST_CHANGE));
  return { jump: false, speed: speed * (1 + change) };
}
