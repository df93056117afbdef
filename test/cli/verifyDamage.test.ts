// Tests what `forge verify` says of a damaged record: every file and every version that depends on it, for people and as JSON.
import assert from 'node:assert/strict';
import { openSync, closeSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { copyFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CommitResult, VerifyResult } from '../../core/repo/types.ts';
import { nativeIsBuilt, Sandbox } from '../support/forgeCommand.ts';
import { rows } from '../support/containers.ts';

const VERSIONS = 13;

for (const plane of ['portable', 'native']) {
  describe(`forge verify, ${plane} plane`, () => {
    it('names all versions that stand on a damaged first one', async function () {
      if (plane === 'native' && !nativeIsBuilt) return this.skip();
      const box = await Sandbox.withRepository();
      box.environment.FORGE_PLANE = plane;
      const bytes = Buffer.concat([Buffer.alloc(1), rows(3, 2500)]);
      const commits: string[] = [];
      let middle = 0;
      for (let i = 0; i < VERSIONS; i++) {
        bytes.write(`edit ${i}`, 900 * (i + 1));
        await writeFile(box.path('a.bin'), bytes);
        if (i === 0) await writeFile(box.path('apart.bin'), 'nothing to do with it\0');
        commits.push(box.json<CommitResult>('commit', '-m', `${i}`).commit);
        // In the record of the file's first version, which takes nearly all of the segment.
        if (i === 0) middle = statSync(onlySegment(box)).size >> 1;
      }
      await rm(box.path('a.bin'));
      flipBit(onlySegment(box), middle);
      const human = box.run(['verify', '--full']);
      assert.equal(human.status, 1);
      for (const commit of commits) {
        const line = new RegExp(`^  a\\.bin in ${commit.slice(0, 10)}$`, 'm');
        assert.match(human.stdout, line);
      }
      assert.doesNotMatch(human.stdout, /apart\.bin|more version/);
      const json = box.run(['verify', '--full', '--json']);
      assert.equal(json.status, 1);
      const { ok, problems } = JSON.parse(json.stdout) as VerifyResult;
      assert.equal(ok, false);
      const told = problems.flatMap(({ files }) => files.map((file) => `${file.path} ${file.commit}`));
      assert.deepEqual(told.sort(), commits.map((commit) => `a.bin ${commit}`).sort());
    });

    it('names the damage also where it finds the index outdated', async function () {
      if (plane === 'native' && !nativeIsBuilt) return this.skip();
      const box = await Sandbox.withRepository();
      box.environment.FORGE_PLANE = plane;
      await writeFile(box.path('a.bin'), Buffer.concat([Buffer.alloc(1), rows(5, 2500)]));
      box.forge('commit', '-q', '-m', 'A');
      const segment = onlySegment(box);
      await rm(box.path('a.bin'));
      flipBit(segment, statSync(segment).size >> 1);
      // A rebuilt index numbers these first, by their names.
      for (let i = 0; i < 3; i++) {
        const other = await Sandbox.withRepository();
        await writeFile(other.path('b.bin'), Buffer.concat([Buffer.alloc(1), rows(10 + i, 2500)]));
        other.forge('commit', '-q', '-m', 'B');
        await copyFile(onlySegment(other), box.path('.forge/store', path.basename(onlySegment(other))));
      }
      await rename(segment, box.path('.forge/store', `open-${'f'.repeat(32)}.seg`));
      const { status, stdout } = box.run(['verify', '--full', '--json']);
      const { ok, problems } = JSON.parse(stdout) as VerifyResult;
      assert.equal(status, 1);
      assert.equal(ok, false);
      assert.ok(problems.some(({ kind }) => kind === 'index'));
      assert.deepEqual(
        problems.flatMap(({ files }) => files.map(({ path: name }) => name)),
        ['a.bin'],
      );
    });
  });
}

function onlySegment(box: Sandbox): string {
  const [name] = readdirSync(box.path('.forge/store'));
  return box.path('.forge/store', name);
}

function flipBit(segment: string, at: number): void {
  const file = openSync(segment, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte[0] ^= 1;
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
}
