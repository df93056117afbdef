// Owns running the real command line in the demo's folder and showing what a person would see.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

export interface Shown {
  /** Lines of output to show; more are counted. */
  lines?: number;
}

export interface Ran {
  stdout: string;
  seconds: number;
}

const MOST_LINES = 12;
const MOST_OUTPUT = 64 * 1024 * 1024;

export class Stage {
  private readonly forgeFile: string;
  private readonly folder: string;
  private readonly write: (line: string) => void;
  private readonly colours: boolean;

  /** `root`: of this checkout; `folder`: where commands run. */
  constructor(root: string, folder: string, write: (line: string) => void, colours: boolean) {
    this.forgeFile = path.join(root, 'forge');
    this.folder = folder;
    this.write = write;
    this.colours = colours;
  }

  heading(text: string): void {
    this.write(`\n${this.style(1, text)}`);
  }

  say(text: string): void {
    this.write(text);
  }

  /** Shows the command and the beginning of its output. Throws when it fails. */
  forge(args: string[], { lines = MOST_LINES }: Shown = {}): Ran {
    this.write(`${this.style(2, '$')} ${this.style(36, commandLine(args))}`);
    const ran = this.run(args, this.colours);
    const all = ran.stdout.trimEnd().split('\n');
    const some = all.length <= lines + 1 ? all : all.slice(0, lines);
    for (const line of some.filter((line) => line !== '' || all.length > 1)) this.write(`  ${line}`);
    if (some.length < all.length) this.write(this.style(2, `  … ${all.length - some.length} more lines`));
    return ran;
  }

  /** Runs a command without showing it; returns the document that --json prints. */
  ask<T>(args: string[]): T {
    return JSON.parse(this.run([...args, '--json'], false).stdout) as T;
  }

  private run(args: string[], colours: boolean): Ran {
    const start = performance.now();
    const done = spawnSync(this.forgeFile, args, {
      cwd: this.folder,
      env: { ...process.env, FORCE_COLOR: colours ? '1' : '0' },
      encoding: 'utf8',
      maxBuffer: MOST_OUTPUT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const seconds = (performance.now() - start) / 1000;
    if (done.error) throw done.error;
    const told = done.stderr.trimEnd();
    if (told !== '') this.write(told.replaceAll(/^/gm, '  '));
    // With --json errors are on standard output.
    if (done.status !== 0 && told === '') this.write(`  ${done.stdout.trimEnd()}`);
    if (done.status !== 0) throw new Error(`${commandLine(args)} failed with exit code ${done.status}`);
    return { stdout: done.stdout, seconds };
  }

  private style(code: number, text: string): string {
    return this.colours ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

/** As a person would type it. */
export function commandLine(args: string[]): string {
  const words = args.map((word) =>
    /^[\w./:=@~^+-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
  );
  return ['forge', ...words].join(' ');
}
