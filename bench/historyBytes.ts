// Owns a look at where the bytes of a store are: what each history takes in its segments, chunks and manifests. Run it as
// `node bench/historyBytes.ts REPOSITORY HISTORIES…`: folders of folders NAME.EXTENSION whose versions were committed there.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Blake3 } from '../core/dataplane/portable/blake3.ts';
import { PortablePlane } from '../core/dataplane/portable/portablePlane.ts';
import { recordHeaderLength, RecordType } from '../core/model/record.ts';
import type { RecordLocation } from '../core/store/chunkIndex.ts';
import { SegmentFiles } from '../core/store/segmentFiles.ts';
import { StoreIndex } from '../core/store/storeIndex.ts';
import { StoreReader } from '../core/store/storeReader.ts';
import { findHistories } from './histories.ts';

const [repository, ...folders] = process.argv.slice(2);
const forgeFolder = join(repository, '.forge');
const plane = new PortablePlane({ workerScript: new URL('../dist/portableWorker.mjs', import.meta.url) });
const files = new SegmentFiles(join(forgeFolder, 'store'), plane);
const state = await StoreIndex.open({ forgeFolder, files, plane, readOnly: true });
const reader = new StoreReader(files, state.reading);
const hasher = await Blake3.create();

/** Records that an earlier history counts already. */
const counted = new Set<string>();
let total = 0;

/** What a record takes, unless it was counted. */
function take(record: RecordLocation | undefined): number {
  if (!record) return 0;
  const name = `${record.segment} ${record.offset}`;
  if (counted.has(name)) return 0;
  counted.add(name);
  return recordHeaderLength(record) + record.storedLength;
}

console.log(
  '| history | versions | bytes | chunks | manifests | bytes of both |\n| --- | --- | --- | --- | --- | --- |',
);
for (const { name, versions } of await findHistories(folders)) {
  let [size, chunks, manifests] = [0, 0, 0];
  for (const version of versions) {
    const bytes = await readFile(version);
    size += bytes.length;
    const id = hasher.hash(bytes);
    const list = await reader.chunksOf({ blake3: id.toString('hex'), size: bytes.length });
    manifests += take(reader.index.find(id, RecordType.manifest));
    for (const chunk of list?.chunks ?? []) chunks += take(reader.index.find(chunk.id, RecordType.chunk));
  }
  total += chunks + manifests;
  console.log(
    `| ${name} | ${versions.length} | ${size} | ${chunks} | ${manifests} | ${chunks + manifests} |`,
  );
}
console.log(`| all | | | | | ${total} |`);
await state.reading.close();
await plane.close();
