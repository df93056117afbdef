// Owns tree objects: their codec, and walking and comparing them.
import { isUtf8 } from 'node:buffer';
import { ForgeError } from '../errors.ts';
import { comparePaths } from '../model/pathOrder.ts';
import type { GitObjects } from './gitObjects.ts';
import { EMPTY_TREE, isOid, OID_SIZE } from './objectId.ts';

export const FileMode = {
  folder: 0o040000,
  file: 0o100644,
  executable: 0o100755,
  symlink: 0o120000,
  submodule: 0o160000,
} as const;

export interface TreeEntry {
  name: string;
  mode: number;
  /** 40 hex digits. */
  oid: string;
}

/** One side of a path that two trees hold. */
export interface TreeSide {
  oid: string;
  mode: number;
}

export interface TreeDifference {
  path: string;
  before?: TreeSide;
  after?: TreeSide;
}

export interface DiffOptions {
  /** Only paths below this folder (without trailing slash), or this path itself. */
  prefix?: string;
  /** Folders for which it returns false are not entered. */
  filter?: (folder: string) => boolean;
}

const KNOWN_MODES = new Set<number>(Object.values(FileMode));
/** The bits of a mode that say what kind of entry it is. */
const KIND_MASK = 0o170000;
const OWNER_EXECUTES = 0o100;
/** Bytes of a mode, the blank after it and the NUL after a name. */
const MODE_LIMIT = 8;
const SPACE = 0x20;

export function isFolder(mode: number): boolean {
  return mode === FileMode.folder;
}

/** Git sorts a folder as if its name ended in a slash. */
function compareEntries(a: TreeEntry, b: TreeEntry): number {
  return comparePaths(sortName(a), sortName(b));
}

function sortName({ name, mode }: TreeEntry): string {
  return isFolder(mode) ? `${name}/` : name;
}

/**
 * The bytes of a tree, whatever order the entries come in.
 * @throws ForgeError INVALID_NAME for an impossible or repeated name, CORRUPT for an impossible mode or id
 */
export function encodeTree(entries: readonly TreeEntry[]): Buffer {
  const sorted = isSorted(entries) ? entries : [...entries].sort(compareEntries);
  const names = new Set<string>();
  let bound = 0;
  for (const { name, mode, oid } of sorted) {
    if (!isPossibleName(name) || names.has(name))
      throw new ForgeError(
        'INVALID_NAME',
        `A folder cannot hold ${JSON.stringify(name)}`,
        'Rename this file.',
      );
    if (!KNOWN_MODES.has(mode) || !isOid(oid))
      throw malformed(`entry ${JSON.stringify(name)} has mode ${mode.toString(8)} and object ${oid}`);
    names.add(name);
    bound += MODE_LIMIT + 3 * name.length + OID_SIZE;
  }
  const out = Buffer.allocUnsafe(bound);
  let at = 0;
  for (const { name, mode, oid } of sorted) {
    at += out.write(`${mode.toString(8)} ${name}\0`, at, 'utf8');
    at += out.write(oid, at, 'hex');
  }
  return out.subarray(0, at);
}

function isSorted(entries: readonly TreeEntry[]): boolean {
  return entries.every((entry, i) => i === 0 || compareEntries(entries[i - 1], entry) < 0);
}

/**
 * The entries of a tree in its order. Names are checked for form alone; whether they are safe to write to disk is another question.
 * @throws ForgeError CORRUPT when it is torn, unsorted, or holds a name twice; UNSUPPORTED for names that are not UTF-8
 */
export function decodeTree(data: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  const fileNames = new Set<string>();
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(SPACE, at);
    const nul = data.indexOf(0, space);
    const end = nul + 1 + OID_SIZE;
    if (space < 0 || nul < 0 || end > data.length) throw malformed('an entry is torn');
    const mode = readMode(data.toString('latin1', at, space));
    const nameBytes = data.subarray(space + 1, nul);
    if (!isUtf8(nameBytes)) throw notUtf8(nameBytes);
    const entry = { name: nameBytes.toString('utf8'), mode, oid: data.toString('hex', nul + 1, end) };
    if (!isPossibleName(entry.name)) throw malformed(`it holds the name ${JSON.stringify(entry.name)}`);
    const previous = entries.at(-1);
    if (previous && compareEntries(previous, entry) >= 0)
      throw malformed(`${JSON.stringify(entry.name)} is out of order`);
    // A folder `a` sorts after files such as `a.b`, so a file `a` may lie some entries back.
    if (!isFolder(mode)) fileNames.add(entry.name);
    else if (fileNames.has(entry.name))
      throw malformed(`${JSON.stringify(entry.name)} is both a file and a folder`);
    entries.push(entry);
    at = end;
  }
  return entries;
}

/** Old Git versions wrote other permission bits and leading zeros; today's read them as one of the five modes. */
function readMode(text: string): number {
  const mode = /^[0-7]{5,7}$/.test(text) ? parseInt(text, 8) : 0;
  const kind = mode & KIND_MASK;
  if (kind === (FileMode.file & KIND_MASK))
    return mode & OWNER_EXECUTES ? FileMode.executable : FileMode.file;
  if (!KNOWN_MODES.has(kind)) throw malformed(`it holds the mode ${JSON.stringify(text)}`);
  return kind;
}

/** What a tree entry can be called at all; `.git` and its like are judged where files are written. */
function isPossibleName(name: string): boolean {
  return (
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    !name.includes('/') &&
    !name.includes('\0') &&
    name.isWellFormed()
  );
}

/** The entries of a stored tree. @throws ForgeError CORRUPT naming the tree, NOT_FOUND */
export async function readTree(objects: GitObjects, tree: string): Promise<TreeEntry[]> {
  if (tree === EMPTY_TREE) return [];
  const data = await objects.readAs('tree', tree);
  try {
    return decodeTree(data);
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    throw new ForgeError(error.code, `In Git tree ${tree}: ${error.message}`, error.remedy, { cause: error });
  }
}

/** What a tree holds at a path; `''` is the tree itself. Undefined when nothing is there. */
export async function lookupPath(
  objects: GitObjects,
  tree: string,
  path: string,
): Promise<TreeSide | undefined> {
  let found: TreeSide = { oid: tree, mode: FileMode.folder };
  for (const name of path === '' ? [] : path.split('/')) {
    if (!isFolder(found.mode)) return undefined;
    const entry = (await readTree(objects, found.oid)).find((one) => one.name === name);
    if (!entry) return undefined;
    found = { oid: entry.oid, mode: entry.mode };
  }
  return found;
}

/** Every file of a tree, its folders entered, in the order of the index. */
export async function* flattenTree(
  objects: GitObjects,
  tree: string,
  prefix = '',
): AsyncGenerator<TreeSide & { path: string }> {
  for (const { name, mode, oid } of await readTree(objects, tree)) {
    const path = prefix + name;
    if (isFolder(mode)) yield* flattenTree(objects, oid, `${path}/`);
    else yield { path, oid, mode };
  }
}

/**
 * Files that differ between two trees (undefined: the empty one), in the order of the index. Equal folders are not read. A file
 * that became a folder is two differences.
 */
export async function* diffTrees(
  objects: GitObjects,
  before: string | undefined,
  after: string | undefined,
  options: DiffOptions = {},
): AsyncGenerator<TreeDifference> {
  const { prefix = '', filter } = options;
  if (prefix === '') {
    yield* diffFolders(objects, folderSide(before), folderSide(after), '', filter);
    return;
  }
  const at = async (tree: string | undefined): Promise<TreeSide | undefined> =>
    tree === undefined ? undefined : lookupPath(objects, tree, prefix);
  yield* diffEntry(objects, prefix, await at(before), await at(after), filter);
}

function folderSide(oid: string | undefined): TreeSide | undefined {
  return oid === undefined ? undefined : { oid, mode: FileMode.folder };
}

/** Both sides, if any, are folders. @param prefix '' or a folder with a trailing slash */
async function* diffFolders(
  objects: GitObjects,
  before: TreeSide | undefined,
  after: TreeSide | undefined,
  prefix: string,
  filter: DiffOptions['filter'],
): AsyncGenerator<TreeDifference> {
  if (before?.oid === after?.oid) return;
  const left = before ? await readTree(objects, before.oid) : [];
  const right = after ? await readTree(objects, after.oid) : [];
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const order = l === left.length ? 1 : r === right.length ? -1 : compareEntries(left[l], right[r]);
    const old = order <= 0 ? left[l++] : undefined;
    const young = order >= 0 ? right[r++] : undefined;
    const path = prefix + (old ?? young)?.name;
    yield* diffEntry(objects, path, old, young, filter);
  }
}

async function* diffEntry(
  objects: GitObjects,
  path: string,
  before: TreeSide | undefined,
  after: TreeSide | undefined,
  filter: DiffOptions['filter'],
): AsyncGenerator<TreeDifference> {
  if (before?.oid === after?.oid && before?.mode === after?.mode) return;
  const oldFile = before && !isFolder(before.mode) ? { oid: before.oid, mode: before.mode } : undefined;
  const newFile = after && !isFolder(after.mode) ? { oid: after.oid, mode: after.mode } : undefined;
  if (oldFile || newFile) {
    yield { path, ...(oldFile && { before: oldFile }), ...(newFile && { after: newFile }) };
  }
  const oldFolder = before && !oldFile ? before : undefined;
  const newFolder = after && !newFile ? after : undefined;
  if ((oldFolder || newFolder) && (filter?.(path) ?? true))
    yield* diffFolders(objects, oldFolder, newFolder, `${path}/`, filter);
}

function malformed(what: string): ForgeError {
  return new ForgeError(
    'CORRUPT',
    `A Git tree is malformed: ${what}`,
    'Run `git fsck` and restore it from a clone.',
  );
}

function notUtf8(name: Buffer): ForgeError {
  return new ForgeError(
    'UNSUPPORTED',
    `A Git tree holds a name that is not UTF-8: ${JSON.stringify(name.toString('latin1'))}`,
    'Rename this file to a UTF-8 name with `git mv`, and commit.',
  );
}
