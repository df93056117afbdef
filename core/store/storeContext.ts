// Owns what the store's operations work with.
import type { DataPlane } from '../dataplane/dataPlane.ts';
import type { ChunkIndex, WritableChunkIndex } from './chunkIndex.ts';
import type { SegmentFiles } from './segmentFiles.ts';

export interface StoreContext {
  files: SegmentFiles;
  plane: DataPlane;
  index: ChunkIndex;
  /** Worker threads to use at most. */
  cores: number;
}

export interface WritableStoreContext extends StoreContext {
  index: WritableChunkIndex;
}
