// Owns the paths of segments by their numbers, also while another process seals (renames) them.
import type { ChunkIndex } from './chunkIndex.ts';
import type { SegmentFiles } from './segmentFiles.ts';

export class SegmentPaths {
  private readonly files: SegmentFiles;
  private readonly paths = new Map<number, string>();

  constructor(files: SegmentFiles, index: ChunkIndex) {
    this.files = files;
    for (const { number, name } of index.segments()) this.paths.set(number, files.path(name));
  }

  readonly of = (segment: number): string | undefined => this.paths.get(segment);

  /**
   * Looks where segments went that are no longer where the index said: the index may know by now, or a crash came between
   * the renaming and the index. Returns whether any path changed.
   */
  async refresh(index: ChunkIndex): Promise<boolean> {
    const present = new Set(await this.files.names());
    const missing = new Map<string, number>();
    let changed = false;
    for (const { number, name, uuid } of index.segments()) {
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
    for (const number of missing.values()) changed = this.paths.delete(number) || changed;
    return changed;
  }

  private set(number: number, name: string): boolean {
    const path = this.files.path(name);
    if (this.paths.get(number) === path) return false;
    this.paths.set(number, path);
    return true;
  }
}
