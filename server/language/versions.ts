// Owns the versions of a file that a hover shows: read from the history once for each HEAD, and never waited for too long.
import type { FileHistoryEntry } from '../../core/repo/types.ts';

/** A version as a hover shows it; more is known where the history tells it. */
export interface ShownVersion {
  commit: string;
  /** Path that the file had then, in the repository. */
  path: string;
  author: string;
  /** ISO 8601. */
  time: string;
  message: string;
  /** Bytes. */
  size?: number;
  /** Bytes that the version took in the store over those before it. */
  addedBytes?: number;
}

export interface HistorySource {
  readonly root: string;
  fileHistory(path: string): AsyncGenerator<FileHistoryEntry>;
}

/** Files whose versions are remembered. */
const REMEMBERED = 500;

export class Versions {
  private readonly read = new Map<string, Promise<ShownVersion[]>>();

  /**
   * The last `limit` versions of a path, newest first; `head` is HEAD now, and what is remembered holds for it alone. Undefined when they are not known within `patience`
   * milliseconds: they are read on, and the next question finds them.
   */
  async of(
    repository: HistorySource,
    head: string,
    path: string,
    limit: number,
    patience: number,
  ): Promise<ShownVersion[] | undefined> {
    const key = [repository.root, head, path, limit].join('\0');
    let versions = this.read.get(key);
    if (!versions) {
      versions = readVersions(repository, path, limit);
      this.read.set(key, versions);
      versions.catch(() => this.read.delete(key));
      const [oldest] = this.read.keys();
      if (this.read.size > REMEMBERED) this.read.delete(oldest);
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), patience);
    });
    try {
      return await Promise.race([versions, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

async function readVersions(repository: HistorySource, path: string, limit: number): Promise<ShownVersion[]> {
  const versions: ShownVersion[] = [];
  if (limit <= 0) return versions;
  for await (const entry of repository.fileHistory(path)) {
    const { commit, author, time, message, version, addedBytes } = entry;
    // A commit that removed the file has nothing to open.
    if (!version) continue;
    const size = { size: version.size, ...(addedBytes !== undefined && { addedBytes }) };
    versions.push({ commit, path: entry.path, author: author.name, time, message, ...size });
    if (versions.length === limit) break;
  }
  return versions;
}
