// Tests that a single flipped bit is told by every file and version that depends on the record it is in: through deltas, dictionaries,
// manifests and recipes; and that intact records which make the wrong file are noticed.
import assert from 'node:assert/strict';
import {
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DataPlane } from '../../core/dataplane/dataPlane.ts';
import { encodeManifest } from '../../core/model/manifest.ts';
import {
  Codec,
  decodeEntries,
  recordHeaderLength,
  type RecordEntry,
  RecordType,
} from '../../core/model/record.ts';
import { initRepository } from '../../core/repo/initialize.ts';
import { Repository } from '../../core/repo/repository.ts';
import type { VerifyProblem } from '../../core/repo/types.ts';
import { ChunkStore } from '../../core/store/chunkStore.ts';
import { containers, rows, zip } from '../support/containers.ts';
import { onEachPlane } from '../support/planes.ts';
import { testDeps } from '../support/repositories.ts';
import { tempFolder } from '../support/tempFolder.ts';
import {
  blake3Of,
  ingestAll,
  noise,
  type RawRecord,
  StoreFixture,
  writeSegment,
} from '../unit/store/support.ts';

interface Version {
  path: string;
  commit: string;
  blake3: string;
  size: number;
}

/** A record and the segment it lies in. */
type Placed = RecordEntry & { segment: string };

class History {
  readonly versions: Version[] = [];
  readonly root: string;
  readonly repository: Repository;
  private readonly plane: DataPlane;

  private constructor(root: string, repository: Repository, plane: DataPlane) {
    this.root = root;
    this.repository = repository;
    this.plane = plane;
  }

  static async create(plane: DataPlane): Promise<History> {
    const root = await tempFolder();
    await initRepository(root, { unreal: false, launcher: '/forge' });
    return new History(
      root,
      await Repository.open(
        root,
        testDeps(() => plane),
      ),
      plane,
    );
  }

  async commit(files: Record<string, Buffer>): Promise<void> {
    for (const [path, bytes] of Object.entries(files)) {
      mkdirSync(join(this.root, path, '..'), { recursive: true });
      writeFileSync(join(this.root, path), bytes);
    }
    const { commit } = await this.repository.commit({ message: 'next', paths: [] });
    for (const [path, bytes] of Object.entries(files)) {
      const blake3 = (await blake3Of(bytes)).toString('hex');
      this.versions.push({ path, commit, blake3, size: bytes.length });
    }
  }

  /** So that nothing can be mended from there. */
  emptyWorkTree(): void {
    for (const name of readdirSync(this.root))
      if (name !== '.forge') rmSync(join(this.root, name), { recursive: true });
  }

  async records(): Promise<Placed[]> {
    const folder = join(this.root, '.forge/store');
    const found: Placed[] = [];
    for (const name of readdirSync(folder)) {
      const segment = join(folder, name);
      const { entries } = await this.plane.scanSegment(segment, { from: 0, footer: false, payloads: true });
      for (const entry of decodeEntries(entries)) found.push({ ...entry, segment });
    }
    return found;
  }

  /** For each version the names of all records that restoring it reads. */
  async needs(records: Placed[]): Promise<Map<Version, Set<string>>> {
    const byName = new Map(records.map((record) => [nameOf(record), record]));
    const store = await ChunkStore.open({
      forgeFolder: join(this.root, '.forge'),
      plane: this.plane,
      readOnly: true,
    });
    const needs = new Map<Version, Set<string>>();
    for (const version of this.versions) {
      const needed = new Set<string>();
      const visit = (name: string): void => {
        const record = byName.get(name);
        if (!record || needed.has(name)) return;
        needed.add(name);
        const type = record.codec === Codec.dictionary ? RecordType.dictionary : record.type;
        for (const base of record.bases) visit(`${type} ${base.toString('hex')}`);
      };
      visit(`${RecordType.manifest} ${version.blake3}`);
      for (const { id } of (await store.chunksOf(version))!.chunks)
        visit(`${RecordType.chunk} ${id.toString('hex')}`);
      needs.set(version, needed);
    }
    await store.close();
    return needs;
  }
}

function nameOf({ type, id }: RecordEntry): string {
  return `${type} ${id.toString('hex')}`;
}

/** Flips a bit in the middle of the payload; twice is as if nothing had happened. */
function flip(record: Placed): void {
  const file = openSync(record.segment, 'r+');
  const at = record.offset + recordHeaderLength(record) + (record.storedLength >> 1);
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte[0] ^= 8;
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
}

function told(problems: VerifyProblem[]): string[] {
  return problems.flatMap(({ files }) => files.map(({ path, commit }) => `${path} ${commit}`)).sort();
}

/** Words with a few edits, so that each version is a delta of the one before. */
function edited(bytes: Buffer, seed: number): Buffer {
  const out = Buffer.from(bytes);
  for (let at = 500 + 37 * seed; at < out.length; at += 30_011) out.write(`edit ${seed}`, at);
  return out;
}

function mesh(seed: number): Buffer {
  return Buffer.concat([Buffer.from(`mesh\0${seed}`), rows(seed % 5, 600), noise(600)]);
}

onEachPlane('a flipped bit', (plane) => {
  it('is told by every file and version that depends on the record it is in', async function () {
    this.timeout(120_000);
    const history = await History.create(plane());
    let bytes: Buffer = Buffer.concat([Buffer.alloc(1), rows(3, 9000)]);
    const meshes = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`meshes/${i}.mesh`, mesh(i)]));
    await history.commit({ 'a.bin': bytes, 'apart.bin': noise(70_000), ...meshes });
    for (let i = 1; i <= 6; i++) {
      bytes = edited(bytes, i);
      const layer = edited(rows(9, 6000), i);
      await history.commit({ 'a.bin': bytes, 'doc.kra': zip({ layer, note: rows(i, 20) }) });
    }
    await history.commit({ 'elsewhere/b.bin': bytes });
    history.emptyWorkTree();
    const records = await history.records();
    const needs = await history.needs(records);
    const dependents = (record: Placed): Version[] =>
      history.versions.filter((version) => needs.get(version)!.has(nameOf(record)));
    const most = (passes: (record: Placed) => boolean): Placed | undefined =>
      records.filter(passes).sort((a, b) => dependents(b).length - dependents(a).length)[0];

    const isOf = (path: string) => (record: Placed) =>
      dependents(record).every((version) => version.path === path);
    const isChunk = ({ type }: Placed) => type === RecordType.chunk;
    const base = most((record) => isChunk(record) && !isOf('doc.kra')(record));
    const plain = most((record) => isChunk(record) && isOf('doc.kra')(record));
    const targets = {
      base: base!,
      'chunk of a plain form': plain!,
      manifest: most(({ type }) => type === RecordType.manifest)!,
      'delta at the end of a chain': [...records].sort((a, b) => b.depth - a.depth)[0],
      ...(plane().name === 'native' && {
        dictionary: records.find(({ type }) => type === RecordType.dictionary)!,
      }),
    };
    assert.ok(dependents(targets.base).length >= 7, 'all versions stand on the first');
    assert.ok(dependents(targets['chunk of a plain form']).length >= 5);
    for (const [what, record] of Object.entries(targets)) {
      assert.ok(record, what);
      flip(record);
      const { ok, problems } = await history.repository.verify({ full: true });
      flip(record);
      assert.equal(ok, false, what);
      const expected = dependents(record).map(({ path, commit }) => `${path} ${commit}`);
      assert.deepEqual(told(problems), expected.sort(), what);
      assert.ok(problems.every(({ repaired }) => !repaired));
    }
    assert.deepEqual((await history.repository.verify({ full: true })).problems, []);
    await history.repository.close();
  });
});

onEachPlane('a plain form whose recipe makes another file', (plane) => {
  it('is found where every record is intact, and mended from the file', async () => {
    const fixture = await StoreFixture.create(plane());
    let store = await fixture.open();
    const bytes = containers()['scene.blend'];
    const [pointer] = await ingestAll(store, [await fixture.write('scene.blend', bytes)]);
    const list = (await store.chunksOf(pointer))!;
    assert.ok(list.recipe !== undefined, 'it is stored by a plain form');
    assert.deepEqual(await collect(store.badForms([pointer], {})), []);
    await fixture.closeStores();

    // The same chunks under the name of a file with a byte more.
    const longer = Buffer.concat([bytes, Buffer.from('!')]);
    const name = { blake3: (await blake3Of(longer)).toString('hex'), size: longer.length };
    const raw = encodeManifest({
      averageLog2: 16,
      size: name.size,
      recipe: list.recipe,
      chunks: list.chunks,
    });
    const manifest = { id: Buffer.from(name.blake3, 'hex'), type: RecordType.manifest, raw };
    const chunks = await chunksOf(fixture, list.chunks);
    const other = await StoreFixture.create(plane());
    const file = await other.write('scene.blend', longer);
    mkdirSync(other.storeFolder);
    await writeSegment(other.storeFolder, [...chunks, manifest]);
    store = await other.open();
    const check = await store.verify({ full: true });
    assert.equal(check.badPlaces.size, 0);
    assert.deepEqual(await collect(store.assetsTouched(check, [name])), []);
    const [bad, ...rest] = await collect(store.badForms([name], {}));
    assert.deepEqual([bad.pointer, rest], [name, []]);
    assert.match(bad.message, /cannot be rebuilt: .*(recipe|plain form)/);
    assert.equal(await store.reingest(file.path, name), true);
    assert.deepEqual(await collect(store.badForms([name], {})), []);
    await other.closeStores();
  });
});

/** Chunks as records to write. */
async function chunksOf(
  fixture: StoreFixture,
  chunks: { id: Buffer; length: number }[],
): Promise<RawRecord[]> {
  const store = await fixture.open({ readOnly: true });
  const records: RawRecord[] = [];
  for (const { id, length } of chunks) {
    const raw = Buffer.concat(await collect(store.read({ blake3: id.toString('hex'), size: length })));
    records.push({ id, type: RecordType.chunk, raw });
  }
  await fixture.closeStores();
  return records;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
