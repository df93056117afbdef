// Owns what the command line needs from the process around it; tests give their own.
import type { Repository } from '../core/repo/repository.ts';
import type { InitResult } from '../core/repo/types.ts';
import type { CloneOptions, CloneResult } from '../core/sync/clone.ts';
import type { Output } from './output/output.ts';

export interface OpenOptions {
  /** False: fail at once when another process is changing the repository. */
  wait: boolean;
  /** Told, once, whom the command waits for. */
  onWait: (holder: string) => void;
  /** Told, once per machine, what the portable plane costs when the native one is not there. Undefined: nobody listens. */
  onPortable: ((message: string) => void) | undefined;
}

export interface Host {
  /** Absolute. */
  cwd: string;
  stdin: AsyncIterable<Buffer>;
  stdout: Output;
  stderr: Output;
  /** Fires on Ctrl+C. */
  signal: AbortSignal;
  open(folder: string, options: OpenOptions): Promise<Repository>;
  /** `unreal`: write rules for Unreal projects where a `.uproject` is. */
  initialise(folder: string, options: { unreal: boolean }): Promise<InitResult>;
  /** Both absolute; see core/sync/clone.ts. */
  clone(source: string, target: string, options: OpenOptions & CloneOptions): Promise<CloneResult>;
  /** The user's own settings file, and what reads it. */
  globalSettings(): Promise<GlobalSettings>;
  version(): Promise<VersionInfo>;
  /** Runs the language server on standard input and output until its client leaves. */
  serveLanguage(): Promise<void>;
}

export interface GlobalSettings {
  list(): Promise<Record<string, string>>;
  /** @throws ForgeError USAGE for a key or value that means nothing */
  set(key: string, value: string): Promise<void>;
  /** @throws ForgeError NOT_FOUND */
  unset(key: string): Promise<void>;
}

export interface VersionInfo {
  version: string;
  plane: string;
  /** How huge files are read: see WayOfReading in core/dataplane/dataPlane.ts. */
  io: string;
  node: string;
  platform: string;
}
