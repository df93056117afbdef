// Owns the benchmark of `forge clone`: a repository of many small files and one of a huge file, each beside `cp -r` of all that it holds.
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes, formatCount } from '../cli/output/units.ts';
import { bytesBelow } from './gameData.ts';
import { ask, measure, type Measured, quoted } from './measure.ts';
import { writeNoise } from './noiseFile.ts';
import { makeScaleTree } from './scaleTree.ts';
import { median } from './statistics.ts';
import { printTopic, say, writeTopic } from './topic.ts';
import { Workplace } from './workplace.ts';

const USAGE = `node bench/clone.ts [options]
  --files N    small files in the one repository (100000)
  --gib N      size of the file in the other (1)
  --runs N     repeat everything N times, in turn, and take medians (3)
  --work PATH  make the working folders here instead of in the temp folder
  --only NAME  small or huge alone
  --write      write docs/benchmarksByTopic.md too`;

const root = path.dirname(import.meta.dirname);
const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '100000' },
    gib: { type: 'string', default: '1' },
    runs: { type: 'string', default: '3' },
    work: { type: 'string' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${USAGE}\n`);
  process.exit();
}

const files = Number(values.files);
const size = Math.round(Number(values.gib) * 1024 ** 3);
const workplace = await Workplace.create(values.work);
const place = { cwd: workplace.home, env: workplace.env };
const forge = quoted(path.join(root, 'forge'));

interface Subject {
  name: string;
  title: string;
  /** Fills the working tree. */
  make: (folder: string) => void;
}

const SUBJECTS: Subject[] = [
  {
    name: 'small',
    title: `${formatCount(files, 'file')} of 41 bytes`,
    make: (folder) => makeScaleTree(folder, files),
  },
  {
    name: 'huge',
    title: `one file of ${formatBytes(size)}`,
    make: (folder) => writeNoise(path.join(folder, 'huge.bin'), size, 1),
  },
];

try {
  const rows: string[][] = [];
  for (const subject of SUBJECTS)
    if (values.only === undefined || values.only === subject.name) rows.push(await compare(subject));
  const text = await printTopic(
    workplace.home,
    [(await ask(`${forge} version`, place.env)) ?? 'forge'],
    [
      {
        title: `The copy synced, the source in the page cache; medians of ${values.runs}`,
        header: ['what', 'bytes', 'forge clone', 'cp -r', 'ratio', 'peak forge'],
        rows,
      },
    ],
  );
  if (values.write) writeTopic('Cloning', 'npm run bench -- clone', text);
} finally {
  await workplace.remove();
}

/** A row of the table. */
async function compare({ name, title, make }: Subject): Promise<string[]> {
  const source = path.join(workplace.home, name);
  mkdirSync(source);
  say(`${title}: making the repository`);
  make(source);
  await measure(`${forge} init -q && ${forge} commit -q -m all`, { ...place, cwd: source });
  const bytes = await bytesBelow(source);
  const clones: Measured[] = [];
  const copies: Measured[] = [];
  for (let run = 1; run <= Number(values.runs); run++) {
    clones.push(await once(source, (to) => `${forge} clone -q ${quoted(source)} ${to}`));
    copies.push(await once(source, (to) => `cp -r ${quoted(source)} ${to}`));
    const [clone, copy] = [clones, copies].map((all) => `${all.at(-1)!.seconds.toFixed(2)} s`);
    say(`${title}, run ${run} of ${values.runs}: clone ${clone}, cp ${copy}`);
  }
  rmSync(source, { recursive: true });
  const [clone, copy] = [clones, copies].map((all) => median(all.map(({ seconds }) => seconds))!);
  const peak = Math.max(...clones.map(({ peakBytes }) => peakBytes));
  return [
    title,
    formatBytes(bytes),
    `${clone.toFixed(2)} s`,
    `${copy.toFixed(2)} s`,
    `${(clone / copy).toFixed(2)} ×`,
    `${(peak / 1024 ** 2).toFixed(0)} MiB`,
  ];
}

/** Measures a line that copies the source, and makes sure that the copy has its files. */
async function once(source: string, line: (to: string) => string): Promise<Measured> {
  const target = path.join(workplace.home, 'copy');
  await ask('sync', place.env);
  // Both find the source in the page cache.
  await measure(`tar cf - ${quoted(source)} 2>/dev/null | cat > /dev/null`, place);
  const measured = await measure(`${line('copy')} && sync -f copy`, place);
  await measure(`diff -r --no-dereference -x .forge ${quoted(source)} copy`, place);
  rmSync(target, { recursive: true });
  return measured;
}
