// Owns the tests that all planes give files the sketches that core/dataplane/sketch.ts defines.
import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PART, sketchOf } from '../../core/dataplane/sketch.ts';
import { xorshift32 } from '../support/naiveCut.ts';
import { onEachPlane } from '../support/planes.ts';
import { useWorkspace } from '../support/workspace.ts';

onEachPlane('sketches of files', (plane) => {
  const work = useWorkspace();

  it('are made of the start and the middle', async () => {
    const sizes = [0, 31, 5000, PART - 1, PART, PART + 1, 2 * PART, 100_001, 3_000_000];
    const files = sizes.map((size) => ({ path: work.write(`${size}`, xorshift32(size + 1, size)), size }));
    const sketches = await plane().sketchFiles(files);
    for (const [i, { size }] of files.entries()) {
      const bytes = xorshift32(size + 1, size);
      const middle = Math.max(0, Math.floor((size - PART) / 2));
      const expected = sketchOf(bytes.subarray(0, PART), bytes.subarray(middle, middle + PART));
      assert.deepEqual(sketches[i] && [...sketches[i]], expected && [...expected], `${size} bytes`);
    }
    assert.equal(sketches.filter((sketch) => sketch === undefined).length, 2);
  });

  it('are not given for what cannot be read or is all the same, and do without the rest', async () => {
    const path = work.write('one', xorshift32(1, 50_000));
    symlinkSync(path, join(work.folder, 'link'));
    const names = [
      join(work.folder, 'missing'),
      work.folder,
      join(work.folder, 'link'),
      work.write('zero', Buffer.alloc(50_000)),
    ];
    const files = [...names, path].map((name) => ({ path: name, size: 50_000 }));
    const sketches = await plane().sketchFiles(files);
    assert.deepEqual(
      sketches.map((sketch) => sketch !== undefined),
      [false, false, false, false, true],
    );
    assert.deepEqual(await plane().sketchFiles([]), []);
  });
});
