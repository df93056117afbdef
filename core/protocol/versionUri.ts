// Owns the URIs that name a file at a revision: `forge:/abs/path?{"revision":"…"}`, whose path is the file's place in the working tree.

export const VERSION_SCHEME = 'forge';

/** Stands for what is staged (the Git index) where a revision is asked for, as `:path` does for git. */
export const STAGED = ':';

/** A file as it was; `revision` undefined: as it is in the working tree. */
export interface FileVersionRef {
  /** Absolute path in the working tree; of a renamed file the path that it had in the revision. */
  file: string;
  /** A commit, a branch, `HEAD`, … or STAGED. */
  revision?: string | undefined;
}

/** The query of a version's URI. */
export function versionQuery(revision: string): string {
  return JSON.stringify({ revision });
}

/** The revision that a query names. @throws Error when it is no query of a version's URI */
export function parseVersionQuery(query: string): string {
  const value: unknown = JSON.parse(query);
  if (
    typeof value === 'object' &&
    value !== null &&
    'revision' in value &&
    typeof value.revision === 'string'
  )
    return value.revision;
  throw new Error(`not the query of a version: ${query}`);
}
