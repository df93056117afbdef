// Owns the benchmark on real edit histories: what a repository takes after every version of every file was stored.
import { cp, readdir } from 'node:fs/promises';
import path from 'node:path';
import { bytesBelow } from './gameData.ts';
import { segmentBytesOf } from './life.ts';
import { measure } from './measure.ts';
import type { Tool } from './tools.ts';
import type { Workplace } from './workplace.ts';

/** One file of an editor's, with its versions from the oldest on, as absolute paths. */
export interface History {
  name: string;
  versions: string[];
}

export interface HistoryResult {
  storedBytes: number;
  /** Those of its segments alone. */
  segmentBytes: number | undefined;
  /** After the tool's own packing; undefined where it has none. */
  packedBytes: number | undefined;
  /** Those of its segments alone, then. */
  packedSegmentBytes: number | undefined;
  seconds: number;
}

/** Histories are folders NAME.EXTENSION of files that sort by version. */
export async function findHistories(folders: string[]): Promise<History[]> {
  const histories: History[] = [];
  for (const folder of folders) {
    for (const name of (await readdir(folder)).sort()) {
      const versions = (await readdir(path.join(folder, name))).sort();
      histories.push({ name, versions: versions.map((version) => path.join(folder, name, version)) });
    }
  }
  return histories;
}

/** Save by save: each is one commit that holds the next version of every file that has one. */
export async function storeHistories(
  tool: Tool,
  histories: History[],
  workplace: Workplace,
): Promise<HistoryResult> {
  const cwd = await workplace.fresh();
  const place = { cwd, env: workplace.envOf(tool) };
  await measure(tool.begin, place);
  let seconds = 0;
  const saves = Math.max(...histories.map(({ versions }) => versions.length));
  for (let save = 0; save < saves; save++) {
    for (const { name, versions } of histories) {
      if (save < versions.length) await cp(versions[save], path.join(cwd, name));
    }
    seconds += (await measure(tool.save, place)).seconds;
  }
  const repository = path.join(cwd, tool.repository);
  const storedBytes = await bytesBelow(repository);
  const segmentBytes = await segmentBytesOf(tool, cwd);
  let packedBytes: number | undefined;
  let packedSegmentBytes: number | undefined;
  if (tool.pack !== undefined) {
    await measure(tool.pack, place);
    packedBytes = await bytesBelow(repository);
    packedSegmentBytes = await segmentBytesOf(tool, cwd);
  }
  await workplace.clear();
  return { storedBytes, segmentBytes, packedBytes, packedSegmentBytes, seconds };
}
