// Owns a small disk of a test's own, which can be full or read-only; only where this user may mount one.
import { spawnSync } from 'node:child_process';
import type { Context } from 'mocha';
import { tempFolder } from './tempFolder.ts';

export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Skips the test, with a line that says so, where nothing can be mounted. */
  static async mount(test: Context, megabytes: number): Promise<SmallDisk> {
    const disk = new SmallDisk(await tempFolder());
    if (!mountWith('-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk.folder)) {
      console.log('      skipped: no disk can be mounted here');
      test.skip();
    }
    return disk;
  }

  /** No file may be open for writing. */
  makeReadOnly(): void {
    if (!mountWith('-o', 'remount,ro', this.folder))
      throw new Error(`${this.folder} cannot be mounted again`);
  }

  /** Also while a program still has files of it open. */
  unmount(): void {
    spawnSync('umount', ['-l', this.folder]);
  }
}

function mountWith(...args: string[]): boolean {
  return spawnSync('mount', args).status === 0;
}
