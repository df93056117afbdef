// Owns how a benchmark of one topic prints: the machine, the tools' versions, and its table.
import { formatTable, type Alignment } from '../cli/output/table.ts';
import { formatBytes, formatCount } from '../cli/output/units.ts';
import { describeMachine } from './machine.ts';

export interface TopicTable {
  title: string;
  header: string[];
  rows: string[][];
}

/** `workFolder` tells the file system; `facts` are further lines, e.g. versions. */
export async function printTopic(workFolder: string, facts: string[], tables: TopicTable[]): Promise<void> {
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
  process.stdout.write(`\n${lines.join('\n')}`);
}

/** Tells how far a benchmark is. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
