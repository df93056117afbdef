// Owns the file `packed-refs`: many refs in one file, which loose files override.
import { readFile } from 'node:fs/promises';
import { ForgeError, fromSystemError } from '../errors.ts';
import { isMissing } from './files.ts';

const LINE = /^([0-9a-f]{40}) (\S+)$/;

/** The refs in a `packed-refs` file; none when there is no file. @throws ForgeError CORRUPT naming the line */
export async function readPackedRefs(path: string): Promise<Map<string, string>> {
  const refs = new Map<string, string>();
  const lines = (await readText(path)).split('\n');
  lines.forEach((line, i) => {
    if (line === '' || line.startsWith('#') || line.startsWith('^')) return;
    const match = LINE.exec(line);
    if (!match) throw corrupt(path, i + 1);
    refs.set(match[2], match[1]);
  });
  return refs;
}

/** The text of the file without some refs and the lines that belong to them. */
export async function withoutRefs(path: string, removed: ReadonlySet<string>): Promise<string> {
  const kept: string[] = [];
  let isRemoved = false;
  for (const line of (await readText(path)).split('\n')) {
    // A line with ^ says what the annotated tag of the line before leads to.
    if (!line.startsWith('^')) isRemoved = removed.has(LINE.exec(line)?.[2] ?? '');
    if (!isRemoved) kept.push(line);
  }
  return kept.join('\n');
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw fromSystemError(error, path, 'reading');
  }
}

function corrupt(path: string, line: number): ForgeError {
  return new ForgeError(
    'CORRUPT',
    `Line ${line} of ${path} is damaged`,
    'Correct or remove this line; each is an object id, a space and the name of a ref.',
    { path },
  );
}
