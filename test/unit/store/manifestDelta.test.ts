// Tests that the manifest of a huge file is kept as its difference from the previous version's, and survives whatever a store does.
import assert from 'node:assert/strict';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pointer } from '../../../core/model/pointer.ts';
import {
  Codec,
  decodeEntries,
  type RecordEntry,
  recordHeaderLength,
  RecordType,
} from '../../../core/model/record.ts';
import { onEachPair } from '../../support/planes.ts';
import { sameBytes } from '../../support/sameBytes.ts';
import { ingestAll, noise, readAll, restoreOne, StoreFixture } from './support.ts';

const SIZE = 36 * 1024 * 1024;
const EDITS = 5;
/** Chains of manifests are shorter than those of chunks. */
const MANIFEST_DEPTH = 3;

onEachPair('manifests against manifests', (writer, reader) => {
  let fixture: StoreFixture;
  const pointers: Pointer[] = [];
  const versions: Buffer[] = [];

  before(async () => {
    fixture = await StoreFixture.create(writer());
    const store = await fixture.open();
    const bytes = noise(SIZE);
    for (let edit = 0; edit <= EDITS; edit++) {
      if (edit > 0) bytes.writeUInt32LE(edit, edit * 5_000_000);
      const file = await fixture.write('file', bytes);
      pointers.push((await ingestAll(store, [{ ...file, previous: pointers.at(-1) }]))[0]);
      versions.push(Buffer.from(bytes));
    }
    await fixture.closeStores();
  });
  after(() => fixture.closeStores());
  afterEach(() => fixture.closeStores());

  async function entries(): Promise<(RecordEntry & { path: string })[]> {
    const all = [];
    for (const name of await readdir(fixture.storeFolder)) {
      const path = join(fixture.storeFolder, name);
      const scan = await reader().scanSegment(path, { from: 0, footer: false, payloads: false });
      for (const entry of decodeEntries(scan.entries)) all.push({ ...entry, path });
    }
    return all;
  }

  const manifests = async () => (await entries()).filter(({ type }) => type === RecordType.manifest);

  it('take a small part of what they would take alone, in short chains', async () => {
    const all = await manifests();
    assert.equal(all.length, EDITS + 1);
    const [first, ...later] = all.sort((a, b) => b.storedLength - a.storedLength);
    assert.equal(first.depth, 0);
    for (const { codec, depth, bases, storedLength, rawLength } of later) {
      assert.equal(codec, Codec.prefix);
      assert.equal(bases.length, 1);
      assert.ok(depth >= 1 && depth <= MANIFEST_DEPTH);
      assert.ok(storedLength < rawLength / 10, `${storedLength} of ${rawLength} bytes`);
    }
    assert.ok(all.some(({ depth }) => depth === MANIFEST_DEPTH));
  });

  it('are read, restored, verified and found again without the database', async () => {
    const store = await fixture.open({ plane: reader() });
    for (const [i, pointer] of pointers.entries()) sameBytes(await readAll(store, pointer), versions[i]);
    sameBytes(
      await restoreOne(fixture, store, `restored by ${reader().name}`, pointers[EDITS]),
      versions[EDITS],
    );
    await store.rebuild();
    sameBytes(await readAll(store, pointers[EDITS]), versions[EDITS]);
    assert.deepEqual((await store.verify({ full: true })).problems, []);
  }).timeout(120_000);

  it('name every version that depends on a damaged one, and are repaired from a file', async () => {
    const [whole] = (await manifests()).filter(({ depth }) => depth === 0);
    const file = await open(whole.path, 'r+');
    const at = whole.offset + recordHeaderLength(whole) + 100;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
    buffer[0] ^= 0xff;
    await file.write(buffer, 0, 1, at);
    await file.close();
    const store = await fixture.open({ plane: reader() });
    const check = await store.verify({ full: true });
    const touched: string[] = [];
    for await (const { pointer } of store.assetsTouched(check, pointers)) touched.push(pointer.blake3);
    assert.deepEqual(
      touched,
      pointers.map(({ blake3 }) => blake3),
    );
    const first = await fixture.write('first', versions[0]);
    assert.equal(await store.reingest(first.path, pointers[0]), true);
    for (const [i, pointer] of pointers.entries()) sameBytes(await readAll(store, pointer), versions[i]);
  }).timeout(120_000);
});
