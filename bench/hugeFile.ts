// Owns the benchmark of one huge incompressible file: init and commit beside cp, a small edit beside b3sum, and restore.
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes } from '../cli/output/units.ts';
import { dropCaches } from './coldCache.ts';
import { ask, measure, type Measured, quoted } from './measure.ts';
import { writeNoise } from './noiseFile.ts';
import { median } from './statistics.ts';
import { printTopic, say } from './topic.ts';
import { Workplace } from './workplace.ts';

const USAGE = `node bench/hugeFile.ts [--gib 8] [--runs 5] [--work PATH]   (as root on Linux: every row but one is cold)`;

const root = path.dirname(import.meta.dirname);
const { values } = parseArgs({
  options: {
    gib: { type: 'string', default: '8' },
    runs: { type: 'string', default: '5' },
    work: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${USAGE}\n`);
  process.exit();
}

const workplace = await Workplace.create(values.work);
const folder = path.join(workplace.home, 'files');
const place = { cwd: folder, env: workplace.env };
const forge = quoted(path.join(root, 'forge'));
const file = path.join(folder, 'huge.bin');
const size = Math.round(Number(values.gib) * 1024 ** 3);

interface Run {
  copy: Measured;
  commit: Measured;
  hash: Measured;
  warmHash: Measured;
  edit: Measured;
  warmEdit: Measured;
  editBytes: number;
  restore: Measured;
}

try {
  mkdirSync(folder);
  writeNoise(file, size, 1);
  const runs: Run[] = [];
  for (let i = 0; i < Number(values.runs); i++) {
    say(`run ${i + 1} of ${values.runs}`);
    runs.push(await once());
  }
  await print(runs);
} finally {
  await workplace.remove();
}

async function once(): Promise<Run> {
  const cold = async (line: string): Promise<Measured> => {
    await dropCaches();
    return measure(line, place);
  };
  const copy = await cold('cp huge.bin ../copy && sync ../copy');
  rmSync(path.join(workplace.home, 'copy'));
  rmSync(path.join(folder, '.forge'), { recursive: true, force: true });
  const commit = await cold(`${forge} init && ${forge} commit -m first`);
  overwrite(Math.floor(size / 2), 4096);
  const hash = await cold('b3sum huge.bin');
  const before = storedBytes();
  const edit = await cold(`${forge} commit -m second`);
  const editBytes = storedBytes() - before;
  await measure('cat huge.bin > /dev/null', place);
  const warmHash = await measure('b3sum huge.bin', place);
  overwrite(Math.floor(size / 3), 4096);
  const warmEdit = await measure(`${forge} commit -m third`, place);
  const expected = await ask(`b3sum < ${quoted(file)}`, place.env);
  rmSync(file);
  const restore = await cold(`${forge} restore . && sync huge.bin`);
  if ((await ask(`b3sum < ${quoted(file)}`, place.env)) !== expected) throw new Error('restored wrongly');
  return { copy, commit, hash, warmHash, edit, warmEdit, editBytes, restore };
}

function overwrite(offset: number, length: number): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, randomBytes(length), 0, length, offset);
  closeSync(handle);
}

/** Of all segments. */
function storedBytes(): number {
  const store = path.join(folder, '.forge/store');
  return readdirSync(store).reduce((sum, name) => sum + statSync(path.join(store, name)).size, 0);
}

async function print(runs: Run[]): Promise<void> {
  const seconds = (pick: (run: Run) => Measured) => median(runs.map((run) => pick(run).seconds))!;
  const peak = (pick: (run: Run) => Measured) => Math.max(...runs.map((run) => pick(run).peakBytes));
  const row = (
    what: string,
    pick: (run: Run) => Measured,
    other: string,
    against: (run: Run) => Measured,
  ) => [
    what,
    `${seconds(pick).toFixed(2)} s`,
    `${other} ${seconds(against).toFixed(2)} s`,
    `${(seconds(pick) / seconds(against)).toFixed(2)} ×`,
    `${(peak(pick) / 1024 ** 2).toFixed(0)} MiB`,
  ];
  const version = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  await printTopic(
    folder,
    [`forge ${version.version}, ${(await ask('b3sum --version', place.env)) ?? 'b3sum is not installed'}`],
    [
      {
        title: `One incompressible file of ${formatBytes(size)}; medians of ${runs.length}`,
        header: ['what', 'forge', 'against', 'ratio', 'peak memory'],
        rows: [
          row(
            'init + commit, cold',
            (r) => r.commit,
            'cp + sync',
            (r) => r.copy,
          ),
          row(
            'commit of a 4 KiB edit, cold',
            (r) => r.edit,
            'b3sum',
            (r) => r.hash,
          ),
          row(
            'commit of a 4 KiB edit, warm',
            (r) => r.warmEdit,
            'b3sum',
            (r) => r.warmHash,
          ),
          row(
            'restore + sync, cold',
            (r) => r.restore,
            'cp + sync',
            (r) => r.copy,
          ),
        ],
      },
      {
        title: 'New bytes in segments',
        header: ['what', 'bytes'],
        rows: [['a 4 KiB edit', String(median(runs.map((run) => run.editBytes)))]],
      },
    ],
  );
}
