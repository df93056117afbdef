// Owns the benchmark of the native data plane alone: cutting and hashing known data on one core, and what each step of it takes.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { averageLog2For } from '../core/dataplane/chunkSize.ts';
import { loadNativePlane } from '../core/dataplane/native.ts';
import { Known } from '../core/dataplane/dataPlane.ts';
import { formatBytes } from '../cli/output/units.ts';
import { ask, quoted } from './measure.ts';
import { writeNoise } from './noiseFile.ts';
import { median } from './statistics.ts';
import { printTopic } from './topic.ts';
import { Workplace } from './workplace.ts';

const root = path.dirname(import.meta.dirname);
const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '5' },
    work: { type: 'string' },
  },
});
const loaded = loadNativePlane({ folder: path.join(root, 'native'), requireFrom: import.meta.filename });
if (!loaded.plane) throw new Error(`The native data plane is not built: ${loaded.reason}`);
const { plane } = loaded;
const workplace = await Workplace.create(values.work);
const file = path.join(workplace.home, 'file');
const size = Number(values.mib) * 1024 ** 2;
try {
  writeNoise(file, size, 1);
  await ask(`cat ${quoted(file)} | wc -c`, process.env);
  const steps = await stepRates();
  await printTopic(
    workplace.home,
    [
      `${formatBytes(size)} of noise; processor time`,
      'the plane reads it from the page cache, and the store knows every chunk, but no earlier version of the file: its BLAKE3 is computed besides those of its chunks',
      `the steps, from memory, are those of native/examples/chunks.rs; the best of ${values.runs} runs, the median for the plane`,
    ],
    [
      {
        title: 'The data plane alone, on one core',
        header: ['what', 'GB/s', 'at least'],
        rows: [
          ['cut and name chunks, from memory', steps.get('cut and name chunks') ?? 'needs cargo', '2.5'],
          ['the plane: read, cut, name chunks, hash the whole', await rate(ingestKnown, size), '2.5'],
          ...[...steps]
            .filter(([step]) => step !== 'cut and name chunks')
            .map(([step, speed]) => [step, speed, '']),
        ],
      },
    ],
  );
} finally {
  await workplace.remove();
}

/** GB/s of each step, by its name. */
async function stepRates(): Promise<Map<string, string>> {
  const build = 'cargo build -q --release --example chunks && target/release/examples/chunks';
  const lines = await ask(
    `cd ${quoted(path.join(root, 'native'))} && ${build} 256 ${values.runs}`,
    process.env,
  );
  return new Map(lines?.split('\n').map((line) => line.split('\t') as [string, string]));
}

async function ingestKnown(): Promise<void> {
  await plane.ingest(
    {
      files: [{ path: file, rule: 'asset', recode: false, averageLog2: averageLog2For(size, file) }],
      bases: { segments: [], rows: Buffer.alloc(0) },
      dictionaries: [],
      storeFolder: workplace.home,
      segments: [],
      segmentTarget: 2 ** 28,
      assetThreshold: 2 ** 20,
      level: 1,
      packLevel: 3,
      workers: 1,
    },
    { isKnown: (ids) => new Uint8Array(ids.length / 32).fill(Known.chunk) },
  );
}

/** By processor time, which does not count what other processes take. */
async function rate(work: () => Promise<void>, bytes: number): Promise<string> {
  await work();
  const all: number[] = [];
  for (let run = 0; run < Number(values.runs); run++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    all.push((user + system) / 1e6);
  }
  return (bytes / 1e9 / median(all)!).toFixed(2);
}
