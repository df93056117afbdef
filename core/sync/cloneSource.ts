// Owns what a clone is made from: a repository in a folder, which is only read, and what its branches and tags were at one moment.
import { realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import { commonDirOf } from '../git/files.ts';
import { openGitDirectory } from '../git/gitDirectory.ts';
import { GitObjects } from '../git/gitObjects.ts';
import { GitRefs } from '../git/refs.ts';
import { Settings } from '../repo/settings.ts';

const HEADS = 'refs/heads/';
const TAGS = 'refs/tags/';

/** What the refs of a repository were; ids are those of commits, or of annotated tags. */
export interface RefSnapshot {
  /** By short name. */
  branches: Map<string, string>;
  tags: Map<string, string>;
  /** Short name of the branch that HEAD is on, which may have no commit yet; undefined when HEAD is detached. */
  headBranch: string | undefined;
  headCommit: string | undefined;
}

export class CloneSource {
  /** Absolute, with symbolic links resolved. */
  readonly root: string;
  readonly gitDir: string;
  readonly objects: GitObjects;
  private readonly refs: GitRefs;

  private constructor(root: string, gitDir: string) {
    this.root = root;
    this.gitDir = gitDir;
    this.objects = new GitObjects(gitDir);
    this.refs = new GitRefs(gitDir);
  }

  /**
   * Opens the repository whose root is `folder`; changes nothing there, whatever a killed writer left.
   * @throws ForgeError NOT_FOUND, NO_REPOSITORY, FORMAT_TOO_NEW, UNSUPPORTED, CORRUPT, UNREADABLE
   */
  static async open(folder: string): Promise<CloneSource> {
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(folder))
      throw new ForgeError(
        'UNSUPPORTED',
        `${folder} is an address; Forge clones from folders`,
        'Name a folder: on this disk, on a mounted share, on a drive.',
      );
    let root: string;
    try {
      root = await realpath(folder);
    } catch (error) {
      throw fromSystemError(error, folder, 'opening');
    }
    const forge = join(root, '.forge');
    let settings: Settings;
    try {
      settings = await Settings.load(forge);
    } catch (error) {
      if (!(error instanceof ForgeError) || error.code !== 'NOT_FOUND') throw error;
      throw new ForgeError(
        'NO_REPOSITORY',
        `${folder} is not the root of a Forge repository`,
        'Name the folder that `.forge` is in. A Git checkout becomes a Forge repository with `forge init`.',
        { path: root },
      );
    }
    const gitDir = resolve(forge, settings.git);
    await openGitDirectory(gitDir);
    return new CloneSource(root, gitDir);
  }

  /** The folder of segments. */
  get store(): string {
    return join(this.root, '.forge', 'store');
  }

  /** What stock Git finds the repository by: its root when it has a `.git` there, else its Git directory. */
  get url(): string {
    return basename(this.gitDir) === '.git' ? this.root : this.gitDir;
  }

  /** Holds what linked working trees share. */
  get commonDir(): string {
    return commonDirOf(this.gitDir);
  }

  /** @throws ForgeError CORRUPT, IO when the source went away */
  async snapshot(): Promise<RefSnapshot> {
    const { symbolic, commit } = await this.refs.head();
    const branches = shortNames(await this.refs.list(HEADS), HEADS);
    const headBranch = symbolic?.startsWith(HEADS) ? symbolic.slice(HEADS.length) : undefined;
    const tags = shortNames(await this.refs.list(TAGS), TAGS);
    // Of a drive that was pulled out there are no refs, and no error either.
    await this.refuseGone();
    return {
      branches,
      tags,
      headBranch,
      // The branch may have moved between the two looks.
      headCommit: (headBranch === undefined ? undefined : branches.get(headBranch)) ?? commit,
    };
  }

  /**
   * What a source is lacking that is not there any more says nothing about what it holds.
   * @param cause what failed because of it
   * @throws ForgeError IO when the source went away: its drive or share, or the folder itself
   */
  async refuseGone(cause?: unknown): Promise<void> {
    const { root } = this;
    const there = [join(root, '.forge', 'config.json'), join(this.gitDir, 'HEAD')];
    const stats = await Promise.allSettled(there.map((path) => stat(path)));
    if (stats.every(({ status }) => status === 'fulfilled')) return;
    throw new ForgeError(
      'IO',
      `${root} went away while it was cloned`,
      'Connect its drive or share again, or put the folder back, then run the same command: it goes on with the segments that were copied.',
      { path: root, cause },
    );
  }

  close(): void {
    this.objects.close();
  }
}

function shortNames(refs: Map<string, string>, prefix: string): Map<string, string> {
  return new Map([...refs].map(([name, oid]) => [name.slice(prefix.length), oid]));
}
