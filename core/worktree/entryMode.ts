// Owns what the modes of tree entries and of files say about each other.
import type { StatTuple } from '../dataplane/dataPlane.ts';

export const FILE_MODE = 0o100644;
export const EXECUTABLE_MODE = 0o100755;
export const LINK_MODE = 0o120000;
export const GITLINK_MODE = 0o160000;

const FORMAT_BITS = 0o170000;
const OWNER_EXECUTES = 0o100;

/** `gitlink` is a commit of another repository, which a working tree has as a folder. */
export type EntryKind = 'file' | 'symlink' | 'gitlink' | 'other';

/** Kind of a tree entry. */
export function entryKind(mode: number): EntryKind {
  switch (mode & FORMAT_BITS) {
    case 0o100000:
      return 'file';
    case LINK_MODE:
      return 'symlink';
    case GITLINK_MODE:
      return 'gitlink';
    default:
      return 'other';
  }
}

/** The kind of tree entry that what is in the working tree can stand for. */
export function kindOfStat(stat: StatTuple): EntryKind {
  return (stat[6] & FORMAT_BITS) === 0o040000 ? 'gitlink' : entryKind(stat[6]);
}

/** Of a tree entry or a file alike: Git looks at the owner's bit alone. */
export function isExecutable(mode: number): boolean {
  return (mode & OWNER_EXECUTES) !== 0;
}
