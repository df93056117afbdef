// Owns the textures that the screenshots show: drawn by code, so that anyone gets the same.
import { encodePng } from '../demo/media/png.ts';

type Colour = [red: number, green: number, blue: number];

const SIDE = 512;
const FRAME = 52;
const PLANK = 68;
const WOOD: Colour = [168, 120, 72];
const BEAM: Colour = [196, 148, 92];
const IRON: Colour = [74, 78, 86];

/** A wooden crate from the front; with an emblem in a colour, or without. */
export function crate(emblem?: Colour): Buffer {
  return draw((x, y) => {
    const edge = Math.min(x, y, SIDE - 1 - x, SIDE - 1 - y);
    if (isBolt(x, y)) return IRON;
    const mark = Math.hypot(x - SIDE / 2, y - SIDE / 2);
    if (emblem && mark < 96)
      return mark > 84 || isAnvil(x - SIDE / 2, y - SIDE / 2) ? [244, 240, 228] : emblem;
    if (edge < FRAME) return grained(BEAM, edge < 4 ? 0.6 : 1, x < FRAME || x >= SIDE - FRAME ? y : x, edge);
    if (edge < FRAME + 6) return shaded(WOOD, 0.55);
    if (Math.abs(x - y) < 36) return grained(BEAM, Math.abs(x - y) > 30 ? 0.7 : 1, x, x - y);
    return grained(WOOD, y % PLANK < 4 ? 0.5 : 1 - 0.06 * (Math.floor(y / PLANK) % 3), x, y);
  });
}

/** Water under an evening sky; `sun` is how far down it is, from 0 to 1. */
export function sea(sun: number): Buffer {
  return draw((x, y) => {
    const horizon = SIDE * 0.6;
    if (Math.hypot(x - SIDE * 0.65, y - horizon * sun) < 46 && y < horizon) return [255, 226, 150];
    if (y < horizon) return mixed([46, 58, 120], [240, 150, 96], y / horizon);
    const wave = 0.06 * Math.sin(y * 0.35 + 2 * Math.sin(x * 0.02));
    return mixed([96, 84, 120], [18, 34, 66], (y - horizon) / (SIDE - horizon) + wave);
  });
}

function draw(pixel: (x: number, y: number) => Colour): Buffer {
  const pixels = Buffer.alloc(SIDE * SIDE * 4, 255);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) pixels.set(pixel(x, y).map(Math.round), 4 * (y * SIDE + x));
  return encodePng({ width: SIDE, height: SIDE, pixels });
}

function isBolt(x: number, y: number): boolean {
  const near = (at: number): number => Math.min(Math.abs(at - FRAME / 2), Math.abs(at - (SIDE - FRAME / 2)));
  return Math.hypot(near(x), near(y)) < 12;
}

/** Whether a point, counted from the middle, is on the anvil of the emblem. */
function isAnvil(x: number, y: number): boolean {
  if (y > -34 && y < -6) return x > -58 + Math.max(0, y + 22) && x < 54;
  if (y >= -6 && y < 22) return Math.abs(x) < 18;
  return y >= 22 && y < 40 && Math.abs(x) < 40;
}

function grained(colour: Colour, light: number, along: number, across: number): Colour {
  return shaded(colour, light * (1 + 0.05 * Math.sin(across * 0.4 + 1.5 * Math.sin(along * 0.02))));
}

function shaded(colour: Colour, light: number): Colour {
  return colour.map((value) => Math.max(0, Math.min(255, value * light))) as Colour;
}

function mixed(from: Colour, to: Colour, share: number): Colour {
  const at = Math.max(0, Math.min(1, share));
  return from.map((value, i) => value + ((to[i] ?? value) - value) * at) as Colour;
}
