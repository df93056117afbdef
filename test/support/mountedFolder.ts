// Owns a drive of a test's own that can be taken away and come back with what is on it; only where this user may mount one.
import { spawnSync } from 'node:child_process';
import type { Context } from 'mocha';
import { tempFolder } from './tempFolder.ts';

export class MountedFolder {
  /** Where the drive is seen; an empty folder while it is away. */
  readonly folder: string;
  private readonly drive: string;

  private constructor(folder: string, drive: string) {
    this.folder = folder;
    this.drive = drive;
  }

  /** Skips the test, with a line that says so, where nothing can be mounted. */
  static async mount(test: Context): Promise<MountedFolder> {
    const mounted = new MountedFolder(await tempFolder(), await tempFolder());
    if (!mounted.bind()) {
      console.log('      skipped: no folder can be mounted here');
      test.skip();
    }
    return mounted;
  }

  /** Also while programs still have files of it open: they go on with those, and find no others. */
  takeAway(): void {
    spawnSync('umount', ['-l', this.folder]);
  }

  bringBack(): void {
    if (!this.bind()) throw new Error(`${this.folder} cannot be mounted again`);
  }

  private bind(): boolean {
    return spawnSync('mount', ['--bind', this.drive, this.folder]).status === 0;
  }
}
