// Owns writing to standard output and standard error: back pressure, closed pipes, colours and the one JSON document.
import { once } from 'node:events';
import pc from 'picocolors';

export type Colours = ReturnType<typeof pc.createColors>;

/** A stream that never fails: once its reader is gone (`forge log | head`), `closed` is true and writes do nothing. */
export class Output {
  readonly isTerminal: boolean;
  readonly colours: Colours;
  closed = false;
  private readonly stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv) {
    this.stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.colours = pc.createColors(wantsColour(this.isTerminal, environment));
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.closed = true;
      if (error.code !== 'EPIPE') throw error;
    });
  }

  get columns(): number {
    return this.stream.columns ?? 80;
  }

  /** For drawing; everything else goes through `write`. */
  get terminal(): NodeJS.WriteStream {
    return this.stream;
  }

  /** Resolves when the stream takes more. */
  async write(data: string | Uint8Array): Promise<void> {
    if (this.closed || data.length === 0) return;
    if (this.stream.write(data)) return;
    await Promise.race([once(this.stream, 'drain'), once(this.stream, 'close')]).catch(() => undefined);
  }

  /** Resolves when everything written has reached the system. */
  async flush(): Promise<void> {
    if (this.closed) return;
    await new Promise<void>((resolve) => this.stream.write('', () => resolve()));
  }
}

/** NO_COLOR and FORCE_COLOR as no-color.org and force-color.org say. */
export function wantsColour(isTerminal: boolean, environment: NodeJS.ProcessEnv): boolean {
  if (environment.NO_COLOR) return false;
  if (environment.FORCE_COLOR) return environment.FORCE_COLOR !== '0';
  return isTerminal && environment.TERM !== 'dumb';
}

/** One JSON document on one line. A key without a value is null, so that programs find every key they were promised. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, (_key, inner: unknown) => (inner === undefined ? null : inner))}\n`;
}
