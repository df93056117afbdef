// Owns the tests of the edits that the benchmark makes, and of its way to measure a command.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { editedFiles, editFiles } from '../../../bench/edits.ts';
import { listFiles } from '../../../bench/gameData.ts';
import { measure } from '../../../bench/measure.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('bench: edits', () => {
  it('changes ten files, half of them in size, the same way each time', async () => {
    const folders = [await tempFolder(), await tempFolder()];
    const original = Buffer.alloc(20_000, 1);
    for (const folder of folders) {
      for (let i = 0; i < 35; i++) await writeFile(path.join(folder, `${i}.bin`), original);
      await writeFile(path.join(folder, 'small.bin'), 'x');
      await editFiles(folder, await listFiles(folder));
    }
    const [first, second] = await Promise.all(folders.map(readAll));
    assert.deepEqual(first, second);
    const changed = first.filter((content) => content.length > 1 && !content.equals(original));
    assert.equal(changed.length, 10);
    assert.equal(changed.filter(({ length }) => length === original.length).length, 5);
  });

  it('edits what there is when there are fewer than ten files', () => {
    assert.equal(editedFiles([{ path: 'a', size: 50_000 }]).length, 1);
    assert.equal(editedFiles([]).length, 0);
  });
});

describe('bench: measure', () => {
  it('sees time and memory of a process that the command starts', async () => {
    const place = { cwd: await tempFolder(), env: process.env };
    const hungry = `"${process.execPath}" -e "const b = Buffer.alloc(3e8, 1); setTimeout(() => b, 200)" && true`;
    const { seconds, peakBytes } = await measure(hungry, place);
    assert.ok(seconds >= 0.2, `${seconds} s`);
    if (process.platform === 'linux') assert.ok(peakBytes > 3e8, `${peakBytes} B`);
  });

  it('says what a failing command printed', async () => {
    const place = { cwd: await tempFolder(), env: process.env };
    await assert.rejects(measure('echo no such luck >&2; exit 3', place), /exit 3: .*\nno such luck/);
  });
});

async function readAll(folder: string): Promise<Buffer[]> {
  const files = await listFiles(folder);
  return Promise.all(files.map((file) => readFile(path.join(folder, file.path))));
}
