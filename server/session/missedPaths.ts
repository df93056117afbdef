// Owns the suspicion that the watcher missed something: paths that a check found changed, until it is clear whether they were told of.
import { foldersAbove } from '../../core/model/foldersAbove.ts';

/** What a watcher has to tell it tells within so many milliseconds. */
const LATEST_MS = 2_000;

export class MissedPaths {
  private readonly warn: (paths: string[]) => void;
  private suspects: string[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** `warn` gets the paths that nobody told of, once that is sure. */
  constructor(warn: (paths: string[]) => void) {
    this.warn = warn;
  }

  /** These were found to be other than known. `told`: what was known to be touched before. */
  suspect(paths: readonly string[], told: ReadonlySet<string>): void {
    this.suspects = paths.filter((path) => !isTold(path, told));
    clearTimeout(this.timer);
    if (this.suspects.length === 0) return;
    this.timer = setTimeout(() => {
      const { suspects } = this;
      this.suspects = [];
      if (suspects.length > 0) this.warn(suspects);
    }, LATEST_MS).unref();
  }

  /** The watcher tells of these; undefined: of everything. */
  touched(paths: ReadonlySet<string> | undefined): void {
    if (this.suspects.length > 0)
      this.suspects = paths ? this.suspects.filter((path) => !isTold(path, paths)) : [];
  }

  close(): void {
    clearTimeout(this.timer);
  }
}

function isTold(path: string, told: ReadonlySet<string>): boolean {
  return told.has(path) || foldersAbove(path).some((folder) => told.has(folder));
}
