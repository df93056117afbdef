// Owns what people are told about paths that could not be looked at.
import type { PathProblem } from '../dataplane/dataPlane.ts';

/** `code` is the system's (EACCES, …) or one of Forge's. */
export interface WorkTreeProblem extends PathProblem {
  /** A reason a person understands; it does not repeat the path. */
  message: string;
}

/** Code of a folder that is a repository of its own. */
export const NESTED_REPOSITORY = 'NESTED_REPOSITORY';

const REASONS: Record<string, string> = {
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  ENOENT: 'it vanished while it was looked at',
  ENOTDIR: 'it vanished while it was looked at',
  EIO: 'the disk could not read it',
  ELOOP: 'it became a symbolic link while it was looked at',
  ENAMETOOLONG: 'its path is too long',
  INVALID_NAME: 'its name is not valid UTF-8; rename it to have it versioned',
  [NESTED_REPOSITORY]: 'it is a repository of its own, so what is in it is left alone',
};

export function describeProblem(path: string, code: string, detail?: string): WorkTreeProblem {
  return { path, code, message: REASONS[code] ?? `it cannot be read (${detail ?? code})` };
}

/** The problem that an error caught while looking at `path` stands for. */
export function problemOf(path: string, error: unknown): WorkTreeProblem {
  const { code, message } = error as NodeJS.ErrnoException;
  return describeProblem(path, code ?? 'EIO', message);
}
