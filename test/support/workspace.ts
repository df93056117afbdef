// Owns what most tests of data planes start from: a folder for files, and an empty store in it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SegmentStore } from './segmentStore.ts';
import { tempFolder } from './tempFolder.ts';

export interface Workspace {
  folder: string;
  store: SegmentStore;
  /** Writes a file into the folder and returns its path. */
  write(name: string, bytes: string | Uint8Array): string;
}

/** A workspace that is new for each test of the current block. */
export function useWorkspace(): Workspace {
  const workspace = {} as Workspace;
  beforeEach(async () => {
    const folder = await tempFolder();
    workspace.folder = folder;
    workspace.store = new SegmentStore(join(folder, 'store'));
    workspace.write = (name, bytes) => {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      return path;
    };
  });
  return workspace;
}
