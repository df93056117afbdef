// Owns how `forge status` reads.
import type { Change, StatusResult } from '../../core/repo/types.ts';
import type { Colours } from './colours.ts';
import { printable, printablePath } from './printable.ts';
import { formatTable } from './table.ts';
import { formatBytes, shortId } from './units.ts';

const LETTERS: Record<Change['state'], string> = {
  added: 'A',
  modified: 'M',
  deleted: 'D',
  renamed: 'R',
  untracked: '?',
  conflicted: 'C',
};

interface Group {
  title: string;
  hint: string;
  colour: 'green' | 'red' | 'yellow';
  has: (change: Change) => boolean;
}

const GROUPS: Group[] = [
  {
    title: 'Conflicts',
    hint: 'edit, then forge add PATH',
    colour: 'red',
    has: ({ state }) => state === 'conflicted',
  },
  {
    title: 'Staged',
    hint: 'forge restore --staged PATH takes one out',
    colour: 'green',
    has: ({ state, staged }) => staged && state !== 'conflicted',
  },
  {
    title: 'Changed',
    hint: 'forge restore PATH drops a change',
    colour: 'yellow',
    has: ({ state, staged }) => !staged && state !== 'conflicted' && state !== 'untracked',
  },
  {
    title: 'Untracked',
    hint: 'forge add PATH stages one',
    colour: 'red',
    has: ({ state, staged }) => !staged && state === 'untracked',
  },
];

/** `relative` turns a repository path into what the user would type. */
export function formatStatus(status: StatusResult, c: Colours, relative: (path: string) => string): string[] {
  const lines = [formatHead(status, c)];
  for (const group of GROUPS) {
    const changes = status.changes.filter(group.has);
    if (changes.length > 0) lines.push('', ...formatGroup(group, changes, c, relative));
  }
  for (const problem of status.problems)
    lines.push('', c.red(`${printablePath(relative(problem.path))}: ${printable(problem.message)}`));
  if (status.changes.length === 0) lines.push('Nothing to commit, the working tree is clean.');
  else if (!status.changes.some(({ staged }) => staged))
    lines.push('', c.dim('Nothing is staged: forge commit -m MESSAGE takes all of it.'));
  return lines;
}

function formatHead({ branch, commit }: StatusResult, c: Colours): string {
  if (branch === undefined) return `At ${c.yellow(shortId(commit ?? ''))}, on no branch`;
  return `On ${c.green(printable(branch))}${commit === undefined ? ', no commits yet' : ` at ${c.yellow(shortId(commit))}`}`;
}

function formatGroup(
  { title, hint, colour }: Group,
  changes: Change[],
  c: Colours,
  relative: (path: string) => string,
): string[] {
  const rows = changes.map(({ state, path, from, kind, size }) => {
    const name = printablePath(relative(path));
    const shown = from === undefined ? name : `${printablePath(relative(from))} → ${name}`;
    return [`  ${c[colour](LETTERS[state])}`, shown, c.dim(kind === 'asset' ? formatBytes(size) : 'text')];
  });
  return [`${title} ${c.dim(`(${changes.length}; ${hint})`)}`, ...formatTable(rows)];
}
