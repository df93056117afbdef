// Owns the tools that are compared: each is the lines of shell that do the same job with it.
import path from 'node:path';
import { quoted } from './measure.ts';

/**
 * Every line runs in the folder of files that is kept; a tool that keeps its repository elsewhere uses `../repository`.
 */
export interface Tool {
  name: string;
  /** Prints the version; fails when the tool is not installed. */
  version: string;
  /** How to get it where it is missing. */
  install: string;
  env?: NodeJS.ProcessEnv;
  /** Makes an empty repository. */
  begin: string;
  /** Stores the files as they are now. */
  save: string;
  /** Says what changed since. */
  status?: string;
  /** Removes the files, not the repository: not timed. */
  clear: string;
  /** Brings all files back. */
  restore: string;
  /** What it offers to store its history in less space, beyond what `save` does. */
  pack?: string;
  /** Where the repository is. */
  repository: string;
  /** Where its segments are, in a tool that has some. */
  segments?: string;
}

const clearAllBut = (name: string) => `find . -mindepth 1 -maxdepth 1 ! -name ${name} -exec rm -rf {} +`;

/**
 * The command line of this checkout, on one of its data planes. The native one is what a user gets without saying so; asking
 * for it by name would leave out what Forge does before it starts Node.
 */
export function forge(root: string, plane: 'native' | 'portable'): Tool {
  const command = quoted(path.join(root, 'forge'));
  return {
    name: plane === 'native' ? 'forge' : 'forge, portable plane',
    version: `${command} version | grep '(${plane} '`,
    install: 'npm run build, with cargo installed for the native plane',
    env: plane === 'portable' ? { FORGE_PLANE: plane } : {},
    begin: `${command} init -q`,
    save: `${command} commit -q -m save`,
    status: `${command} status`,
    clear: clearAllBut('.forge'),
    restore: `${command} restore -q .`,
    pack: `${command} gc -q`,
    repository: '.forge',
    segments: '.forge/store',
  };
}

export const git: Tool = {
  name: 'git',
  version: 'git --version',
  install: 'apt-get install git',
  begin: 'git init -q',
  save: 'git add -A && git commit -q -m save',
  status: 'git status',
  clear: clearAllBut('.git'),
  restore: 'git checkout -q -f HEAD -- .',
  pack: 'git gc -q --aggressive --prune=now',
  repository: '.git',
};

/** git-lfs for the files with these extensions. Its restore writes these alone: the others come with `clear`. */
export function gitLfs(extensions: string[]): Tool {
  const patterns = extensions.map((extension) => `'*.${extension}'`).join(' ');
  return {
    name: 'git-lfs',
    version: 'git lfs version',
    install: 'apt-get install git-lfs',
    begin: `git init -q && git lfs install --local && git lfs track ${patterns}`,
    save: 'git add -A && git commit -q -m save',
    status: 'git status',
    clear: `${clearAllBut('.git')} && GIT_LFS_SKIP_SMUDGE=1 git checkout -q -f HEAD -- .`,
    restore: 'git lfs checkout',
    repository: '.git',
  };
}

export const restic: Tool = {
  name: 'restic',
  version: 'restic version',
  install: 'apt-get install restic',
  begin: 'restic init -q -r ../repository',
  save: 'restic backup -q -r ../repository .',
  clear: clearAllBut('.'),
  restore: 'restic restore -q -r ../repository latest --target .',
  repository: '../repository',
};

export const borg: Tool = {
  name: 'borg, lz4',
  version: 'borg --version',
  install: 'apt-get install borgbackup',
  begin: 'borg init -e none ../repository',
  save: 'borg create --compression lz4 ../repository::$(date +%s%N) .',
  clear: clearAllBut('.'),
  restore: 'borg extract ../repository::$(borg list --short --last 1 ../repository)',
  repository: '../repository',
};

export const copy: Tool = {
  name: 'cp -r',
  version: 'cp --version',
  install: 'apt-get install coreutils',
  begin: 'mkdir ../repository',
  save: 'cp -ru . ../repository',
  clear: clearAllBut('.'),
  restore: 'cp -r ../repository/. .',
  repository: '../repository',
};
