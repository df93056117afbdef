// Owns the typed error that every layer throws: a code for programs, a message and a remedy for people.

export type ErrorCode =
  | 'NO_REPOSITORY'
  | 'REPOSITORY_EXISTS'
  | 'FORMAT_TOO_NEW'
  | 'USAGE'
  | 'NOT_FOUND'
  | 'UNKNOWN_REVISION'
  | 'INVALID_NAME'
  | 'ALREADY_EXISTS'
  | 'UNREADABLE'
  | 'FILE_CHANGED'
  | 'DISK_FULL'
  | 'READ_ONLY'
  | 'PATH_ESCAPE'
  | 'NAME_COLLISION'
  | 'CORRUPT'
  | 'LOCKED'
  | 'NO_AUTHOR'
  | 'NOTHING_TO_COMMIT'
  | 'NOTHING_TO_UNDO'
  | 'EXPIRED'
  | 'UNSAVED_WORK'
  | 'UNSUPPORTED'
  | 'ABORTED'
  | 'IO';

/**
 * An error a person can act on. `message` names the file or object; `remedy` says what to do about it.
 */
export class ForgeError extends Error {
  override readonly name = 'ForgeError';
  readonly code: ErrorCode;
  readonly remedy: string;
  readonly path: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    remedy: string,
    options?: { path?: string; cause?: unknown },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = remedy;
    this.path = options?.path;
  }
}

/** Turns an error of the operating system (`ENOSPC`, `EACCES`, …) into a ForgeError that names `path`. */
export function fromSystemError(error: unknown, path: string, doing: string): ForgeError {
  if (error instanceof ForgeError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const options = { path, cause: error };
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new ForgeError(
        'DISK_FULL',
        `No space left while ${doing} ${path}`,
        'Free some space and run the command again; nothing that was committed is lost.',
        options,
      );
    case 'EROFS':
      return new ForgeError(
        'READ_ONLY',
        `${path} is on a read-only file system`,
        'Work on a writable copy.',
        options,
      );
    case 'EACCES':
    case 'EPERM':
      return new ForgeError(
        'UNREADABLE',
        `No permission while ${doing} ${path}`,
        'Check the permissions of this path.',
        options,
      );
    case 'ENOENT':
    case 'ENOTDIR':
      return new ForgeError(
        'NOT_FOUND',
        `${path} is missing (${doing})`,
        'Check the path, or run the command again.',
        options,
      );
    default: {
      const text = error instanceof Error ? error.message : String(error);
      return new ForgeError(
        'IO',
        `Failed ${doing} ${path}: ${text}`,
        'Check the disk, then run the command again.',
        options,
      );
    }
  }
}
