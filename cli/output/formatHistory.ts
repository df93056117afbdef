// Owns how commits and operations read.
import type { LogEntry, OperationInfo } from '../../core/repo/types.ts';
import type { Colours } from './colours.ts';
import { printable, printablePath } from './printable.ts';
import { formatTable } from './table.ts';
import { formatTime, shortId, subject } from './units.ts';

export function formatLogEntry(entry: LogEntry, c: Colours): string[] {
  const { commit, parents, author, time, message, path } = entry;
  const lines = [c.yellow(`commit ${commit}`)];
  if (parents.length > 1) lines.push(`Merge:  ${parents.map(shortId).join(' ')}`);
  lines.push(`Author: ${printable(`${author.name} <${author.email}>`)}`, `Date:   ${formatTime(time)}`);
  if (path !== undefined) lines.push(`Path:   ${printablePath(path)}`);
  return [...lines, '', ...indent(message), ''];
}

export function formatLogLine({ commit, message }: LogEntry, c: Colours): string {
  return `${c.yellow(shortId(commit))} ${printable(subject(message))}`;
}

export function formatOperations(operations: OperationInfo[], c: Colours): string[] {
  return formatTable(
    operations.map(({ id, time, user, command, summary, undoneBy }) => [
      c.yellow(shortId(id)),
      c.dim(formatTime(time)),
      printable(user),
      c.cyan(command),
      printable(summary) + (undoneBy === undefined ? '' : c.dim(` (undone by ${shortId(undoneBy)})`)),
    ]),
  );
}

/** Everything an operation did, for `forge op show`. */
export function formatOperation(operation: OperationInfo, c: Colours): string[] {
  const { id, time, user, command, summary, headBefore, headAfter, refs, paths, undoneBy } = operation;
  const lines = [
    c.yellow(`operation ${id}`),
    `Command: ${command}`,
    `User:    ${printable(user)}`,
    `Date:    ${formatTime(time)}`,
  ];
  if (headBefore !== headAfter) lines.push(`HEAD:    ${headBefore} → ${headAfter}`);
  if (undoneBy !== undefined) lines.push(`Undone:  by ${shortId(undoneBy)}`);
  lines.push('', ...indent(summary));
  if (refs.length > 0) {
    const rows = refs.map(({ ref, before, after }) => [
      `  ${printable(ref)}`,
      `${before === undefined ? '(new)' : shortId(before)} → ${after === undefined ? '(gone)' : shortId(after)}`,
    ]);
    lines.push('', ...formatTable(rows));
  }
  if (paths.length > 0) lines.push('', ...paths.map((path) => `  ${printablePath(path)}`));
  return lines;
}

function indent(text: string): string[] {
  return printable(text.trimEnd())
    .split('\n')
    .map((line) => (line === '' ? '' : `    ${line}`));
}
