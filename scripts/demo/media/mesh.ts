// Owns 3D models: Wavefront OBJ as text, glTF 2.0 as one binary file.
import { noiseField } from './image.ts';

/** Points of a square grid: height of each, row by row. */
export interface Terrain {
  side: number;
  heights: Float32Array;
}

export function makeTerrain(side: number, seed: number): Terrain {
  const heights = noiseField(side, side, seed).map((height) => height * 40);
  return { side, heights };
}

/** Lifts the ground around a point, as a sculpting brush does. */
export function raise({ side, heights }: Terrain, x: number, y: number, radius: number, lift: number): void {
  for (let row = Math.max(0, y - radius); row < Math.min(side, y + radius); row++) {
    for (let column = Math.max(0, x - radius); column < Math.min(side, x + radius); column++) {
      const strength = Math.max(0, 1 - Math.hypot(column - x, row - y) / radius);
      heights[row * side + column] += lift * strength ** 2;
    }
  }
}

export function encodeObj({ side, heights }: Terrain, name: string): Buffer {
  const lines = [`# ${side} x ${side} points`, `o ${name}`];
  heights.forEach((height, i) => {
    lines.push(`v ${(i % side).toFixed(3)} ${height.toFixed(4)} ${Math.floor(i / side).toFixed(3)}`);
  });
  for (const [a, b, c] of triangles(side)) lines.push(`f ${a + 1} ${b + 1} ${c + 1}`);
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** The two triangles of each cell of the grid, by numbers of points. */
function* triangles(side: number): Generator<[number, number, number]> {
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const corner = row * side + column;
      yield [corner, corner + side, corner + 1];
      yield [corner + 1, corner + side, corner + side + 1];
    }
  }
}

const UNSIGNED_INT = 5125;
const FLOAT = 5126;

export function encodeGlb({ side, heights }: Terrain, name: string): Buffer {
  const points = new Float32Array(heights.length * 3);
  heights.forEach((height, i) => points.set([i % side, height, Math.floor(i / side)], 3 * i));
  const corners = Uint32Array.from([...triangles(side)].flat());
  const binary = Buffer.concat([Buffer.from(points.buffer), Buffer.from(corners.buffer)]);
  const top = heights.reduce((most, height) => Math.max(most, height), 0);
  const scene = {
    asset: { version: '2.0' },
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0, name }],
    meshes: [{ name, primitives: [{ attributes: { POSITION: 0 }, indices: 1 }] }],
    accessors: [
      {
        bufferView: 0,
        componentType: FLOAT,
        count: heights.length,
        type: 'VEC3',
        min: [0, heights.reduce((least, height) => Math.min(least, height), top), 0],
        max: [side - 1, top, side - 1],
      },
      { bufferView: 1, componentType: UNSIGNED_INT, count: corners.length, type: 'SCALAR' },
    ],
    bufferViews: [
      { buffer: 0, byteOffset: 0, byteLength: points.byteLength },
      { buffer: 0, byteOffset: points.byteLength, byteLength: corners.byteLength },
    ],
    buffers: [{ byteLength: binary.length }],
  };
  const text = JSON.stringify(scene);
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 4) * 4));
  const header = Buffer.alloc(12);
  header.write('glTF', 0, 'latin1');
  header.writeUInt32LE(2, 4);
  header.writeUInt32LE(12 + 8 + json.length + 8 + binary.length, 8);
  return Buffer.concat([header, glbChunk('JSON', json), glbChunk('BIN\0', binary)]);
}

function glbChunk(type: string, data: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(data.length, 0);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, data]);
}
