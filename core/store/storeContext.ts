// Owns what the store's operations work with.
import type { DataPlane } from '../dataplane/dataPlane.ts';
import type { ChunkIndex, WritableChunkIndex } from './chunkIndex.ts';
import type { KnownVersions } from './knownVersions.ts';
import type { SectionCache } from './sectionCache.ts';
import type { SegmentFiles } from './segmentFiles.ts';

export interface StoreContext {
  files: SegmentFiles;
  plane: DataPlane;
  index: ChunkIndex;
  /** What is known of the sections of huge assets. */
  sections: SectionCache;
  /** Worker threads to use at most. */
  cores: number;
}

export interface WritableStoreContext extends StoreContext {
  index: WritableChunkIndex;
  known: KnownVersions;
}
