// Owns a cache on disk of the values of huge assets' sections, by which the next version is told to be mostly as it was.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataPlane } from '../dataplane/dataPlane.ts';

/** Of all files in the cache: 16 bytes for each MiB of an asset, so assets of 4 TiB. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * One file for each asset, named by its id. The hash of the values is that id, so whatever is read is checked by it, and nothing needs
 * to be written durably. What is missing or damaged only costs time.
 */
export class SectionCache {
  readonly #folder: string;
  readonly #plane: DataPlane;
  readonly #mostBytes: number;

  /** `folder` need not exist. */
  constructor(folder: string, plane: DataPlane, mostBytes = MOST_BYTES) {
    this.#folder = folder;
    this.#plane = plane;
    this.#mostBytes = mostBytes;
  }

  /** Values of an asset's sections, 32 bytes each. Undefined when they are not known, or the plane cannot check them. */
  read(blake3: string): Buffer | undefined {
    try {
      const values = readFileSync(join(this.#folder, blake3));
      return this.#plane.hashOfSections(values) === blake3 ? values : undefined;
    } catch {
      return undefined;
    }
  }

  /** The oldest files make room. Whoever else writes at the same time writes the same, or leaves what is found to be damaged. */
  write(blake3: string, values: Buffer): void {
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeFileSync(join(this.#folder, blake3), values);
      this.#makeRoom();
    } catch {
      // Nothing depends on it.
    }
  }

  #makeRoom(): void {
    const files = readdirSync(this.#folder).map((name) => {
      const path = join(this.#folder, name);
      const { size, mtimeMs } = statSync(path);
      return { path, size, mtimeMs };
    });
    let sum = 0;
    for (const { path, size } of files.sort((a, b) => b.mtimeMs - a.mtimeMs)) {
      sum += size;
      if (sum > this.#mostBytes) rmSync(path, { force: true });
    }
  }
}
