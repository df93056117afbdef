// Owns one run of one command: its common options, the repository it works on and how it answers.
import path from 'node:path';
import type { Repository } from '../core/repo/repository.ts';
import type { OperationOptions } from '../core/progress.ts';
import type { Host, OpenOptions } from './host.ts';
import type { Colours } from './output/colours.ts';
import { toJson, type Output } from './output/output.ts';
import { printable } from './output/printable.ts';
import { ProgressReporter } from './output/progress.ts';
import { fromRepositoryPath, toRepositoryPath } from './paths.ts';

/** Options that every command takes, before or after its name. */
export interface CommonOptions {
  json?: boolean;
  quiet?: boolean;
  wait: boolean;
  C?: string;
}

export class Session {
  readonly host: Host;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Where the command runs: the current folder, or that of -C. */
  readonly folder: string;
  /** 1 when a command ran to its end and what it found is bad news. */
  exitCode = 0;
  private readonly wait: boolean;
  private repository: Repository | undefined;
  private progress: ProgressReporter | undefined;

  constructor(host: Host, options: CommonOptions) {
    this.host = host;
    this.json = options.json === true;
    this.quiet = options.quiet === true;
    this.wait = options.wait;
    this.folder = path.resolve(host.cwd, options.C ?? '.');
  }

  get output(): Output {
    return this.host.stdout;
  }

  get colours(): Colours {
    return this.host.stdout.colours;
  }

  /** The repository around the folder, opened once. @throws ForgeError NO_REPOSITORY and what else opening throws */
  async open(): Promise<Repository> {
    this.repository ??= await this.host.open(this.folder, this.opening());
    return this.repository;
  }

  /** How a repository is opened: what is said while another process changes it, and of the plane. */
  opening(): OpenOptions {
    return {
      wait: this.wait,
      onWait: (holder) => this.note(`Waiting for ${holder}`),
      onPortable: this.quiet || this.json ? undefined : (message) => this.note(message),
    };
  }

  /** Stop signal and progress for a long operation. */
  operation(): OperationOptions {
    if (this.quiet) return { signal: this.host.signal };
    this.progress ??= new ProgressReporter(this.host.stderr);
    return { signal: this.host.signal, onProgress: this.progress.report };
  }

  /** Repository paths of what the user named. The repository must be open. @throws ForgeError PATH_ESCAPE */
  paths(given: readonly string[]): string[] {
    const { root } = this.openRepository;
    return given.map((one) => toRepositoryPath(root, this.folder, one));
  }

  /** Makes text that others wrote harmless where a terminal would obey it. */
  readonly clean = (text: string): string => (this.output.isTerminal ? printable(text) : text);

  /** A repository path as the user would type it here. */
  relative(repositoryPath: string): string {
    return fromRepositoryPath(this.openRepository.root, this.folder, repositoryPath);
  }

  /** Prints what was asked for: the value with --json, else its lines. */
  async show(value: unknown, lines: () => string[]): Promise<void> {
    this.progress?.finish();
    await this.output.write(
      this.json
        ? toJson(value)
        : lines()
            .map((line) => `${line}\n`)
            .join(''),
    );
  }

  /** Prints what was done: the value with --json, else its lines, which --quiet leaves out. */
  async done(value: unknown, lines: () => string[]): Promise<void> {
    if (this.json || !this.quiet) await this.show(value, lines);
  }

  /** A line for the person watching, on standard error. */
  note(message: string): void {
    if (!this.quiet && !this.json) void this.host.stderr.write(`${message}\n`);
  }

  async close(): Promise<void> {
    this.progress?.finish();
    await this.repository?.close();
  }

  private get openRepository(): Repository {
    if (!this.repository) throw new Error('paths need an open repository');
    return this.repository;
  }
}
