// Owns the paths of segments by their numbers, also while another process seals (renames) them.
import type { ChunkIndex } from './chunkIndex.ts';
import type { SegmentFiles } from './segmentFiles.ts';

export class SegmentPaths {
  private readonly files: SegmentFiles;
  private readonly index: ChunkIndex;
  private readonly paths = new Map<number, string>();
  /** Segments that the index knows and no file is there for. */
  private readonly lost = new Set<number>();

  constructor(files: SegmentFiles, index: ChunkIndex) {
    this.files = files;
    this.index = index;
    this.readNames();
  }

  /** Absolute path of a segment by its number, also of one that was added since; undefined when there is none. */
  readonly of = (segment: number): string | undefined => {
    if (!this.paths.has(segment) && !this.lost.has(segment)) this.readNames();
    return this.paths.get(segment);
  };

  private readNames(): void {
    for (const { number, name } of this.index.segments()) {
      if (!this.paths.has(number) && !this.lost.has(number)) this.paths.set(number, this.files.path(name));
    }
  }

  /**
   * Looks where segments went that are no longer where the index said: the index may know by now (of a new name, or of other
   * places for what was in them), or a crash came between the renaming and the index. Returns whether any path changed.
   */
  async refresh(index: ChunkIndex): Promise<boolean> {
    const present = new Set(await this.files.names());
    const missing = new Map<string, number>();
    const known = new Set<number>();
    let changed = false;
    this.lost.clear();
    index.refresh();
    for (const { number, name, uuid } of index.segments()) {
      known.add(number);
      if (present.delete(name)) changed = this.set(number, name) || changed;
      else missing.set(uuid, number);
    }
    for (const name of missing.size > 0 ? present : []) {
      const uuid = (await this.files.uuid(name)) ?? '';
      const number = missing.get(uuid);
      if (number === undefined) continue;
      missing.delete(uuid);
      changed = this.set(number, name) || changed;
    }
    // Without a path, no plan leads to a segment that is lost.
    for (const number of missing.values()) {
      this.lost.add(number);
      changed = this.paths.delete(number) || changed;
    }
    for (const number of this.paths.keys()) {
      if (!known.has(number)) changed = this.paths.delete(number) || changed;
    }
    return changed;
  }

  private set(number: number, name: string): boolean {
    const path = this.files.path(name);
    if (this.paths.get(number) === path) return false;
    this.paths.set(number, path);
    return true;
  }
}
