// Owns making a Git directory, and finding and judging one that is there.
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import { commonDirOf, isMissing } from './files.ts';
import type { GitConfig } from './gitConfig.ts';
import { readGitConfig } from './gitConfig.ts';
import { validateRefName } from './refName.ts';

export interface GitDirectory {
  /** Holds HEAD and the index. */
  gitDir: string;
  /** Holds objects, refs and config: the same, unless this is a linked working tree. */
  commonDir: string;
  /** Of the repository itself. */
  config: GitConfig;
}

/** Extensions that change nothing Forge reads or writes. */
const HARMLESS_EXTENSIONS = new Set(['noop', 'noop-v1', 'partialclone', 'preciousobjects', 'worktreeconfig']);
const FOLDERS = ['info', 'objects/info', 'objects/pack', 'refs/heads', 'refs/tags', 'refs/forge'];

/**
 * Makes a Git directory with an unborn branch.
 * @param options.branch short name of the branch HEAD is on
 * @param options.worktree path of the working tree, relative to `gitDir`
 * @throws ForgeError INVALID_NAME, READ_ONLY, DISK_FULL, …
 */
export async function initGitDirectory(
  gitDir: string,
  options: { branch: string; worktree: string },
): Promise<void> {
  const head = `refs/heads/${options.branch}`;
  validateRefName(head);
  const config = [
    '[core]',
    '\trepositoryformatversion = 0',
    `\tfilemode = ${process.platform !== 'win32'}`,
    '\tbare = false',
    '\tlogallrefupdates = true',
    `\tworktree = ${options.worktree}`,
    '',
  ].join('\n');
  try {
    for (const folder of FOLDERS) await mkdir(join(gitDir, folder), { recursive: true });
    await writeFile(join(gitDir, 'config'), config, { flush: true });
    // To stock Git `.forge` is a folder like any other, and untracked.
    await writeFile(join(gitDir, 'info', 'exclude'), '/.forge/\n', { flush: true });
    // A Git directory is one once it has a HEAD.
    await writeFile(join(gitDir, 'HEAD'), `ref: ${head}\n`, { flush: true });
  } catch (error) {
    throw fromSystemError(error, gitDir, 'creating the Git directory');
  }
}

/**
 * Opens the Git directory of a checkout.
 * @param path a Git directory, or the `.git` file of a linked working tree or submodule
 * @throws ForgeError NO_REPOSITORY, UNSUPPORTED when Forge would misread it, CORRUPT
 */
export async function openGitDirectory(path: string): Promise<GitDirectory> {
  const gitDir = await followGitFile(path);
  const commonDir = commonDirOf(gitDir);
  for (const needed of [join(gitDir, 'HEAD'), join(commonDir, 'objects'), join(commonDir, 'refs')])
    if (!(await exists(needed))) throw notARepository(path, `${needed} is missing`);
  const config = await readGitConfig([join(commonDir, 'config'), join(gitDir, 'config.worktree')]);
  checkFormat(config, commonDir);
  return { gitDir, commonDir, config };
}

async function followGitFile(path: string): Promise<string> {
  try {
    if ((await stat(path)).isDirectory()) return path;
    const target = /^gitdir: (.+?)\s*$/.exec(await readFile(path, 'utf8'))?.[1];
    if (target !== undefined) return resolve(dirname(path), target);
  } catch (error) {
    if (!isMissing(error)) throw fromSystemError(error, path, 'opening');
    throw notARepository(path, 'it is missing');
  }
  throw notARepository(path, 'it does not name a Git directory');
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw fromSystemError(error, path, 'looking at');
  }
}

/** @throws ForgeError UNSUPPORTED */
function checkFormat(config: GitConfig, commonDir: string): void {
  const version = config.get('core.repositoryformatversion') ?? '0';
  if (version !== '0' && version !== '1')
    throw unsupported(
      commonDir,
      `its repository format version is ${version}; Forge knows 0 and 1`,
      'a newer Forge',
    );
  // Git itself looks at these even where the version says that there are none.
  const format = config.get('extensions.objectformat')?.toLowerCase() ?? 'sha1';
  if (format !== 'sha1')
    throw unsupported(
      commonDir,
      `it names objects by ${format}`,
      'a repository made with `git init --object-format=sha1`',
    );
  const storage = config.get('extensions.refstorage')?.toLowerCase() ?? 'files';
  if (storage !== 'files')
    throw unsupported(commonDir, `it keeps its refs as ${storage}`, '`git refs migrate --ref-format=files`');
  if (version === '0') return;
  for (const name of config.names()) {
    const extension = name.startsWith('extensions.') ? name.slice('extensions.'.length) : 'noop';
    if (!HARMLESS_EXTENSIONS.has(extension) && extension !== 'objectformat' && extension !== 'refstorage')
      throw unsupported(commonDir, `it uses the Git extension ${extension}`, 'a newer Forge');
  }
}

function unsupported(path: string, why: string, instead: string): ForgeError {
  return new ForgeError('UNSUPPORTED', `Forge cannot work on ${path}: ${why}`, `Use ${instead}.`, { path });
}

function notARepository(path: string, why: string): ForgeError {
  return new ForgeError(
    'NO_REPOSITORY',
    `${path} is not a Git directory: ${why}`,
    'Check the path, or run `git init`.',
    {
      path,
    },
  );
}
