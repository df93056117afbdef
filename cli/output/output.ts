// Owns writing to standard output and standard error: back pressure, readers that leave, and the one JSON document.
import { once } from 'node:events';
import { fstatSync, statSync, writeSync } from 'node:fs';
import { devNull } from 'node:os';
import { createColours, type Colours, wantsColour } from './colours.ts';

/** Where an output goes: a file descriptor, and the stream on it, which is only made when it is needed. */
export interface Target {
  fd: number | undefined;
  isTerminal(): boolean;
  stream(): NodeJS.WriteStream;
}

/** Never fails because of its reader: once that is gone (`forge log | head`), `closed` is true and writes do nothing. */
export class Output {
  closed = false;
  private readonly target: Target;
  private readonly environment: NodeJS.ProcessEnv;
  private opened: NodeJS.WriteStream | undefined;
  private terminal: boolean | undefined;
  private palette: Colours | undefined;

  constructor(target: Target, environment: NodeJS.ProcessEnv) {
    this.target = target;
    this.environment = environment;
  }

  get isTerminal(): boolean {
    return (this.terminal ??= this.target.isTerminal());
  }

  get colours(): Colours {
    return (this.palette ??= createColours(wantsColour(this.isTerminal, this.environment)));
  }

  get columns(): number {
    // A terminal that does not know its width says 0.
    return this.isTerminal ? this.stream.columns || 80 : 80;
  }

  /** For drawing; everything else goes through `write`. */
  get stream(): NodeJS.WriteStream {
    if (!this.opened) {
      this.opened = this.target.stream();
      this.opened.on('error', (error: NodeJS.ErrnoException) => this.failed(error));
    }
    return this.opened;
  }

  /** Resolves when the stream takes more. */
  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    const rest = this.opened ? bytes : this.writeAtOnce(bytes);
    if (this.closed || rest.length === 0 || this.stream.write(rest)) return;
    await Promise.race([once(this.stream, 'drain'), once(this.stream, 'close')]).catch(() => undefined);
  }

  /** Resolves when everything written has reached the system. */
  async flush(): Promise<void> {
    const { opened } = this;
    if (!opened || this.closed) return;
    await new Promise<void>((resolve) => {
      opened.write('', () => resolve());
    });
  }

  /**
   * Writes to the descriptor directly and returns what it did not take: Node's streams need milliseconds to load, which is
   * long beside a `forge status`. A pipe that is full and does not block is left to the stream.
   */
  private writeAtOnce(bytes: Uint8Array): Uint8Array {
    const { fd } = this.target;
    let written = 0;
    try {
      while (fd !== undefined && !this.closed && written < bytes.length)
        written += writeSync(fd, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') this.failed(error as NodeJS.ErrnoException);
    }
    return bytes.subarray(written);
  }

  private failed(error: NodeJS.ErrnoException): void {
    this.closed = true;
    if (error.code !== 'EPIPE') throw error;
  }
}

/** Standard output or standard error of the process. */
export function standardTarget(fd: 1 | 2, stream: () => NodeJS.WriteStream): Target {
  // Asking Node's stream loads its network code, so what can be no terminal is not asked.
  return { fd, isTerminal: () => mayBeTerminal(fd) && stream().isTTY, stream };
}

function mayBeTerminal(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isCharacterDevice() && stat.rdev !== statSync(devNull).rdev;
  } catch {
    // The descriptor was closed before Forge started.
    return false;
  }
}

/** One JSON document on one line. A key without a value is null, so that programs find every key they were promised. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, (_key, inner: unknown) => (inner === undefined ? null : inner))}\n`;
}
