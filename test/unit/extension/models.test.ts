// Tests what is read from the description of a glTF file, and the rows of facts that are shown.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import {
  gltfJson,
  modelFacts,
  ModelProblem,
  outsideFiles,
} from '../../../extension/webview/model/gltfFacts.ts';
import { modelRows } from '../../../extension/webview/model/modelRows.ts';
import { boxBytes, boxJson, glbOf } from '../../support/model.ts';

const DATA = fileURLToPath(new URL('../../../../shared/data/media/histories', import.meta.url));

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

describe('facts of models', () => {
  const glb = glbOf(boxJson([1, 2, 3]), boxBytes([1, 2, 3]));

  it('count what is drawn and tell its extent', () => {
    assert.deepEqual(modelFacts(gltfJson(bufferOf(glb))), {
      vertices: 8,
      triangles: 12,
      meshes: 1,
      materials: 1,
      textures: 0,
      animations: 1,
      nodes: 1,
      extent: [1, 2, 3],
      extensions: [],
      generator: 'by hand',
    });
  });

  it('follow the places and sizes of nodes', () => {
    const quarter = Math.SQRT1_2;
    const nodes = [
      { children: [1, 2], scale: [2, 1, 1] },
      { mesh: 0 },
      // A quarter turn around the vertical: what was long in x is long in z.
      { mesh: 0, translation: [5, 0, 0], rotation: [0, quarter, 0, quarter] },
    ];
    const facts = modelFacts({ ...boxJson([1, 2, 4]), nodes });
    assert.deepEqual([facts.vertices, facts.triangles], [16, 24]);
    const [x, y, z] = facts.extent!;
    // From −1 (the first, 2 wide) to 14 (the second: 4 wide, twice that, around 10).
    assert.ok(Math.abs(x - 15) < 1e-9 && Math.abs(y - 2) < 1e-9 && Math.abs(z - 4) < 1e-9, `${x} ${y} ${z}`);
  });

  it('count strips and fans, and no lines', () => {
    const json = boxJson([1, 1, 1]);
    const primitives = [1, 4, 5, 6].map((mode) => ({ attributes: { POSITION: 0 }, mode }));
    assert.equal(modelFacts({ ...json, meshes: [{ primitives }] }).triangles, 2 + 6 + 6);
  });

  it('end where nodes lie in each other without end', () => {
    assert.equal(
      modelFacts({ ...boxJson([1, 1, 1]), nodes: [{ children: [0], mesh: 0 }] }).triangles,
      12 * 1001,
    );
  });

  it('name the files beside a model', () => {
    const json = { ...boxJson([1, 1, 1], 'a%20b.bin'), images: [{ uri: 'skin.png' }, { uri: 'data:,' }, {}] };
    assert.deepEqual(outsideFiles(json), { buffers: ['a%20b.bin'], images: ['skin.png'] });
  });

  it('say what is wrong with a file', () => {
    const text = (value: string) => bufferOf(Buffer.from(value));
    const newer = Buffer.from(glb);
    newer.writeUInt32LE(3, 4);
    for (const [bytes, reason] of [
      [bufferOf(glb.subarray(0, glb.length - 1)), 'The file is cut off or damaged'],
      [bufferOf(glb.subarray(0, 14)), 'The file is cut off or damaged'],
      [bufferOf(newer), 'Its version of glTF ({0}) is not known'],
      [text('{'), 'Its description is not JSON'],
      [text('[]'), 'Its description is not one of glTF'],
      [text(''), 'Its description is not JSON'],
    ] as const)
      assert.throws(() => gltfJson(bytes), { name: 'ModelProblem', message: reason });
  });

  it('of any description are numbers, or a reason', () => {
    const keys = [
      'nodes',
      'meshes',
      'accessors',
      'scenes',
      'materials',
      'buffers',
      'images',
      'extensionsUsed',
    ];
    const damage = fc.dictionary(fc.constantFrom(...keys, 'scene'), fc.jsonValue({ maxDepth: 4 }));
    fc.assert(
      fc.property(damage, (change) => {
        const json = { ...boxJson([1, 1, 1]), ...(change as Record<string, unknown>) };
        try {
          const read = gltfJson(bufferOf(Buffer.from(JSON.stringify(json))));
          const { triangles, vertices } = modelFacts(read);
          assert.ok(Number.isSafeInteger(triangles) && Number.isSafeInteger(vertices));
          outsideFiles(read);
        } catch (error) {
          assert.ok(error instanceof ModelProblem, String(error));
        }
      }),
    );
  });

  it('are shown as rows, one value a side', () => {
    const facts = modelFacts(boxJson([1, 0.5, 1234.5678]));
    const rows = modelRows(
      [
        { facts: undefined, size: undefined },
        { facts: { ...facts, triangles: 12_345 }, size: '1 KB' },
      ],
      (text) => text,
      'en',
    );
    const valueOf = (label: string) => rows.find((row) => row.label === label)?.values;
    assert.deepEqual(valueOf('Size'), [undefined, '1 KB']);
    assert.deepEqual(valueOf('Triangles'), [undefined, '12,345']);
    assert.deepEqual(valueOf('Bounding box'), [undefined, '1 × 0.5 × 1,235 m']);
    assert.equal(valueOf('Extensions'), undefined);
  });

  if (!existsSync(DATA)) it('../shared/data is not there');
  else
    it('are read from real files', () => {
      const files = readdirSync(DATA, { recursive: true, encoding: 'utf8' }).filter((one) =>
        /v\d+\.glb$/.test(one),
      );
      for (const file of files) {
        const { triangles, extent } = modelFacts(gltfJson(bufferOf(readFileSync(join(DATA, file)))));
        assert.ok(triangles > 100 && extent && extent.every((one) => one > 0), file);
      }
      assert.ok(files.length >= 12, `${files.length} files`);
    });
});
