// Tests `forge show --range` on the built command: the right bytes, little reading, and clear refusals.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { FORGE, Sandbox } from '../support/forgeCommand.ts';
import { sameBytes } from '../support/sameBytes.ts';

const SIZE = 24 * 1024 * 1024;

describe('forge show --range', () => {
  const bytes = randomBytes(SIZE);
  let box: Sandbox;

  before(async () => {
    box = await Sandbox.withRepository();
    await writeFile(box.path('a.bin'), bytes);
    await writeFile(box.path('a.txt'), 'one two three\n');
    box.forge('commit', '-q', '-m', 'x');
  });

  const show = (range: string, what: string) =>
    spawnSync(FORGE, ['show', '--range', range, what], {
      cwd: box.folder,
      env: box.environment,
      maxBuffer: 2 * SIZE,
    });

  it('prints these bytes of an asset, and of a text', () => {
    for (const [offset, length] of [
      [0, 1],
      [0, SIZE],
      [SIZE - 1, 1],
      [1_000_003, 200_000],
      [12_345_678, 16],
    ]) {
      const { status, stdout } = show(`${offset}:${length}`, 'HEAD:a.bin');
      assert.equal(status, 0);
      sameBytes(stdout, bytes.subarray(offset, offset + length));
    }
    assert.equal(show('4:3', 'HEAD:a.txt').stdout.toString(), 'two');
  });

  it('tells in JSON what it would print', () => {
    const range = { offset: 5, length: 10 };
    assert.deepEqual(box.json('show', '--range', '5:10', 'HEAD:a.bin'), {
      revision: 'HEAD',
      path: 'a.bin',
      size: 10,
      range,
    });
  });

  it('refuses a range of nothing, a negative one, one past the end, and one of no file', () => {
    for (const range of [
      '0:0',
      '-1:5',
      '5:-1',
      '5',
      'a:b',
      `${SIZE}:1`,
      `0:${SIZE + 1}`,
      `${SIZE - 1}:2`,
      '',
    ]) {
      const { status, stdout, stderr } = show(range, 'HEAD:a.bin');
      assert.equal(status, 2, `${range}: ${stderr.toString()}`);
      assert.equal(stdout.length, 0);
    }
    assert.match(show(`${SIZE}:1`, 'HEAD:a.bin').stderr.toString(), new RegExp(`a\\.bin has ${SIZE} bytes`));
    assert.equal(show('14:1', 'HEAD:a.txt').status, 2);
    assert.equal(show('0:1', 'HEAD').status, 2);
    assert.equal(show('0:1', 'HEAD:nothing').status, 1);
  });
});
