// Owns the tests that small files of one kind are packed with a dictionary, and read back exactly, by every pair of planes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataPlane, TrainedDictionary } from '../../core/dataplane/dataPlane.ts';
import { Blake3 } from '../../core/dataplane/portable/blake3.ts';
import { Codec, RecordType } from '../../core/model/record.ts';
import { xorshift32 } from '../support/naiveCut.ts';
import { onEachPair, onEachPlane } from '../support/planes.ts';
import { useWorkspace } from '../support/workspace.ts';

/** What each file of the kind holds, whichever number it has. */
const COMMON = xorshift32(5, 3000);

/** A binary file that zstd can shrink by itself, but far better when it has seen another of them. */
function mesh(number: number): Buffer {
  return Buffer.concat([Buffer.from(`mesh\0${number}`), COMMON, Buffer.alloc(400, `${number};`)]);
}

async function named(bytes: Buffer, isStored: boolean) {
  return { id: (await Blake3.create()).hash(bytes), bytes, isStored };
}

onEachPair('dictionaries', (writer, reader) => {
  const work = useWorkspace();

  it('are stored once, used where they pay, and come back', async () => {
    const dictionaries = [await named(COMMON, false)];
    const contents = [mesh(1), mesh(2), mesh(3), xorshift32(9, 3000), xorshift32(8, 200_000)];
    const files = contents.map((bytes, i) => ({ path: work.write(`file${i}`, bytes), dictionary: 0 }));
    const result = await work.store.ingest(writer(), files, { dictionaries, workers: 2 });
    const assets = result.files.map((file) => {
      assert.equal(file.kind, 'asset');
      return file;
    });
    const records = [...work.store.records.values()];
    assert.equal(records.filter(({ type }) => type === RecordType.dictionary).length, 1);
    const codecs = assets.map(({ blake3 }) => work.store.chunksOf(blake3)[0].codec);
    assert.deepEqual(codecs.slice(0, 3), [Codec.dictionary, Codec.dictionary, Codec.dictionary]);
    assert.notEqual(codecs[3], Codec.dictionary);
    const used = work.store.chunksOf(assets[0].blake3)[0];
    assert.ok(used.storedLength < 200, `${used.storedLength} of ${used.rawLength}`);
    assert.deepEqual(used.bases, [dictionaries[0].id]);
    assert.deepEqual(await work.store.check(reader()), []);
    for (const [i, asset] of assets.entries()) {
      const path = join(work.folder, `restored${i}`);
      await work.store.restore(reader(), [{ path, asset }]);
      assert.ok(readFileSync(path).equals(contents[i]), `file ${i}`);
    }

    const again = [{ path: work.write('later', mesh(4)), dictionary: 0 }];
    await work.store.ingest(writer(), again, { dictionaries: [{ ...dictionaries[0], isStored: true }] });
    const stored = [...work.store.records.values()].filter(({ type }) => type === RecordType.dictionary);
    assert.equal(stored.length, 1);
  });
});

onEachPlane('dictionary training', (plane) => {
  const work = useWorkspace();

  const train = (of: DataPlane, paths: string[]): Promise<TrainedDictionary | undefined> =>
    of.trainDictionary(paths, { sampleBytes: 4096, dictionaryBytes: 8192 });

  it('gives nothing for files that are too few, missing or texts', async () => {
    const texts = Array.from({ length: 40 }, (_, i) =>
      work.write(`${i}.txt`, Buffer.alloc(2000, `line ${i}\n`)),
    );
    assert.equal(await train(plane(), texts), undefined);
    assert.equal(await train(plane(), [work.write('one', mesh(1))]), undefined);
    assert.equal(await train(plane(), [join(work.folder, 'missing')]), undefined);
  });

  it('gives a dictionary of zstd, where the plane can train', async () => {
    const paths = Array.from({ length: 60 }, (_, i) => work.write(`${i}.mesh`, mesh(i)));
    const dictionary = await train(plane(), paths);
    if (plane().name === 'portable') assert.equal(dictionary, undefined);
    else {
      assert.equal(dictionary?.bytes.toString('hex', 0, 4), '37a430ec');
      assert.ok(dictionary.bytes.length <= 8192);
      assert.ok(dictionary.id.equals((await Blake3.create()).hash(dictionary.bytes)));
    }
  });
});
