// Owns which paths of a tree may be written into a working tree, and the folders on the way to them.
import { lstatSync, mkdirSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';

/** The longest name that Linux, macOS and Windows file systems keep, in bytes of UTF-8. */
const MAX_NAME_BYTES = 255;
/** A name this short is within the limit whatever its characters are. */
const ALWAYS_SHORT = MAX_NAME_BYTES / 3;
/** Code points that HFS+ ignores when it compares names. */
const HFS_IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;
/**
 * What a file system could take for `.git` or `.forge`: in any case, as the short name NTFS gives it, followed by dots and
 * spaces (which Windows drops) or by the name of an NTFS stream.
 */
const RESERVED = /^(\.git|git~1|\.forge|forge~1)[. ]*(:.*)?$/is;

/** All that the rules below could object to, but for length. Most paths have none of it. */
const SUSPICIOUS = /(?:^|\/)(?:\.|\/|$|git~|forge~)|[\\\0]|[^\0-\x7f]/i;

/**
 * Refuses a path of a tree that could reach outside the working tree or into a repository's own folders.
 * @throws ForgeError PATH_ESCAPE
 */
export function checkTreePath(path: string): void {
  if (path.length <= MAX_NAME_BYTES && !SUSPICIOUS.test(path)) return;
  if (path.includes('\\')) throw unsafePath(path, 'it holds a backslash');
  if (path.includes('\0')) throw unsafePath(path, 'it holds a NUL byte');
  for (const name of path.split('/')) {
    const reason = unsafeName(name);
    if (reason !== undefined) throw unsafePath(path, reason);
  }
}

function unsafeName(name: string): string | undefined {
  if (name === '') return 'it is absolute or holds an empty name';
  if (name === '.' || name === '..') return `it holds "${name}"`;
  if (name.length > ALWAYS_SHORT && Buffer.byteLength(name) > MAX_NAME_BYTES)
    return `a name in it is longer than ${MAX_NAME_BYTES} bytes`;
  if (isReservedName(name)) return `"${name}" could name a repository's own folder`;
  return undefined;
}

/** Whether some file system could take `name` for `.git` or `.forge`. */
function isReservedName(name: string): boolean {
  return RESERVED.test(name) || RESERVED.test(name.replace(HFS_IGNORED, ''));
}

function unsafePath(path: string, reason: string): ForgeError {
  return new ForgeError(
    'PATH_ESCAPE',
    `The path ${JSON.stringify(path)} is not safe to write: ${reason}`,
    'Nothing was written. Ask whoever made this version to rename the file.',
    { path },
  );
}

/** Folders of one working tree that were seen to be real ones, with the device each is on. Valid while nobody else moves them. */
export class FolderCache {
  /** Folders that were missing, outermost first. */
  readonly created: string[] = [];
  readonly #devices = new Map<string, number>();

  device(folder: string): number | undefined {
    return this.#devices.get(folder);
  }

  remember(folder: string, device: number): void {
    this.#devices.set(folder, device);
  }

  forget(folder: string): void {
    this.#devices.delete(folder);
  }
}

/** How the way to a path looks: real folders all along, a folder that is missing, or something else in a folder's place. */
export type ParentState =
  { kind: 'present'; device: number } | { kind: 'missing' | 'link' | 'file'; at: string };

/** Looks at the folders above `path`, from the root down, without following links. Paths are relative to `root`. */
export function parentState(root: string, path: string, cache: FolderCache): ParentState {
  return walkParents(root, path, cache, () => undefined);
}

/**
 * Creates the folders above `path` that are missing and returns the device of the last.
 * @throws ForgeError PATH_ESCAPE for a symbolic link in a folder's place, ALREADY_EXISTS for a file there, or a system error
 */
export function ensureParentFolders(root: string, path: string, cache: FolderCache): number {
  const state = walkParents(root, path, cache, (folder) => {
    mkdirSync(join(root, folder));
    cache.created.push(folder);
    return lstatSync(join(root, folder));
  });
  if (state.kind === 'present') return state.device;
  if (state.kind === 'link') {
    throw new ForgeError(
      'PATH_ESCAPE',
      `${path} would be written through the symbolic link ${state.at}`,
      `Replace the link ${state.at} by a folder, or move it away, then run the command again.`,
      { path },
    );
  }
  throw new ForgeError(
    'ALREADY_EXISTS',
    `${path} needs a folder where the file ${state.at} is`,
    `Move ${state.at} away, then run the command again.`,
    { path },
  );
}

function walkParents(
  root: string,
  path: string,
  cache: FolderCache,
  onMissing: (folder: string) => Stats | undefined,
): ParentState {
  const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  const known = cache.device(parent);
  if (known !== undefined) return { kind: 'present', device: known };
  let device = rootDevice(root, cache);
  for (let end = 0; end < parent.length;) {
    const next = parent.indexOf('/', end + 1);
    end = next < 0 ? parent.length : next;
    const folder = parent.slice(0, end);
    const cached = cache.device(folder);
    if (cached !== undefined) {
      device = cached;
      continue;
    }
    const stat = look(root, folder) ?? make(folder, onMissing);
    if (!stat) return { kind: 'missing', at: folder };
    if (stat.isSymbolicLink()) return { kind: 'link', at: folder };
    if (!stat.isDirectory()) return { kind: 'file', at: folder };
    device = stat.dev;
    cache.remember(folder, device);
  }
  return { kind: 'present', device };
}

function rootDevice(root: string, cache: FolderCache): number {
  let device = cache.device('');
  if (device === undefined) {
    try {
      device = statSync(root).dev;
    } catch (error) {
      throw fromSystemError(error, root, 'opening the working tree');
    }
    cache.remember('', device);
  }
  return device;
}

function look(root: string, folder: string): Stats | undefined {
  try {
    return lstatSync(join(root, folder), { throwIfNoEntry: false });
  } catch (error) {
    throw fromSystemError(error, folder, 'looking at');
  }
}

function make(folder: string, onMissing: (folder: string) => Stats | undefined): Stats | undefined {
  try {
    return onMissing(folder);
  } catch (error) {
    throw fromSystemError(error, folder, 'creating the folder');
  }
}

/**
 * Pairs of paths that differ only by case or Unicode form, so that Windows and macOS cannot hold both. Of two folders whose
 * names collide, the pair of folders is given, not every pair of files in them.
 */
export function findCollisions(paths: Iterable<string>): [string, string][] {
  const byFold = new Map<string, string>();
  const pairs: [string, string][] = [];
  const seen = new Set<string>();
  for (const path of paths) {
    for (let prefix = path; prefix !== '' && !seen.has(prefix); prefix = parentOf(prefix)) {
      seen.add(prefix);
      const fold = foldName(prefix);
      const other = byFold.get(fold);
      if (other === undefined) byFold.set(fold, prefix);
      else if (parentOf(other) === parentOf(prefix)) pairs.push([other, prefix]);
    }
  }
  return pairs;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

const ASCII = /^[\0-\x7f]*$/;

/** The form in which file systems that ignore case and Unicode form compare names: composed, each character folded on its own. */
export function foldName(name: string): string {
  if (ASCII.test(name)) return name.toLowerCase();
  let folded = '';
  for (const char of name.normalize('NFC')) {
    const upper = char.toUpperCase();
    // No file system expands a character (such as the sharp s) to compare it.
    folded += (upper.length === char.length ? upper : char).toLowerCase();
  }
  return folded.normalize('NFC');
}
