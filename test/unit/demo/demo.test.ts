// Owns the tests of the demo's own parts: copies of the user's folder, edits, fingerprints and the closing table.
import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { closingTable } from '../../../scripts/demo/closing.ts';
import { differences, fingerprint } from '../../../scripts/demo/fingerprint.ts';
import { encodeWav, synthesize } from '../../../scripts/demo/media/wav.ts';
import { copyFolder, ownStory } from '../../../scripts/demo/ownFolder.ts';
import { commandLine } from '../../../scripts/demo/stage.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('demo: the user’s own folder', () => {
  it('copies files and links, and leaves version control out', async () => {
    const [from, to] = [await tempFolder(), await tempFolder()];
    await mkdir(path.join(from, '.git'));
    await mkdir(path.join(from, 'Höhle'));
    await writeFile(path.join(from, '.git/HEAD'), 'x');
    await writeFile(path.join(from, 'Höhle/a.bin'), 'abc');
    await symlink('Höhle/a.bin', path.join(from, 'link'));
    const { files, leftOut, unreadable } = await copyFolder(from, to);
    assert.deepEqual(files, [{ path: path.join('Höhle', 'a.bin'), size: 3 }]);
    assert.deepEqual([leftOut, unreadable], [0, []]);
    const copied = await fingerprint(to);
    assert.deepEqual([...copied.keys()].sort(), ['Höhle/a.bin', 'link']);
  });

  it('does not copy the copy when that lies inside', async () => {
    const from = await tempFolder();
    await writeFile(path.join(from, 'a.bin'), 'abc');
    const to = path.join(from, 'copy');
    await mkdir(to);
    const { files } = await copyFolder(from, to);
    assert.deepEqual(
      files.map((file) => file.path),
      ['a.bin'],
    );
  });

  it('has three rounds that each change something, whatever is there', async () => {
    const sounds = encodeWav(synthesize(5, 1, 1));
    const folders: Record<string, Buffer | string>[] = [
      { 'one.bin': Buffer.alloc(100_000, 7) },
      { 'a.txt': 'one\n', 'b.txt': 'two\n' },
      { 'tiny.bin': 'x', 'empty.bin': '' },
      {
        'sound.wav': sounds,
        'b.bin': Buffer.alloc(9_000),
        'c.bin': 'abc\0',
        'd.txt': 'text',
        'e.txt': 'more',
      },
    ];
    for (const content of folders) {
      const folder = await tempFolder();
      for (const [name, data] of Object.entries(content)) await writeFile(path.join(folder, name), data);
      const sizes = Object.entries(content).map(([name, data]) => ({ path: name, size: data.length }));
      const { rounds, hero, renamed } = await ownStory(folder, sizes);
      assert.equal(rounds.length, 3);
      for (const { edits } of rounds) {
        const before = await fingerprint(folder);
        for (const edit of edits) await edit.apply();
        assert.notEqual(
          differences(before, await fingerprint(folder)).length,
          0,
          Object.keys(content).join(),
        );
      }
      const after = await fingerprint(folder);
      assert.ok(after.has(hero));
      if (renamed !== undefined) assert.ok(after.has(renamed));
    }
  });

  it('says when there is nothing to edit', async () => {
    await assert.rejects(ownStory(await tempFolder(), []), /no file to edit/);
  });
});

describe('demo: fingerprints', () => {
  it('see content, names and missing files, and not .forge', async () => {
    const folder = await tempFolder();
    await writeFile(path.join(folder, 'a'), 'abc');
    const before = await fingerprint(folder);
    assert.equal(before.get('a'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    await mkdir(path.join(folder, '.forge'));
    await writeFile(path.join(folder, '.forge/config.json'), '{}');
    await writeFile(path.join(folder, '.forgeignore'), 'x');
    assert.deepEqual(differences(before, await fingerprint(folder)), ['.forgeignore']);
    await writeFile(path.join(folder, 'a'), 'abd');
    assert.deepEqual(differences(before, await fingerprint(folder)).sort(), ['.forgeignore', 'a']);
    assert.equal((await readFile(path.join(folder, 'a'))).toString(), 'abd');
  });
});

describe('demo: what it prints', () => {
  it('sums the commits up', () => {
    const row = { message: 'One', logicalBytes: 4_000, newBytes: 3_000, storedBytes: 2_000, seconds: 1.2 };
    const lines = closingTable([
      { ...row, exactFiles: 7 },
      { ...row, message: 'Two', storedBytes: 0, exactFiles: 1 },
    ]);
    assert.deepEqual(
      lines.map((line) => line.split(/ {2,}/)),
      [
        ['commit', 'logical', 'new', 'stored', 'ratio', 'time', 'verification'],
        ['One', '4 KB', '3 KB', '2 KB', '2.0 x', '1.2 s', '7 files exact'],
        ['Two', '4 KB', '3 KB', '0 B', '–', '1.2 s', '1 file exact'],
        ['total', '8 KB', '6 KB', '2 KB', '4.0 x', '2.4 s', 'all exact'],
      ],
    );
    assert.match(closingTable([{ ...row, exactFiles: undefined }]).at(-1) ?? '', /DIFFERENT$/);
  });

  it('shows commands as a person would type them', () => {
    assert.equal(commandLine(['log', '--oneline', 'a/b.png']), 'forge log --oneline a/b.png');
    assert.equal(commandLine(['commit', '-m', "it's done"]), "forge commit -m 'it'\\''s done'");
  });
});
