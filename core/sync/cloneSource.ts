// Owns what a clone is made from: a repository in a folder, which is only read, and what its branches and tags were at one moment.
import { realpath } from 'node:fs/promises';
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

  /** @throws ForgeError CORRUPT */
  async snapshot(): Promise<RefSnapshot> {
    const { symbolic, commit } = await this.refs.head();
    const branches = shortNames(await this.refs.list(HEADS), HEADS);
    const headBranch = symbolic?.startsWith(HEADS) ? symbolic.slice(HEADS.length) : undefined;
    return {
      branches,
      tags: shortNames(await this.refs.list(TAGS), TAGS),
      headBranch,
      // The branch may have moved between the two looks.
      headCommit: (headBranch === undefined ? undefined : branches.get(headBranch)) ?? commit,
    };
  }

  close(): void {
    this.objects.close();
  }
}

function shortNames(refs: Map<string, string>, prefix: string): Map<string, string> {
  return new Map([...refs].map(([name, oid]) => [name.slice(prefix.length), oid]));
}
