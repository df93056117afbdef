// Owns the tests that many texts become the same Git blobs on every plane, whoever deflates them.
import assert from 'node:assert/strict';
import { chmodSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import type { DataPlane, TextFile } from '../../core/dataplane/dataPlane.ts';
import { statTuple } from '../../core/dataplane/portable/fileStat.ts';
import { objectId } from '../../core/git/objectId.ts';
import { encodePointer } from '../../core/model/pointer.ts';
import { initRepository } from '../../core/repo/initialize.ts';
import { Repository } from '../../core/repo/repository.ts';
import { xorshift32 } from '../support/naiveCut.ts';
import { onEachPlane } from '../support/planes.ts';
import { testDeps } from '../support/repositories.ts';
import { sameBytes } from '../support/sameBytes.ts';
import { git, gitIsHere } from '../support/stockGit.ts';
import { tempFolder } from '../support/tempFolder.ts';

const POINTER = encodePointer({ blake3: 'ab'.repeat(32), size: 7 });
const LARGEST = 50_000;

onEachPlane('texts', (plane) => {
  let root: string;

  beforeEach(async function () {
    if (!plane().packTexts) this.skip();
    root = await tempFolder();
  });

  const write = (name: string, content: string | Uint8Array, isChecked = true): TextFile => {
    const path = join(root, name);
    writeFileSync(path, content);
    return { path, isChecked };
  };

  it('become the blobs that Git would make', async () => {
    const contents = fc.array(
      fc.oneof(
        fc.string({ maxLength: 300, unit: 'binary' }).map((text) => Buffer.from(text.replaceAll('\0', '0'))),
        fc
          .tuple(fc.string({ minLength: 1, maxLength: 40 }), fc.nat(LARGEST))
          .map(([text, n]) => Buffer.alloc(n, text.replaceAll('\0', '0'))),
      ),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(contents, async (all) => {
        const files = all.map((content, i) => write(`text ${i}`, content));
        const packed = await plane().packTexts!(files, LARGEST);
        assert.equal(packed.length, all.length);
        packed.forEach((text, i) => {
          assert.ok(text);
          assert.equal(text.oid.toString('hex'), objectId('blob', all[i]));
          assert.deepEqual(text.stat, statTuple(lstatSync(files[i].path, { bigint: true })));
          sameBytes(inflateSync(text.stream), all[i]);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('are left to the caller where there is more to say', async () => {
    mkdirSync(join(root, 'folder'));
    symlinkSync('text', join(root, 'link'));
    const late = Buffer.concat([Buffer.alloc(8000, 'x'), Buffer.from('\0')]);
    const files = [
      write('text', 'text'),
      write('pointer', POINTER),
      write('unchecked pointer', POINTER, false),
      write('binary', 'nul\0'),
      write('unchecked', 'nul\0', false),
      write('late', late),
      write('large', Buffer.alloc(LARGEST + 1, 'x')),
      { path: join(root, 'nothing'), isChecked: true },
      { path: join(root, 'folder'), isChecked: true },
      { path: join(root, 'link'), isChecked: true },
    ];
    const packed = await plane().packTexts!(files, LARGEST);
    assert.deepEqual(
      packed.map((text) => text !== undefined),
      [true, false, false, false, true, true, false, false, false, false],
    );
    assert.deepEqual(await plane().packTexts!([], LARGEST), []);
  });
});

describe('a commit of many texts', () => {
  const trees = new Set<string>();

  const treeOn = async (plane: DataPlane): Promise<string> => {
    const root = await tempFolder();
    await initRepository(root, { unreal: false, launcher: '/forge' });
    for (let i = 0; i < 200; i++) {
      const content = xorshift32(i + 1, (i * i) % 7000).toString('base64');
      writeFileSync(join(root, `${i}.txt`), content);
      if (i % 5 === 0) chmodSync(join(root, `${i}.txt`), 0o755);
      // The same again, and one that the index takes for a text although it looks like an asset.
      if (i % 7 === 0) writeFileSync(join(root, `again ${i}.txt`), content);
    }
    writeFileSync(join(root, 'long.txt'), Buffer.alloc(900_000, 'long text '));
    writeFileSync(join(root, 'pointer.txt'), POINTER);
    writeFileSync(join(root, 'asset'), 'nul\0');
    const repository = await Repository.open(
      root,
      testDeps(() => plane),
    );
    await repository.commit({ message: 'all', paths: [] });
    await repository.close();
    assert.equal(git(root, ['--git-dir=.forge/git', 'fsck', '--strict', '--full']), '');
    const packs = git(root, ['--git-dir=.forge/git', 'count-objects', '-v']);
    assert.match(packs, /^packs: 1$/m);
    assert.equal(git(root, ['--git-dir=.forge/git', 'show', 'HEAD:long.txt']), 'long text '.repeat(90_000));
    return git(root, ['--git-dir=.forge/git', 'rev-parse', 'HEAD^{tree}']);
  };

  onEachPlane('in one pack', (plane) => {
    it('gives the tree that it gives on every plane', async function () {
      if (!gitIsHere) return this.skip();
      trees.add(await treeOn(plane()));
      assert.equal(trees.size, 1);
    });
  });
});
