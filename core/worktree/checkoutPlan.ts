// Owns what comes before a checkout touches anything: refusing unsafe paths, sorting changes into kinds of work.
import { ForgeError, fromSystemError } from '../errors.ts';
import { decodePointer, MAX_POINTER_LENGTH, type Pointer } from '../model/pointer.ts';
import type { CheckoutChange, CheckoutFailure, TreeVersion } from './checkout.ts';
import type { BlobReader } from './contentCheck.ts';
import { entryKind, isExecutable } from './entryMode.ts';
import type { Expectation } from './placement.ts';
import { checkTreePath, findCollisions } from './safePath.ts';

/** A change that writes. */
export interface Write {
  path: string;
  after: TreeVersion;
  expect: Expectation;
}

export interface AssetWrite extends Write {
  pointer: Pointer;
}

/** Small texts come with their bytes, as those had to be read anyway. */
export interface TextWrite extends Write {
  size: number;
  bytes: Buffer | undefined;
}

export interface CheckoutPlan {
  removals: CheckoutChange[];
  /** Content stays, the executable bit changes. */
  modes: Write[];
  assets: AssetWrite[];
  texts: TextWrite[];
  links: Write[];
  /** Places of other repositories: only their folder is made. */
  folders: Write[];
  /** Bytes of all assets and texts. */
  bytes: number;
  /** Changes whose objects cannot be read. */
  failures: CheckoutFailure[];
}

/**
 * Refuses paths that are not safe to write, and versions in which one path is both a file and a folder.
 * @throws ForgeError PATH_ESCAPE
 */
export function checkPaths(changes: readonly CheckoutChange[]): void {
  const files = new Set<string>();
  for (const { path, after } of changes) {
    checkTreePath(path);
    if (after) files.add(path);
  }
  for (const path of files) {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const folder = path.slice(0, slash);
      if (!files.has(folder)) continue;
      throw new ForgeError(
        'PATH_ESCAPE',
        `The version to restore has ${path} and, in the place of its folder, the file ${folder}`,
        'Nothing was written. Whoever made this version has to make it anew.',
        { path },
      );
    }
  }
}

/** @throws ForgeError NAME_COLLISION, for a file system that takes two of the paths to be written for one */
export function refuseCollisions(changes: readonly CheckoutChange[]): void {
  const [pair] = findCollisions(changes.filter(({ after }) => after).map(({ path }) => path));
  if (!pair) return;
  throw new ForgeError(
    'NAME_COLLISION',
    `${pair[0]} and ${pair[1]} differ only by case or Unicode form, and this file system cannot hold both`,
    'Nothing was written. Rename one of them on a system that has both, or work in a folder that tells them apart.',
    { path: pair[1] },
  );
}

/** Sorts changes by what has to be done. Reads the objects that tell assets from texts; touches no file. */
export async function planCheckout(
  changes: readonly CheckoutChange[],
  objects: BlobReader,
): Promise<CheckoutPlan> {
  const plan: CheckoutPlan = {
    removals: [],
    modes: [],
    assets: [],
    texts: [],
    links: [],
    folders: [],
    bytes: 0,
    failures: [],
  };
  for (const change of changes) {
    try {
      await sort(change, objects, plan);
    } catch (error) {
      plan.failures.push({
        path: change.path,
        error: fromSystemError(error, change.path, 'looking up the content of'),
      });
    }
  }
  return plan;
}

async function sort(change: CheckoutChange, objects: BlobReader, plan: CheckoutPlan): Promise<void> {
  const { path, after, expect } = change;
  if (!after) {
    plan.removals.push(change);
    return;
  }
  const write: Write = { path, after, expect };
  switch (entryKind(after.mode)) {
    case 'gitlink':
      plan.folders.push(write);
      return;
    case 'symlink':
      plan.links.push(write);
      return;
    case 'file':
      if (changesModeOnly(change, after)) plan.modes.push(write);
      else await sortFile(write, objects, plan);
      return;
    default:
      throw new ForgeError(
        'CORRUPT',
        `${path} has the mode ${after.mode.toString(8)}, which no file can have`,
        'Run `forge verify`.',
        { path },
      );
  }
}

function changesModeOnly({ before, expect }: CheckoutChange, after: TreeVersion): boolean {
  return (
    typeof expect !== 'string' &&
    before?.oid === after.oid &&
    entryKind(before.mode) === 'file' &&
    isExecutable(before.mode) !== isExecutable(after.mode)
  );
}

async function sortFile(write: Write, objects: BlobReader, plan: CheckoutPlan): Promise<void> {
  const { oid } = write.after;
  const size = await objects.size(oid);
  const bytes = size <= MAX_POINTER_LENGTH ? (await objects.read(oid)).data : undefined;
  const pointer = bytes && decodePointer(bytes);
  plan.bytes += pointer ? pointer.size : size;
  if (pointer) plan.assets.push({ ...write, pointer });
  else plan.texts.push({ ...write, size, bytes });
}
