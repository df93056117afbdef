// Owns `.forge/clean`: what a status that found nothing leaves behind, so that the next one can be answered by stats alone.
import { lstatSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FORGE_IGNORE, GIT_IGNORE } from '../worktree/ignore.ts';
import type { RepositoryContext } from './context.ts';

/** A tree with more ignored entries than this beside its tracked files is looked at the long way. */
const MOST_IGNORED = 1_000;

export interface CleanState {
  commit: string | undefined;
  /** Tree of the commit, which is also that of the index. */
  tree: string | undefined;
  /** Untracked entries beside tracked ones that rules ignore. */
  ignored: string[];
}

/**
 * Writes the hint (docs/formats/clean.md). It holds facts that stay true: the tree of a commit, and which paths the rules as they
 * are ignore. Readers check that the rules did not change. It is a cache; where it cannot be written nothing is lost.
 */
export async function rememberClean(context: RepositoryContext, state: CleanState): Promise<void> {
  const { commit, tree, ignored } = state;
  if (commit === undefined || tree === undefined || ignored.length > MOST_IGNORED) return;
  // The rules of an ignored rule file could change without anybody noticing.
  if (ignored.some((path) => path.endsWith(GIT_IGNORE) || path.endsWith(FORGE_IGNORE) || path.includes('\n')))
    return;
  const rules = [
    join(context.folders.gitDir, 'info', 'exclude'),
    context.deps.environment.globalExcludesFile,
  ];
  const lines = [
    'forge-clean 1',
    `${commit} ${tree}`,
    ...rules.filter((path) => path !== undefined).map((path) => `rules ${stamp(path)} ${path}`),
    ...ignored.sort().map((path) => `ignored ${path}`),
  ];
  const path = join(context.folders.forge, 'clean');
  const text = `${lines.join('\n')}\n`;
  try {
    if ((await readFile(path, 'utf8').catch(() => '')) !== text) await writeFile(path, text);
  } catch {
    return;
  }
}

/** Modification time in nanoseconds and size, or `- -` for a file that is not there. */
function stamp(path: string): string {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '- -' : `${stat.mtimeNs} ${stat.size}`;
}
