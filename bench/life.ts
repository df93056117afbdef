// Owns one life of a tool's repository: first commit, status, edits, second commit, restore, all measured.
import path from 'node:path';
import { editFiles } from './edits.ts';
import { bytesBelow, type InputFile } from './gameData.ts';
import { measure, quoted, type Measured } from './measure.ts';
import type { Tool } from './tools.ts';
import type { Workplace } from './workplace.ts';

export interface Input {
  folder: string;
  files: InputFile[];
  /** The folder as it is after the edits. */
  edited: string;
}

export interface Life {
  /** Making the repository, storing everything, sync. */
  commit: Measured;
  /** Nothing changed; several calls, after one that does not count. */
  status: number[];
  /** Storing everything again after ten files changed, sync. */
  again: Measured;
  /** Bytes of the repository after both commits. */
  storedBytes: number;
  /** Those of its segments alone. */
  segmentBytes: number | undefined;
  /** Bringing every file back into an empty folder, sync. */
  restore: Measured;
}

const STATUS_CALLS = 5;

/** Throws when a restored tree is not what was stored. */
export async function live(tool: Tool, input: Input, workplace: Workplace): Promise<Life> {
  const cwd = await workplace.fresh();
  const place = { cwd, env: workplace.envOf(tool) };
  await measure(`cp -r ${quoted(`${input.folder}/.`)} . && ${WARM} && sync`, place);

  const commit = await measure(`${tool.begin} && ${tool.save} && sync`, place);
  const status: number[] = [];
  if (tool.status !== undefined) {
    await measure(tool.status, place);
    for (let i = 0; i < STATUS_CALLS; i++) status.push((await measure(tool.status, place)).seconds);
  }
  await editFiles(cwd, input.files);
  await measure('sync', place);
  const again = await measure(`${tool.save} && sync`, place);
  const storedBytes = await bytesBelow(path.join(cwd, tool.repository));
  const segmentBytes = await segmentBytesOf(tool, cwd);
  await measure(`${tool.clear} && sync`, place);
  const restore = await measure(`${tool.restore} && sync`, place);
  await measure(`${DROP_EMPTY} && diff -rq --no-dereference ${OWN_FILES} ${quoted(input.edited)} .`, place);
  await workplace.clear();
  return { commit, status, again, storedBytes, segmentBytes, restore };
}

/** Undefined for a tool without segments. */
export async function segmentBytesOf({ segments }: Tool, cwd: string): Promise<number | undefined> {
  return segments === undefined ? undefined : bytesBelow(path.join(cwd, segments));
}

/** Reads every file, so that no tool waits for the disk. */
const WARM = 'find . -type f -exec cat {} + >/dev/null';

/** Folders without a file are not kept by Git, nor by Forge, which is Git there. */
const DROP_EMPTY = `find . -mindepth 1 ! -path './.git/*' ! -path './.forge/*' -type d -empty -delete`;

/** What the tools put beside the user's files. */
const OWN_FILES = '-x .forge -x .git -x .gitattributes';
