// Owns `node bench/chunkIndex.ts`: the chunk index filled with millions of made-up chunks, to see where it stops keeping up.
import { hash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable } from '../cli/output/table.ts';
import { formatNumber } from '../cli/output/units.ts';
import { loadNativePlane } from '../core/dataplane/native.ts';
import { LmdbChunkIndex } from '../core/store/lmdbChunkIndex.ts';
import { describeMachine } from './machine.ts';

const USAGE = `node bench/chunkIndex.ts [options]
  --entries N  chunks to insert (10000000)
  --batch N    chunks in one transaction, as ingest makes them of 1 GiB (16384)
  --lmdb       keep every record in LMDB instead of moving them to runs
  --seconds N  end after this many seconds of inserting, whatever is there (none)
  --keep       do not give back what is mapped between look-ups, as Forge does
  --work PATH  make the database here instead of in the temp folder`;

/** What ingest asks for: known data is cut and hashed at 2.8 GB/s on a core, in chunks of 64 KiB. */
const NEEDED_LOOKUPS = 43_000;
/** Ids in one question of the data plane. */
const QUESTION = 256;
const LOOKUPS = 100_000;
const ENTRY_SIZE = 52;
const ID_SIZE = 32;
/** Lines of the table. */
const STEPS = 20;

const { entries, batch, seconds, keep, lmdb, work } = readOptions();
const folder = mkdtempSync(path.join(work, 'forge-chunks-'));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const database = path.join(folder, 'db');
  const index = await LmdbChunkIndex.create(database, {
    ...(!keep && { release: releaseMapped() }),
    ...(lmdb && { recent: Infinity }),
  });
  const machine = await describeMachine(folder);
  console.log(
    `${machine.processor}, ${machine.cores} cores, ${machine.system}, Node ${process.versions.node}`,
  );
  console.log(
    `${formatNumber(entries)} chunks in transactions of ${formatNumber(batch)}, each synced to disk\n`,
  );
  const rows = [
    [
      'chunks',
      'inserts/s',
      'known/CPU s',
      'new/CPU s',
      'bytes each',
      'resident',
      'of it JavaScript and heap',
    ],
  ];
  let inserting = 0;
  let done = 0;
  for (let step = 1; step <= STEPS && (seconds === 0 || inserting < seconds); step++) {
    const from = done;
    const target = Math.floor((entries * step) / STEPS);
    const start = performance.now();
    for (; done < target; done += Math.min(batch, target - done))
      insert(index, done, Math.min(batch, target - done));
    const took = (performance.now() - start) / 1000;
    inserting += took;
    const { resident, anonymous } = memory();
    rows.push([
      formatNumber(done),
      perSecond(done - from, took),
      perSecond(
        LOOKUPS,
        lookUp(index, (i) => Math.floor((i * 7919.31) % done)),
      ),
      perSecond(
        LOOKUPS,
        lookUp(index, (i) => entries + i),
      ),
      (bytesIn(database) / done).toFixed(1),
      `${resident} MiB`,
      `${anonymous} MiB`,
    ]);
    console.error(rows.at(-1)?.join('  '));
  }
  console.log(
    formatTable(
      rows,
      rows[0].map(() => 'right' as const),
    ).join('\n'),
  );
  console.log(
    `\ningest needs ${formatNumber(NEEDED_LOOKUPS)} lookups a second for each core at chunks of 64 KiB`,
  );
  await index.close();
}

function bytesIn(database: string): number {
  return readdirSync(database).reduce((sum, name) => sum + statSync(path.join(database, name)).size, 0);
}

/** As the native plane does it; without that plane nothing is given back, as in a user's process without it. */
function releaseMapped(): (path: string) => void {
  const root = path.dirname(import.meta.dirname);
  const { plane } = loadNativePlane({ folder: path.join(root, 'native'), requireFrom: import.meta.filename });
  return (file) => plane?.releaseMapped(file);
}

/** One transaction, as ingest makes them: the ids of its chunks are anywhere. */
function insert(index: LmdbChunkIndex, first: number, count: number): void {
  const records = Buffer.alloc(count * ENTRY_SIZE);
  for (let i = 0; i < count; i++) {
    const at = i * ENTRY_SIZE;
    chunkId(first + i).copy(records, at);
    records.writeBigUInt64LE(BigInt(first + i) * 65_536n, at + ID_SIZE);
    records.writeUInt32LE(65_536, at + ID_SIZE + 8);
    records.writeUInt32LE(60_000, at + ID_SIZE + 12);
    records[at + ID_SIZE + 16] = 1;
    records[at + ID_SIZE + 17] = 1;
  }
  index.apply({ entries: [{ segment: 1, entries: records }] });
}

/** Processor seconds of asking for `LOOKUPS` chunks, not counting what it takes to make up their ids. */
function lookUp(index: LmdbChunkIndex, chunk: (i: number) => number): number {
  let took = 0;
  for (let done = 0; done < LOOKUPS; done += QUESTION) {
    const ids = Buffer.concat(Array.from({ length: QUESTION }, (_, i) => chunkId(chunk(done + i))));
    const start = process.cpuUsage();
    index.isKnown(ids);
    const { user, system } = process.cpuUsage(start);
    took += user + system;
  }
  return took / 1e6;
}

function chunkId(number: number): Buffer {
  return hash('sha256', String(number), 'buffer');
}

function perSecond(count: number, took: number): string {
  return formatNumber(Math.round(count / took));
}

/** In MiB: all that is resident, and what of it is no mapped file. */
function memory(): { resident: number; anonymous: number } {
  if (process.platform !== 'linux')
    return { resident: Math.round(process.memoryUsage.rss() / 1024 ** 2), anonymous: 0 };
  const status = readFileSync('/proc/self/status', 'utf8');
  const field = (name: string) =>
    Math.round(Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1]) / 1024);
  return { resident: field('VmRSS'), anonymous: field('RssAnon') };
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        entries: { type: 'string', default: '10000000' },
        batch: { type: 'string', default: '16384' },
        seconds: { type: 'string', default: '0' },
        keep: { type: 'boolean', default: false },
        lmdb: { type: 'boolean', default: false },
        work: { type: 'string', default: os.tmpdir() },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const number = (name: 'entries' | 'batch' | 'seconds', least: number): number => {
      const value = Number(values[name]);
      if (!Number.isInteger(value) || value < least)
        throw new Error(`--${name} takes a whole number from ${least} on`);
      return value;
    };
    return {
      entries: number('entries', 1000),
      batch: number('batch', 1),
      seconds: number('seconds', 0),
      keep: values.keep,
      lmdb: values.lmdb,
      work: values.work,
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}
