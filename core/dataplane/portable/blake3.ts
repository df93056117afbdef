// Owns the portable plane's BLAKE3: hash-wasm's hasher, instantiated once and reused.
import { createBLAKE3 } from 'hash-wasm';

/** An incremental BLAKE3. One instance hashes one thing at a time. */
export class Blake3 {
  private readonly hasher: Awaited<ReturnType<typeof createBLAKE3>>;

  private constructor(hasher: Awaited<ReturnType<typeof createBLAKE3>>) {
    this.hasher = hasher;
  }

  /** Compiling the WebAssembly takes a few milliseconds, so keep the instance. */
  static async create(): Promise<Blake3> {
    return new Blake3(await createBLAKE3());
  }

  start(): void {
    this.hasher.init();
  }

  update(bytes: Uint8Array): void {
    this.hasher.update(bytes);
  }

  /** 32 bytes; `start` begins the next hash. */
  finish(): Buffer {
    return Buffer.from(this.hasher.digest('binary'));
  }

  hash(bytes: Uint8Array): Buffer {
    this.start();
    this.update(bytes);
    return this.finish();
  }
}
