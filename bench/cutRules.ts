// Owns the benchmark of cut rules: what is new after edits under FC1 and under normalised FastCDC, deduplication alone.
import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cutAll } from '../core/dataplane/portable/cut.ts';
import { formatBytes } from '../cli/output/units.ts';
import { fastCdc } from './fastCdc.ts';
import { madeMedia } from './madeMedia.ts';
import { printTopic, say } from './topic.ts';
import { Workplace } from './workplace.ts';

const RULES = [
  ['FastCDC', fastCdc],
  ['FC1', cutAll],
] as const;

const root = path.dirname(import.meta.dirname);
const DATA = path.join(root, '../shared/data');
const { values } = parseArgs({
  options: { average: { type: 'string', default: '16' }, work: { type: 'string' } },
});
const averageLog2 = Number(values.average);
const workplace = await Workplace.create(values.work);
const totals = RULES.map(() => 0);
try {
  await main();
} finally {
  await workplace.remove();
}

async function main(): Promise<void> {
  const header = [
    'file',
    'edit',
    'all versions',
    ...RULES.flatMap(([name]) => [`${name}: new`, 'mean chunk']),
  ];
  const histories: string[][] = [];
  for (const kind of existsSync(DATA) ? readdirSync(DATA) : []) {
    const folder = path.join(DATA, kind, 'histories');
    for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
      const versions = readdirSync(path.join(folder, name)).sort();
      const read = versions.map((version) => () => readFileSync(path.join(folder, name, version)));
      histories.push(row(name, `${versions.length} versions`, read));
    }
  }
  if (histories.length > 0) {
    histories.push(['all', '', '', ...totals.flatMap((sum) => [formatBytes(sum), ''])]);
  } else say('../shared/data is not there: its histories are left out');
  const made: string[][] = [];
  for (const { name, edit, versions } of await madeMedia(path.join(workplace.home, 'made'))) {
    say(`${name}: ${edit}`);
    made.push(row(name, edit, versions));
  }
  const facts = [
    `average 2^${averageLog2} bytes; new: bytes of chunks, after the first version, that no earlier one has`,
  ];
  await printTopic(workplace.home, facts, [
    { title: 'Real histories', header, rows: histories },
    { title: 'Made-up large media', header, rows: made },
  ]);
}

function row(name: string, edit: string, versions: (() => Buffer)[]): string[] {
  const known = RULES.map(() => new Set<string>());
  const fresh = RULES.map(() => 0);
  const chunks = RULES.map(() => 0);
  let all = 0;
  for (const [number, read] of versions.entries()) {
    const bytes = read();
    all += bytes.length;
    for (const [i, [, cut]] of RULES.entries()) {
      let start = 0;
      for (const length of cut(bytes, averageLog2)) {
        const id = hash('sha1', bytes.subarray(start, start + length));
        if (!known[i].has(id) && number > 0) fresh[i] += length;
        known[i].add(id);
        start += length;
        chunks[i] += 1;
      }
    }
  }
  fresh.forEach((sum, i) => (totals[i] += sum));
  return [
    name,
    edit,
    formatBytes(all),
    ...RULES.flatMap((_, i) => [formatBytes(fresh[i]), formatBytes(Math.round(all / chunks[i]))]),
  ];
}
