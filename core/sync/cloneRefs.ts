// Owns the refs and the Git configuration of a new clone: what it has of its source, and the branch it is on.
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import { initGitDirectory } from '../git/gitDirectory.ts';
import type { GitObjects } from '../git/gitObjects.ts';
import { sortPaths } from '../model/pathOrder.ts';
import { writeDurably } from '../repo/durableFile.ts';
import type { RefSnapshot } from './cloneSource.ts';

/** Where HEAD of a clone is. */
export interface CloneHead {
  /** Short name; undefined: detached. */
  branch: string | undefined;
  /** Undefined only where the source has no commit. */
  commit: string | undefined;
}

const ORIGIN = 'refs/remotes/origin/';

/**
 * The branch or tag that is checked out. Without `wanted` the source's: its branch, or its commit when it is on none.
 * @throws ForgeError UNKNOWN_REVISION when the source has no branch or tag of that name
 */
export async function chooseHead(
  { branches, tags, headBranch, headCommit }: RefSnapshot,
  objects: GitObjects,
  wanted: string | undefined,
): Promise<CloneHead> {
  if (wanted === undefined) return { branch: headBranch, commit: headCommit };
  const commit = branches.get(wanted);
  if (commit !== undefined) return { branch: wanted, commit };
  const tag = tags.get(wanted);
  if (tag !== undefined) return { branch: undefined, commit: await objects.peel(tag) };
  const names = [...branches.keys()].slice(0, 10).join(', ');
  throw new ForgeError(
    'UNKNOWN_REVISION',
    `The source has no branch or tag ${wanted}`,
    names === '' ? 'It has no branch at all: clone without --branch.' : `It has the branches ${names}.`,
  );
}

/** Makes the Git directory of a clone, without any ref. @param url what `remote.origin.url` says */
export async function initClonedGit(
  gitDir: string,
  { branch, commit }: CloneHead,
  url: string,
): Promise<void> {
  await initGitDirectory(gitDir, { branch: branch ?? 'main', worktree: '../..' });
  const lines = ['[remote "origin"]', `\turl = ${quoted(url)}`, `\tfetch = +refs/heads/*:${ORIGIN}*`];
  if (branch !== undefined)
    lines.push(
      `[branch ${quoted(branch)}]`,
      '\tremote = origin',
      `\tmerge = ${quoted(`refs/heads/${branch}`)}`,
    );
  const config = join(gitDir, 'config');
  const head = join(gitDir, 'HEAD');
  try {
    await appendFile(config, `${lines.join('\n')}\n`, { flush: true });
    if (branch === undefined && commit !== undefined) await writeFile(head, `${commit}\n`, { flush: true });
  } catch (error) {
    throw fromSystemError(error, config, 'writing');
  }
}

/** Writes all refs in one file, as `git pack-refs` does; their objects must be there. */
export async function writeClonedRefs(
  gitDir: string,
  snapshot: RefSnapshot,
  head: CloneHead,
  objects: GitObjects,
): Promise<void> {
  const refs = new Map<string, string>();
  for (const [name, oid] of snapshot.branches) refs.set(ORIGIN + name, oid);
  for (const [name, oid] of snapshot.tags) refs.set(`refs/tags/${name}`, oid);
  if (head.branch !== undefined && head.commit !== undefined)
    refs.set(`refs/heads/${head.branch}`, head.commit);
  const lines = ['# pack-refs with: peeled fully-peeled sorted'];
  for (const name of sortPaths([...refs.keys()])) {
    const oid = refs.get(name) ?? '';
    lines.push(`${oid} ${name}`);
    const peeled = name.startsWith('refs/tags/') ? await objects.peel(oid) : oid;
    if (peeled !== oid) lines.push(`^${peeled}`);
  }
  await writeDurably(join(gitDir, 'packed-refs'), `${lines.join('\n')}\n`);
  if (snapshot.headBranch === undefined || !snapshot.branches.has(snapshot.headBranch)) return;
  const origin = join(gitDir, ORIGIN);
  try {
    await mkdir(origin, { recursive: true });
  } catch (error) {
    throw fromSystemError(error, origin, 'creating');
  }
  await writeDurably(join(origin, 'HEAD'), `ref: ${ORIGIN}${snapshot.headBranch}\n`);
}

/** A value or subsection of a Git configuration file, in quotes. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
