// Tests which objects of two packages count as the same, on packages made by hand and on a real history.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ByteSource, bytesSource } from '../../../core/formats/byteSource.ts';
import { readUnreal, type UnrealPackage } from '../../../core/formats/unreal.ts';
import { exportComparer } from '../../../core/formats/unrealContent.ts';
import { packageLists } from '../../../core/formats/unrealLists.ts';

const HISTORY = fileURLToPath(
  new URL('../../../../shared/data/unreal/histories/ScreenCredits.uasset', import.meta.url),
);

/** A package with one export, whose bytes are these numbers of 32 bits after one byte. */
function packageOf(names: string[], imports: string[], numbers: number[]): Opened {
  const bytes = Buffer.alloc(11 + numbers.length * 4);
  numbers.forEach((value, i) => bytes.writeInt32LE(value, 11 + i * 4));
  const exports = [{ className: 'Node', path: 'A', size: bytes.length - 10, offset: 10 }];
  const one: UnrealPackage = {
    isMap: false,
    asset: undefined,
    engine: '5.3.2',
    fileVersion: [522, 1009],
    names,
    imports: imports.map((path) => ({ className: 'Class', path })),
    exports,
    dependencies: [],
    softDependencies: [],
  };
  return { source: bytesSource(bytes), package: one };
}

interface Opened {
  source: ByteSource;
  package: UnrealPackage;
}

async function isSame(before: Opened, after: Opened): Promise<boolean | undefined> {
  return (await exportComparer(before, after))?.(0, 0);
}

describe('objects of packages', () => {
  const before = packageOf(['None', 'Sky', 'Rock'], ['/Game/A', '/Game/B'], [1, 0, -2, 7]);

  it('are the same under other numbers of names and objects', async () => {
    assert.equal(await isSame(before, before), true);
    const after = packageOf(['Rock', 'None', 'x', 'Sky'], ['/Game/B', '/Game/A'], [3, 0, -1, 7]);
    assert.equal(await isSame(before, after), true);
  });

  it('differ where a number stands for something else', async () => {
    const { names, imports } = before.package;
    const paths = imports.map(({ path }) => path);
    assert.equal(await isSame(before, packageOf(names, paths, [2, 0, -2, 7])), false);
    assert.equal(await isSame(before, packageOf(names, paths, [1, 0, -1, 7])), false);
    assert.equal(await isSame(before, packageOf(names, paths, [1, 0, -2, 8])), false);
    assert.equal(await isSame(before, packageOf(names, paths, [1, 0, -2, 7, 0])), false);
  });

  it('are not read where they are too large', async () => {
    const large = { ...before, package: { ...before.package, exports: [{ ...before.package.exports[0] }] } };
    large.package.exports[0].size = 40 << 20;
    assert.equal(await isSame(before, large), undefined);
  });

  if (!existsSync(HISTORY)) it('../shared/data is not there');
  else
    it('of a real history mostly stay the same when a package is saved', async () => {
      const counts = { same: 0, inside: 0, resized: 0 };
      let last: Opened | undefined;
      for (const name of readdirSync(HISTORY).sort()) {
        const source = bytesSource(readFileSync(join(HISTORY, name)));
        const next = { source, package: await readUnreal(source) };
        if (last?.package.engine === next.package.engine) {
          const same = await exportComparer(last, next);
          for (const { state, sizes } of packageLists(last.package, next.package, 1e6, same).exports
            .entries) {
            if (state === 'same') counts.same += 1;
            else if (state === 'changed') counts[sizes?.length === 2 ? 'resized' : 'inside'] += 1;
          }
        }
        last = next;
      }
      // Another reader, in another language, counted the same.
      assert.deepEqual(counts, { same: 914, inside: 107, resized: 116 });
    });
});
