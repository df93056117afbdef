// Owns making a folder a repository, and finding the repository a folder belongs to.
import { mkdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import { initGitDirectory, openGitDirectory } from '../git/gitDirectory.ts';
import { findUnrealProject, unrealAttributes, unrealIgnoreRules } from '../worktree/unrealRules.ts';
import type { RepositoryFolders } from './context.ts';
import { writeDurably } from './durableFile.ts';
import { Settings } from './settings.ts';
import type { InitResult } from './types.ts';

export interface InitOptions {
  /** Write ready rules where an Unreal project is. */
  unreal: boolean;
  /** Absolute path of the `forge` command, for stock Git to call in a shared checkout. */
  launcher: string;
}

/**
 * Makes `folder` (created when missing) a repository. In the root of a Git checkout Forge shares its Git directory; elsewhere it
 * makes its own in `.forge/git`. With `unreal`, ready rules are written when a `.uproject` is there; existing lines are kept.
 * @throws ForgeError REPOSITORY_EXISTS, UNSUPPORTED (a Git directory Forge cannot share), READ_ONLY, DISK_FULL
 */
export async function initRepository(folder: string, options: InitOptions): Promise<InitResult> {
  const root = resolve(folder);
  const forge = join(root, '.forge');
  try {
    await mkdir(root, { recursive: true });
  } catch (error) {
    throw fromSystemError(error, root, 'creating the folder');
  }
  if (await exists(forge)) {
    throw new ForgeError(
      'REPOSITORY_EXISTS',
      `${root} is a Forge repository already`,
      'Nothing to do. Look at it with `forge status`.',
      { path: root },
    );
  }
  const shared = (await exists(join(root, '.git'))) ? await openGitDirectory(join(root, '.git')) : undefined;
  // Built aside and renamed: a half-made repository is never found.
  const aside = `${forge}-init-${process.pid}`;
  try {
    await mkdir(join(aside, 'store'), { recursive: true });
    if (shared === undefined)
      await initGitDirectory(join(aside, 'git'), { branch: 'main', worktree: '../..' });
    await Settings.create(aside, shared === undefined ? 'git' : relative(forge, shared.gitDir));
    await rename(aside, forge);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw fromSystemError(error, forge, 'creating the repository');
  }
  if (shared) await joinGit(shared.commonDir, options.launcher);
  const unreal = (await findUnrealProject(root)) !== undefined;
  const written = unreal && options.unreal ? await writeUnrealRules(root) : [];
  return {
    root,
    gitDir: shared?.gitDir ?? join(forge, 'git'),
    colocated: shared !== undefined,
    written,
    unreal,
  };
}

/** The repository that `start` lies in. @throws ForgeError NO_REPOSITORY */
export async function findRepository(
  start: string,
): Promise<{ folders: RepositoryFolders; settings: Settings }> {
  let folder: string;
  try {
    folder = await realpath(start);
  } catch (error) {
    throw fromSystemError(error, start, 'opening');
  }
  for (;;) {
    const forge = join(folder, '.forge');
    if (await exists(join(forge, 'config.json'))) {
      const settings = await Settings.load(forge);
      return { folders: { root: folder, forge, gitDir: resolve(forge, settings.git) }, settings };
    }
    const parent = dirname(folder);
    if (parent === folder) {
      throw new ForgeError(
        'NO_REPOSITORY',
        `${start} is not inside a Forge repository`,
        'Make one here with: forge init',
        { path: start },
      );
    }
    folder = parent;
  }
}

/**
 * Lets stock Git work in the checkout: it does not see `.forge`, and stores and checks out assets through Forge. All of it is
 * local configuration, so nobody else's checkout changes.
 */
async function joinGit(commonDir: string, launcher: string): Promise<void> {
  await appendLines(join(commonDir, 'info', 'exclude'), '/.forge/');
  await appendLines(join(commonDir, 'info', 'attributes'), '* filter=forge');
  // Git runs the command with a shell and undoes one level of quoting before: hence quotes inside quotes.
  const quoted = `'${launcher.replaceAll("'", "'\\''")}'`.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  await appendLines(
    join(commonDir, 'config'),
    `[filter "forge"]\n\tprocess = "${quoted} filter-process"\n\trequired = true`,
  );
}

/** Appends a text on lines of its own, unless the file has it already. */
async function appendLines(path: string, lines: string): Promise<void> {
  try {
    const text = (await exists(path)) ? await readFile(path, 'utf8') : '';
    if (`\n${text}\n`.includes(`\n${lines}\n`)) return;
    await mkdir(dirname(path), { recursive: true });
    await writeDurably(path, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${lines}\n`);
  } catch (error) {
    throw fromSystemError(error, path, 'changing');
  }
}

async function writeUnrealRules(root: string): Promise<string[]> {
  const written: string[] = [];
  for (const [name, additions] of [
    ['.gitignore', unrealIgnoreRules],
    ['.gitattributes', unrealAttributes],
  ] as const) {
    const path = join(root, name);
    const current = (await exists(path)) ? await readFile(path, 'utf8') : '';
    const added = additions(current);
    if (added === '') continue;
    await writeDurably(path, current + added);
    written.push(name);
  }
  return written;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw fromSystemError(error, path, 'looking at');
  }
}
