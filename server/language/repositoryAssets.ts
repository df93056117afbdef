// Owns what the language features know of each open repository: its paths, their state, its mounts; kept by the updates it sends.
import type { Change, RepositoryUpdate } from '../../core/protocol/repositories.ts';
import { type AssetCatalogue, PackedCatalogue } from './assetCatalogue.ts';
import { type Mount, mountsOf } from './mounts.ts';

/** What is needed of an open repository. */
export interface PathSource {
  trackedPaths(): Promise<Set<string>>;
}

export interface KnownAssets {
  catalogue: AssetCatalogue;
  mounts: Mount[];
}

export class RepositoryAssets {
  private readonly source: PathSource;
  private readonly changes = new Map<string, Change>();
  private head: string | undefined;
  private known: Promise<KnownAssets> | undefined;

  constructor(source: PathSource) {
    this.source = source;
  }

  /** HEAD as the last update told it. */
  get commit(): string | undefined {
    return this.head;
  }

  /** Takes in what a repository tells. Whether paths came or went is returned. */
  update({ reset, touched, changes, head }: RepositoryUpdate): boolean {
    const before = this.signature();
    if (reset) this.changes.clear();
    for (const path of touched) this.changes.delete(path);
    for (const change of changes) this.changes.set(change.path, change);
    const moved = head.commit !== this.head || before !== this.signature();
    this.head = head.commit;
    if (moved) this.known = undefined;
    return moved;
  }

  /** How a path differs from what is committed; undefined where it does not. */
  changeOf(path: string): Change | undefined {
    return this.changes.get(path);
  }

  /** Where a file of the working tree went that is not committed yet. */
  movedTo(path: string): string | undefined {
    for (const change of this.changes.values()) if (change.from === path) return change.path;
    return undefined;
  }

  /** The index is read once, and again when paths came or went. */
  assets(): Promise<KnownAssets> {
    this.known ??= this.read().catch((error: unknown) => {
      this.known = undefined;
      throw error;
    });
    return this.known;
  }

  private async read(): Promise<KnownAssets> {
    const paths = await this.source.trackedPaths();
    for (const { path, state, from } of this.changes.values()) {
      if (state === 'deleted') paths.delete(path);
      else paths.add(path);
      if (from !== undefined) paths.delete(from);
    }
    return { catalogue: new PackedCatalogue(paths), mounts: mountsOf(paths) };
  }

  /** Changes when a path comes or goes, not when content does. */
  private signature(): string {
    let signature = '';
    for (const { path, state, from, staged } of this.changes.values())
      if (state !== 'modified') signature += `${path}\0${state}\0${from ?? ''}\0${staged}\n`;
    return signature;
  }
}
