// Tests the guess which removed path a new one was before, and what it saves.
import assert from 'node:assert/strict';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findRenames } from '../../../core/repo/renames.ts';
import { png, rows } from '../../support/containers.ts';
import { makeRepository } from '../../support/repositories.ts';

describe('renames', () => {
  const found = (removed: string[], added: string[]) => Object.fromEntries(findRenames(removed, added));

  it('are found by name', () => {
    assert.deepEqual(found(['a/rock.png', 'a/tree.png'], ['b/rock.png', 'b/bush.png']), {
      'b/rock.png': 'a/rock.png',
    });
  });

  it('are found by name and folder where one name is there often', () => {
    assert.deepEqual(found(['old/hero/d.png', 'old/rock/d.png'], ['new/hero/d.png', 'new/tree/d.png']), {
      'new/hero/d.png': 'old/hero/d.png',
    });
  });

  it('are found by extension where there is but one of each', () => {
    assert.deepEqual(found(['hero.png', 'hero.wav'], ['villain.png', 'a.wav', 'b.wav']), {
      'villain.png': 'hero.png',
    });
    assert.deepEqual(found(['a.png', 'b.png'], ['c.png']), {});
  });

  it('are found among nothing', () => {
    assert.deepEqual(found([], ['a']), {});
    assert.deepEqual(found(['a'], []), {});
  });

  it('make an edited picture under a new name a small delta', async () => {
    const repository = await makeRepository();
    try {
      const pixels = rows(1, 20_000);
      await mkdir(join(repository.root, 'art'));
      await writeFile(join(repository.root, 'art/hero.png'), png(pixels));
      const first = await repository.commit({ message: 'first', paths: [] });
      await rename(join(repository.root, 'art/hero.png'), join(repository.root, 'art/villain.png'));
      pixels.write('another row', 100_000);
      await writeFile(join(repository.root, 'art/villain.png'), png(pixels));
      const second = await repository.commit({ message: 'second', paths: [] });
      assert.ok(
        second.storedBytes < first.storedBytes / 10,
        `${second.storedBytes} after ${first.storedBytes} bytes`,
      );
    } finally {
      await repository.close();
    }
  });
});
