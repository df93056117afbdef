// Owns how a benchmark of one topic prints: the machine, the tools' versions, and its table.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { formatTable, type Alignment } from '../cli/output/table.ts';
import { formatBytes, formatCount } from '../cli/output/units.ts';
import { describeMachine } from './machine.ts';

export interface TopicTable {
  title: string;
  header: string[];
  rows: string[][];
}

/** `workFolder` tells the file system; `facts` are further lines, e.g. versions. Returns what it printed. */
export async function printTopic(workFolder: string, facts: string[], tables: TopicTable[]): Promise<string> {
  const { processor, cores, memoryBytes, system, fileSystem } = await describeMachine(workFolder);
  const lines = [
    `${processor}, ${formatCount(cores, 'core')}, ${formatBytes(memoryBytes)} memory, ${fileSystem}, ${system}`,
    ...facts,
    '',
  ];
  for (const { title, header, rows } of tables) {
    const alignments: Alignment[] = header.map((_, i) => (i === 0 ? 'left' : 'right'));
    lines.push(title, '', ...formatTable([header, ...rows], alignments), '');
  }
  const text = lines.join('\n');
  process.stdout.write(`\n${text}`);
  return text;
}

const DOCUMENT = path.join(path.dirname(import.meta.dirname), 'docs/benchmarksByTopic.md');

/** Puts what `command` printed into the document, in place of the section of that title. */
export function writeTopic(title: string, command: string, text: string): void {
  const sections = readFileSync(DOCUMENT, 'utf8').split(/^(?=## )/m);
  const day = new Date().toISOString().slice(0, 10);
  const section = [`## ${title}`, '', `\`${command}\`, ${day}.`, '', '```', text.trim(), '```', ''].join(
    '\n',
  );
  const at = sections.findIndex((one) => one.startsWith(`## ${title}\n`));
  if (at >= 0) sections[at] = at === sections.length - 1 ? section : `${section}\n`;
  else sections.push(`\n${section}`);
  writeFileSync(DOCUMENT, sections.join(''));
}

/** Tells how far a benchmark is. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
