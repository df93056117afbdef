// Owns small models for tests: a box of given size in glTF, as one binary file or with its bytes beside it.

/** Of the box, in metres. */
export type BoxSize = [x: number, y: number, z: number];

const CORNERS = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [i & 1, (i >> 1) & 1, (i >> 2) & 1]);
// Two triangles a face, seen from outside.
const FACES = [
  [0, 2, 1, 1, 2, 3],
  [4, 5, 6, 5, 7, 6],
  [0, 1, 4, 1, 5, 4],
  [2, 6, 3, 3, 6, 7],
  [0, 4, 2, 2, 4, 6],
  [1, 3, 5, 3, 7, 5],
].flat();

/** The bytes of a box: 8 corners as floats, 36 indices, then the key frames of an animation that moves it up. */
export function boxBytes(size: BoxSize): Buffer {
  const bytes = Buffer.alloc(96 + 72 + 8 + 24);
  CORNERS.forEach((corner, i) =>
    corner.forEach((value, axis) => bytes.writeFloatLE((value - 0.5) * size[axis], i * 12 + axis * 4)),
  );
  FACES.forEach((corner, i) => bytes.writeUInt16LE(corner, 96 + i * 2));
  bytes.writeFloatLE(1, 172);
  bytes.writeFloatLE(1, 192);
  return bytes;
}

/** The description of a box; `uri` names the file of its bytes, where they lie beside it. */
export function boxJson(size: BoxSize, uri?: string): Record<string, unknown> {
  const half = size.map((length) => length / 2);
  return {
    asset: { version: '2.0', generator: 'by hand' },
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0, name: 'box' }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1, material: 0 }] }],
    materials: [{ pbrMetallicRoughness: { baseColorFactor: [0.9, 0.3, 0.1, 1], metallicFactor: 0 } }],
    accessors: [
      { bufferView: 0, componentType: 5126, count: 8, type: 'VEC3', min: half.map((one) => -one), max: half },
      { bufferView: 1, componentType: 5123, count: 36, type: 'SCALAR' },
      { bufferView: 2, componentType: 5126, count: 2, type: 'SCALAR', min: [0], max: [1] },
      { bufferView: 3, componentType: 5126, count: 2, type: 'VEC3' },
    ],
    animations: [
      {
        name: 'Rise',
        samplers: [{ input: 2, output: 3 }],
        channels: [{ sampler: 0, target: { node: 0, path: 'translation' } }],
      },
    ],
    bufferViews: [
      { buffer: 0, byteOffset: 0, byteLength: 96 },
      { buffer: 0, byteOffset: 96, byteLength: 72 },
      { buffer: 0, byteOffset: 168, byteLength: 8 },
      { buffer: 0, byteOffset: 176, byteLength: 24 },
    ],
    buffers: [{ byteLength: 200, ...(uri !== undefined && { uri }) }],
  };
}

/** One binary file of a description and its bytes. */
export function glbOf(json: Record<string, unknown>, bytes: Buffer): Buffer {
  const text = JSON.stringify(json);
  const padded = Buffer.from(text + ' '.repeat((4 - (text.length % 4)) % 4));
  const head = Buffer.alloc(20);
  head.write('glTF', 'latin1');
  head.writeUInt32LE(2, 4);
  head.writeUInt32LE(12 + 8 + padded.length + 8 + bytes.length, 8);
  head.writeUInt32LE(padded.length, 12);
  head.write('JSON', 16, 'latin1');
  const binary = Buffer.alloc(8);
  binary.writeUInt32LE(bytes.length);
  binary.write('BIN\0', 4, 'latin1');
  return Buffer.concat([head, padded, binary, bytes]);
}
