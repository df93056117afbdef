// Owns the benchmark of the native data plane alone: cutting and hashing known data on one core.
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
  const bytes = Buffer.alloc(64 * 1024 ** 2);
  const { randomFillSync } = await import('node:crypto');
  randomFillSync(bytes);
  await printTopic(
    workplace.home,
    [
      `${formatBytes(size)} in the page cache, of which the store knows every chunk; medians of ${values.runs}; processor time`,
    ],
    [
      {
        title: 'The data plane alone, on one core',
        header: ['what', 'GB/s', 'at least'],
        rows: [
          ['read, cut, name chunks, hash the whole', await rate(ingestKnown, size), '2.5'],
          ['cut alone, from memory', await rate(() => void plane.cut(bytes, 16), bytes.length), ''],
        ],
      },
    ],
  );
} finally {
  await workplace.remove();
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
async function rate(work: () => Promise<void> | void, bytes: number): Promise<string> {
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
