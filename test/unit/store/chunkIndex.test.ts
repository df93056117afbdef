// Tests both chunk indexes against a plain map, and what only the database promises: durability, formats, copies.
import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { open } from 'lmdb';
import { type ForgeError } from '../../../core/errors.ts';
import { type Codec, encodeEntry, entryLength, type RecordEntry } from '../../../core/model/record.ts';
import type { ChunkIndex, IndexChange, RecordLocation, SegmentInfo } from '../../../core/store/chunkIndex.ts';
import { LmdbChunkIndex } from '../../../core/store/lmdbChunkIndex.ts';
import { MemoryChunkIndex } from '../../../core/store/memoryChunkIndex.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { Known } from '../../../core/dataplane/dataPlane.ts';

function segment(number: number): SegmentInfo {
  return {
    number,
    name: `open-${number}.seg`,
    uuid: `${number}`.padStart(32, '0'),
    length: 1e9,
    state: 'open',
  };
}

function encodeAll(entries: RecordEntry[]): Buffer {
  const out = Buffer.alloc(entries.reduce((sum, entry) => sum + entryLength(entry), 0));
  entries.reduce((at, entry) => encodeEntry(entry, out, at), 0);
  return out;
}

function chunk(id: number, offset: number, bases: number[] = []): RecordEntry {
  return {
    id: idOf(id),
    type: 1,
    codec: bases.length > 0 ? 3 : 1,
    depth: bases.length > 0 ? 1 : 0,
    rawLength: 1000,
    storedLength: 100,
    offset,
    bases: bases.map(idOf),
  };
}

function idOf(number: number): Buffer {
  const id = Buffer.alloc(32, 0x5a);
  id.writeUInt32LE(number, 0);
  return id;
}

/** Few ids, so that the same record occurs at several places. */
const entries = fc.array(
  fc.record({
    id: fc.integer({ min: 0, max: 20 }),
    type: fc.constantFrom(1 as const, 2 as const),
    codec: fc.constantFrom<Codec>(0, 1),
    rawLength: fc.integer({ min: 0, max: 2 ** 28 }),
    storedLength: fc.integer({ min: 0, max: 2 ** 28 }),
    offset: fc.integer({ min: 64, max: 2 ** 40 }),
    segment: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 60 },
);

/** What writers do, in any order: segment 1 to 4 get records, lose their ends, and are dropped. */
const changes = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ added: entries, how: fc.constantFrom('add', 'replace', 'prefer') }) },
    { weight: 1, arbitrary: fc.record({ dropped: fc.integer({ min: 1, max: 3 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        cut: fc.integer({ min: 1, max: 3 }),
        length: fc.integer({ min: 64, max: 2 ** 40 }),
      }),
    },
  ),
  { minLength: 1, maxLength: 12 },
);

function changeOf(step: typeof changes extends fc.Arbitrary<(infer T)[]> ? T : never): IndexChange {
  if ('dropped' in step) return { dropSegments: [step.dropped] };
  if ('cut' in step) return { cutSegments: [{ segment: step.cut, length: step.length }] };
  const { added, how } = step;
  return {
    segments: [1, 2, 3].map(segment),
    entries: added.map(({ segment: number, ...entry }) => ({
      segment: number,
      entries: encodeAll([{ ...entry, id: idOf(entry.id), depth: 0, bases: [] }]),
    })),
    replace: how === 'replace',
    prefer: how === 'prefer',
  };
}

function checkSame(index: ChunkIndex, expected: ChunkIndex): void {
  assert.deepEqual(located([...index.locations()]), located([...expected.locations()]));
  assert.equal(index.chunkCount(), expected.chunkCount());
  const ids = Buffer.concat(Array.from({ length: 22 }, (_, i) => idOf(i)));
  assert.deepEqual(index.isKnown(ids), expected.isKnown(ids));
  for (let i = 0; i < 22; i++)
    for (const type of [1, 2] as const)
      assert.deepEqual(index.copies(idOf(i), type), expected.copies(idOf(i), type));
}

function located(run: RecordLocation[]): string[] {
  return run
    .map((entry) => {
      const { id, type, codec, depth, segment: number, offset, rawLength, storedLength, bases } = entry;
      return JSON.stringify([
        id.toString('hex'),
        type,
        codec,
        depth,
        number,
        offset,
        rawLength,
        storedLength,
        bases,
      ]);
    })
    .sort();
}

type Generated = RecordLocation[];

function checkAgainstModel(index: ChunkIndex, model: Generated): void {
  const unique = model.filter((a, i) => model.findIndex((b) => samePlace(a, b)) === i);
  assert.deepEqual(located([...index.locations()]), located(unique));
  const chunks = new Set<string>();
  for (let id = 0; id <= 20; id++) {
    const of = (type: number) => unique.filter((entry) => entry.id.equals(idOf(id)) && entry.type === type);
    for (const type of [1, 2] as const) {
      assert.deepEqual(located(index.copies(idOf(id), type)), located(of(type)));
      if (of(type).length > 0) assert.deepEqual(index.find(idOf(id), type), of(type)[0]);
    }
    if (of(1).length > 0) chunks.add(String(id));
    const known = of(1).length > 0 ? Known.chunk : of(2).length > 0 ? Known.manifestOnly : Known.nothing;
    assert.equal(index.isKnown(idOf(id))[0], known);
  }
  assert.equal(index.chunkCount(), chunks.size);
}

function samePlace(a: RecordLocation, b: RecordLocation): boolean {
  return a.id.equals(b.id) && a.type === b.type && a.segment === b.segment && a.offset === b.offset;
}

describe('chunk indexes', () => {
  it('in memory: agree with a map', () => {
    fc.assert(
      fc.property(entries, (generated) => {
        const model = generated.map((entry) => ({ ...entry, id: idOf(entry.id), depth: 0, bases: [] }));
        const index = new MemoryChunkIndex();
        for (const entry of model) index.add(segment(entry.segment), encodeAll([entry]));
        checkAgainstModel(index, model);
      }),
    );
  });

  it('in LMDB: agree with a map, before and after reopening', async () => {
    const root = await tempFolder();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(entries, async (generated) => {
        const model = generated.map((entry) => ({ ...entry, id: idOf(entry.id), depth: 0, bases: [] }));
        const folder = join(root, `db${run++}`);
        const index = await LmdbChunkIndex.create(folder);
        for (const entry of model) {
          index.apply({
            segments: [segment(entry.segment)],
            entries: [{ segment: entry.segment, entries: encodeAll([entry]) }],
          });
        }
        index.complete();
        checkAgainstModel(index, model);
        await index.close();
        const again = await LmdbChunkIndex.open(folder, { readOnly: true });
        assert.ok(again);
        checkAgainstModel(again, model);
        await again.close();
      }),
      { numRuns: 40 },
    );
  });

  it('in LMDB and runs: agree with one in LMDB alone, whatever is added, dropped and cut', async () => {
    const root = await tempFolder();
    let run = 0;
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(changes, fc.integer({ min: 1, max: 12 }), async (steps, recent) => {
        const folder = join(root, `db${run++}`);
        const plain = await LmdbChunkIndex.create(`${folder} plain`, { recent: Infinity });
        let mixed = await LmdbChunkIndex.create(folder, { recent });
        mixed.complete();
        const reader = (await LmdbChunkIndex.open(folder, { readOnly: true, recent }))!;
        for (const [i, step] of steps.entries()) {
          plain.apply(changeOf(step));
          mixed.apply(changeOf(step));
          if (i % 3 === 2) {
            await mixed.close();
            mixed = (await LmdbChunkIndex.open(folder, { readOnly: false, recent }))!;
          }
          reader.refresh();
          runs = Math.max(runs, (await readdir(folder)).filter((name) => name.startsWith('run-')).length);
          for (const index of [mixed, reader]) checkSame(index, plain);
        }
        await Promise.all([plain, mixed, reader].map((index) => index.close()));
      }),
      { numRuns: 60 },
    );
    assert.ok(runs > 1, `${runs} runs at a time`);
  });

  it('keep many entries apart in memory', () => {
    const index = new MemoryChunkIndex();
    const many = Array.from({ length: 20_000 }, (_, i) => chunk(i * 7, 64 + i));
    index.add(segment(1), encodeAll(many));
    assert.equal(index.chunkCount(), 20_000);
    for (const entry of many) assert.equal(index.find(entry.id, 1)?.offset, entry.offset);
    assert.equal(index.find(idOf(1), 1), undefined);
  });
});

describe('LmdbChunkIndex', () => {
  let folder: string;
  let index: LmdbChunkIndex;

  beforeEach(async () => {
    folder = join(await tempFolder(), 'db');
    index = await LmdbChunkIndex.create(folder);
    index.complete();
  });
  afterEach(() => index.close());

  const add = (number: number, run: RecordEntry[], replace = false) =>
    index.apply({
      segments: [segment(number)],
      entries: [{ segment: number, entries: encodeAll(run) }],
      replace,
    });

  it('falls back to another copy when a segment is dropped', () => {
    add(1, [chunk(1, 64), chunk(2, 300)]);
    add(2, [chunk(1, 500)]);
    assert.equal(index.chunkCount(), 2);
    index.apply({ dropSegments: [1] });
    assert.equal(index.find(idOf(1), 1)?.segment, 2);
    assert.equal(index.find(idOf(2), 1), undefined);
    assert.deepEqual(index.segments(), [segment(2)]);
    assert.equal(index.chunkCount(), 1);
    assert.equal([...index.locations()].length, 1);
  });

  it('forgets exactly the records that a shortened segment has lost', () => {
    // A record takes 56 bytes of header and 100 of payload.
    add(1, [chunk(1, 64), chunk(2, 220), chunk(3, 376)]);
    index.apply({ cutSegments: [{ segment: 1, length: 376 }] });
    assert.deepEqual([...index.isKnown(Buffer.concat([idOf(1), idOf(2), idOf(3)]))], [1, 1, 0]);
  });

  it('replaces a place when told to, rather than adding a copy', () => {
    add(1, [chunk(1, 64)]);
    add(2, [chunk(1, 700)], true);
    assert.deepEqual(
      index.copies(idOf(1), 1).map(({ offset }) => offset),
      [700],
    );
    assert.equal(index.chunkCount(), 1);
  });

  it('has its map given back after a bounded number of look-ups, reading and writing', async () => {
    let released: string[] = [];
    const other = join(await tempFolder(), 'db');
    const large = await LmdbChunkIndex.create(other, { release: (path) => released.push(path) });
    const many = Array.from({ length: 5_000 }, (_, i) => chunk(i, 64 + 156 * i));
    large.apply({ segments: [segment(1)], entries: [{ segment: 1, entries: encodeAll(many) }] });
    assert.ok(released.length >= 4, `${released.length} times while writing 5,000 records`);
    assert.deepEqual([...new Set(released)], [join(other, 'data.mdb')]);
    released = [];
    large.isKnown(Buffer.concat(many.map(({ id }) => id)));
    assert.ok(released.length >= 4, `${released.length} times while looking up 5,000 records`);
    for (const { id, offset } of many) assert.equal(large.find(id, 1)?.offset, offset);
    await large.close();
  });

  it('knows a record only with every base of its bases', () => {
    add(1, [chunk(1, 64)]);
    add(2, [chunk(2, 64, [1]), { ...chunk(3, 400, [2]), depth: 2 }]);
    assert.deepEqual([...index.isKnown(idOf(3))], [1]);
    index.apply({ dropSegments: [1] });
    assert.deepEqual([...index.isKnown(Buffer.concat([idOf(2), idOf(3)]))], [0, 0]);
    add(3, [chunk(1, 64)]);
    assert.deepEqual([...index.isKnown(Buffer.concat([idOf(2), idOf(3)]))], [1, 1]);
  });

  it('knows a manifest with the manifest that it was packed against', () => {
    add(1, [chunk(1, 64), { ...chunk(2, 200, [1]), type: 2 }]);
    assert.deepEqual([...index.isKnown(idOf(2))], [Known.nothing]);
    add(1, [{ ...chunk(1, 400), type: 2 }]);
    assert.deepEqual([...index.isKnown(idOf(2))], [Known.manifestOnly]);
  });

  it('follows each of many chains that meet once', () => {
    const rows = [0, 1, 2, 3].map((i) => chunk(i, 64 + i));
    for (let depth = 1; depth <= 15; depth++) {
      const bases = [0, 1, 2, 3].map((i) => 10 * (depth - 1) + i);
      for (const i of [0, 1, 2, 3]) rows.push({ ...chunk(10 * depth + i, 1000 * depth + i, bases), depth });
    }
    add(1, rows);
    assert.deepEqual([...index.isKnown(idOf(152))], [Known.chunk]);
  });

  it('is not misled by bases that go round in a circle', () => {
    add(1, [chunk(1, 64, [2]), chunk(2, 400, [1])]);
    assert.deepEqual([...index.isKnown(idOf(1))], [0]);
  });

  it('does all of a change or nothing', () => {
    const torn = encodeAll([chunk(1, 64), chunk(2, 300)]).subarray(0, 60);
    assert.throws(() => index.apply({ segments: [segment(1)], entries: [{ segment: 1, entries: torn }] }));
    assert.deepEqual(index.segments(), []);
    assert.deepEqual([...index.isKnown(idOf(1))], [0]);
    add(1, [chunk(1, 64)]);
    assert.deepEqual([...index.isKnown(idOf(1))], [1]);
  });

  it('is not there until it is complete', async () => {
    const other = join(await tempFolder(), 'db');
    await (await LmdbChunkIndex.create(other)).close();
    assert.equal(await LmdbChunkIndex.open(other, { readOnly: false }), undefined);
  });

  it('is refused when a run is missing', async () => {
    await index.close();
    index = (await LmdbChunkIndex.open(folder, { readOnly: false, recent: 2 }))!;
    add(1, [chunk(1, 64), chunk(2, 200), chunk(3, 300)]);
    const [name, ...others] = (await readdir(folder)).filter((file) => file.startsWith('run-'));
    assert.deepEqual(others, []);
    await rm(join(folder, name));
    await assert.rejects(LmdbChunkIndex.open(folder, { readOnly: true }), { code: 'CORRUPT' });
  });

  it('refuses a newer format by name', async () => {
    await index.close();
    const root = open({ path: folder, noSubdir: false, overlappingSync: false });
    const meta = root.openDB<Buffer, Buffer>('meta', { keyEncoding: 'binary', encoding: 'binary' });
    root.transactionSync(() => {
      meta.putSync(Buffer.from('format'), Buffer.from([9, 0, 0, 0]));
    });
    await root.close();
    await assert.rejects(LmdbChunkIndex.open(folder, { readOnly: false }), (error: ForgeError) => {
      assert.equal(error.code, 'FORMAT_TOO_NEW');
      assert.ok(error.message.includes(folder) && error.message.includes('format 9'));
      return true;
    });
    index = await LmdbChunkIndex.create(join(await tempFolder(), 'db'));
  });

  it('lets a second opener in the same process read and close on its own', async () => {
    add(1, [chunk(1, 64)]);
    const other = await LmdbChunkIndex.open(folder, { readOnly: false });
    assert.ok(other);
    add(1, [chunk(2, 300)]);
    other.refresh();
    assert.deepEqual([...other.isKnown(Buffer.concat([idOf(1), idOf(2)]))], [1, 1]);
    await other.close();
    add(1, [chunk(3, 600)]);
    assert.deepEqual([...index.isKnown(idOf(3))], [1]);
  });

  it('takes 100,000 tiny entries', function () {
    this.timeout(120_000);
    const ids = Buffer.alloc(32 * 100_000);
    let inserting = 0;
    for (let batch = 0; batch < 10; batch++) {
      const run = Array.from({ length: 10_000 }, (_, i) => {
        const number = batch * 10_000 + i;
        const id = Buffer.alloc(32);
        for (let word = 0; word < 8; word++)
          id.writeUInt32LE(Math.imul(number + 1, 2654435761 + word) >>> 0, 4 * word);
        id.copy(ids, 32 * number);
        return { ...chunk(0, 64 + 200 * number), id };
      });
      const encoded = encodeAll(run);
      const start = performance.now();
      index.apply({ segments: [segment(1)], entries: [{ segment: 1, entries: encoded }] });
      inserting += performance.now() - start;
    }
    const start = performance.now();
    const known = index.isKnown(ids);
    const looking = performance.now() - start;
    assert.ok(known.every((answer) => answer === 1));
    assert.equal(index.chunkCount(), 100_000);
    const rate = (ms: number) => `${Math.round(100_000 / ms)} a millisecond`;
    console.log(`      100,000 entries: inserted ${rate(inserting)} (durably), looked up ${rate(looking)}`);
  });
});
