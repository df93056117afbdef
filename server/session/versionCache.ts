// Owns copies of old versions on disk, for viewers that need a file: kept by content, the oldest going when there are too many bytes.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import * as l10n from '@vscode/l10n';
import { ForgeError } from '../../core/errors.ts';
import type { OperationOptions } from '../../core/progress.ts';
import type { RepositorySession } from './repositorySession.ts';

/** What is kept between windows, in bytes. What this window asked for stays whatever it takes. */
const MOST_BYTES = 2 * 1024 ** 3;

export class VersionCache {
  private folder: string;
  private readonly used = new Set<string>();
  private readonly pending = new Map<string, Promise<{ path: string; size: number }>>();

  /** `folder` is made when it is needed. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** Keeps copies in another folder from now on. */
  moveTo(folder: string): void {
    this.folder = folder;
  }

  /**
   * A file that holds what `file` (an absolute path in the working tree) was in `revision`, with its extension.
   * @throws ForgeError NOT_FOUND, CORRUPT, DISK_FULL, …
   */
  async materialise(
    session: RepositorySession,
    revision: string,
    file: string,
    operation: OperationOptions,
  ): Promise<{ path: string; size: number }> {
    const path = session.pathOf(file);
    const version = await session.repository.describeFile(revision, path);
    if (!version) {
      throw new ForgeError(
        'NOT_FOUND',
        l10n.t('{0} is not a file in {1}', path, revision),
        l10n.t('Choose another version.'),
        { path: file },
      );
    }
    // Texts have no content name of their own here; where they are from tells them apart as well.
    const id =
      version.blake3 ?? createHash('sha256').update(`${session.root}\n${revision}\n${path}`).digest('hex');
    const target = join(this.folder, `${id}${extname(file).toLowerCase()}`);
    this.used.add(target);
    const known = this.pending.get(target);
    if (known) return known;
    const made = this.make(session, { revision, path }, { target, ...version }, operation);
    this.pending.set(target, made);
    try {
      return await made;
    } finally {
      this.pending.delete(target);
    }
  }

  /** A file that holds `bytes`; `extension` begins with a dot. */
  async keep(bytes: Uint8Array, extension: string): Promise<string> {
    const target = join(this.folder, `${createHash('sha256').update(bytes).digest('hex')}${extension}`);
    this.used.add(target);
    const there = await stat(target).catch(() => undefined);
    if (there?.size === bytes.length) return target;
    await this.makeRoom(bytes.length);
    // Whoever reads it finds all of it or none.
    const partial = `${target}.${randomUUID()}`;
    await writeFile(partial, bytes);
    await rename(partial, target);
    return target;
  }

  private async make(
    session: RepositorySession,
    from: { revision: string; path: string },
    { target, size, blake3 }: { target: string; size: number; blake3?: string },
    operation: OperationOptions,
  ): Promise<{ path: string; size: number }> {
    const there = await stat(target).catch(() => undefined);
    if (there?.size === size && blake3 !== undefined) {
      const now = new Date();
      await utimes(target, now, now);
      return { path: target, size };
    }
    await rm(target, { force: true });
    await this.makeRoom(size);
    return { path: target, size: await session.repository.copyFile(from, target, operation) };
  }

  /** Removes what nobody asked for the longest, until `size` more bytes fit. */
  private async makeRoom(size: number): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const files: { path: string; size: number; time: number }[] = [];
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile()) files.push({ path, size: found.size, time: found.mtimeMs });
    }
    let total = files.reduce((sum, one) => sum + one.size, size);
    for (const one of files.sort((a, b) => a.time - b.time)) {
      if (total <= MOST_BYTES) return;
      if (this.used.has(one.path)) continue;
      await rm(one.path, { force: true });
      total -= one.size;
    }
  }
}
