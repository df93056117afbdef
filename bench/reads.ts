// Owns the benchmark of ways to read one huge file: buffered, past the page cache, O_DIRECT and io_uring, cold and warm.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes } from '../cli/output/units.ts';
import { dropCaches } from './coldCache.ts';
import { ask, quoted } from './measure.ts';
import { writeNoise } from './noiseFile.ts';
import { median } from './statistics.ts';
import { printTopic, say } from './topic.ts';
import { Workplace } from './workplace.ts';

/** Way, threads, KiB in one read: as native/examples/reads.rs takes them. */
const WAYS = [
  ['buffered', '2', '2048'],
  ['dontcache', '2', '2048'],
  ['direct', '2', '2048'],
  ['direct', '8', '2048'],
  ['ring', '2', '1024'],
  ['ring', '2', '2048'],
  ['ring-buffered', '2', '2048'],
] as const;

const root = path.dirname(import.meta.dirname);
const { values } = parseArgs({
  options: {
    gib: { type: 'string', default: '4' },
    runs: { type: 'string', default: '5' },
    work: { type: 'string' },
  },
});
const program = path.join(root, 'native/target/release/examples/reads');
const workplace = await Workplace.create(values.work);
const file = path.join(workplace.home, 'file');
const size = Math.round(Number(values.gib) * 1024 ** 3);
try {
  await main();
} finally {
  await workplace.remove();
}

async function main(): Promise<void> {
  await ask(`cd ${quoted(path.join(root, 'native'))} && cargo build --release --example reads`, process.env);
  if (!existsSync(program)) throw new Error('native/examples/reads.rs does not build: is cargo installed?');
  writeNoise(file, size, 1);
  const cold = await measureAll('cold', dropCaches);
  await dropCaches();
  await ask(`cat ${quoted(file)} | wc -c`, process.env);
  const warm = await measureAll('warm', () => Promise.resolve());
  const header = ['way', 'threads', 'read size', 'time', 'GB/s', 'user', 'system'];
  await printTopic(
    workplace.home,
    [`a file of ${formatBytes(size)}, each block hashed with BLAKE3; medians of ${values.runs}`],
    [
      { title: 'Cold: nothing of the file is in the page cache', header, rows: cold },
      { title: 'Warm: all of it is', header, rows: warm },
    ],
  );
}

/** The ways in turn, round after round, so that what else the machine does falls on all of them. */
async function measureAll(what: string, prepare: () => Promise<void>): Promise<string[][]> {
  const results = WAYS.map((): number[][] => []);
  for (let run = 0; run < Number(values.runs); run++) {
    say(`${what}, run ${run + 1} of ${values.runs}`);
    for (const [i, way] of WAYS.entries()) {
      await prepare();
      const line = await ask([quoted(program), quoted(file), ...way, 'hash'].join(' '), process.env);
      // A kernel or a container that refuses a way leaves its row empty.
      if (line !== undefined) results[i].push(line.split(' ').slice(0, 3).map(Number));
    }
  }
  return WAYS.map(([way, threads, block], i) => {
    const [seconds, user, system] = [0, 1, 2].map((at) => median(results[i].map((one) => one[at])));
    const text = (value: number | undefined) => (value === undefined ? 'refused' : `${value.toFixed(2)} s`);
    const rate = seconds === undefined ? '' : (size / 1e9 / seconds).toFixed(2);
    return [way, threads, `${block} KiB`, text(seconds), rate, text(user), text(system)];
  });
}
