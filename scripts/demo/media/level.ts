// Owns the demo's levels: what stands where, as indented JSON.
import { randomNumbers } from './random.ts';

export interface Level {
  name: string;
  objects: LevelObject[];
}

interface LevelObject {
  id: string;
  mesh: string;
  position: [number, number, number];
  rotation: number;
}

export function makeLevel(name: string, count: number, meshes: string[], seed: number): Level {
  const next = randomNumbers(seed);
  const metres = () => Math.round(next() * 100_000) / 100;
  const objects = Array.from({ length: count }, (_, i): LevelObject => ({
    id: `${name}_${String(i).padStart(5, '0')}`,
    mesh: meshes[Math.floor(next() * meshes.length)],
    position: [metres(), metres(), metres() / 50],
    rotation: Math.floor(next() * 360),
  }));
  return { name, objects };
}

/** Moves some objects that stand together in the list. */
export function moveObjects(level: Level, first: number, count: number, metres: number): void {
  for (const object of level.objects.slice(first, first + count)) object.position[0] += metres;
}

export function encodeLevel(level: Level): Buffer {
  return Buffer.from(`${JSON.stringify(level, null, 1)}\n`);
}
