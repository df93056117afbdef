// Owns a stand-in for the chunk store in tests of checkouts: assets in memory, written as a data plane writes them.
import { chmodSync, writeFileSync } from 'node:fs';
import type { RestoredFile } from '../../core/dataplane/dataPlane.ts';
import type { OperationOptions } from '../../core/progress.ts';
import type { AssetStore } from '../../core/worktree/checkout.ts';
import { lookAt, place } from '../../core/worktree/placement.ts';

type Files = Parameters<AssetStore['restore']>[0];

export class MemoryAssets implements AssetStore {
  /** Content by BLAKE3. */
  readonly contents = new Map<string, Buffer>();
  /** Files in the order in which they were asked for. */
  readonly asked: string[] = [];
  /** Called before each file; what it returns is the file's result, what it throws ends the call. */
  before: (path: string) => RestoredFile | undefined = () => undefined;

  async *restore(
    files: Files,
    options: OperationOptions,
  ): AsyncGenerator<{ index: number; result: RestoredFile }[]> {
    let bytes = 0;
    for (const [index, file] of files.entries()) {
      await Promise.resolve();
      options.signal?.throwIfAborted();
      this.asked.push(file.path);
      yield [{ index, result: this.before(file.path) ?? this.#write(file) }];
      bytes += file.pointer.size;
      options.onProgress?.({
        phase: 'restore',
        files: index + 1,
        totalFiles: files.length,
        bytes,
        totalBytes: 0,
        newBytes: 0,
        storedBytes: 0,
      });
    }
  }

  #write({ path, temporary, pointer, mode, expect }: Files[number]): RestoredFile {
    const bytes = this.contents.get(pointer.blake3);
    if (!bytes) return { state: 'failed', code: 'CORRUPT', message: 'a chunk is missing' };
    writeFileSync(temporary, bytes, { flag: 'wx' });
    chmodSync(temporary, mode);
    if (!place(temporary, path, expect)) return { state: 'conflict' };
    const stat = lookAt(path);
    return stat ? { state: 'done', stat } : { state: 'failed', code: 'ENOENT', message: 'gone' };
  }
}
