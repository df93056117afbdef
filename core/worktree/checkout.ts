// Owns bringing paths of the working tree to the content a tree has for them: what is asked for, and what came of it.
import type { RestoredFile, RestoreFile, StatTuple } from '../dataplane/dataPlane.ts';
import type { ForgeError } from '../errors.ts';
import type { Pointer } from '../model/pointer.ts';
import type { OperationOptions } from '../progress.ts';
import { checkPaths, planCheckout, refuseCollisions } from './checkoutPlan.ts';
import { CheckoutRun } from './checkoutRun.ts';
import type { BlobReader } from './contentCheck.ts';
import { probeNameRules } from './fileSystemProbe.ts';
import { type Expectation, TemporaryNames } from './placement.ts';

/** What a tree has at a path. */
export interface TreeVersion {
  oid: string;
  mode: number;
}

export interface CheckoutChange {
  path: string;
  /** What is there now, when `expect` holds. */
  before?: TreeVersion | undefined;
  /** What shall be there; undefined: nothing. */
  after?: TreeVersion | undefined;
  expect: Expectation;
}

/** The part of the chunk store that is needed here. */
export interface AssetStore {
  restore(
    files: (Pick<RestoreFile, 'path' | 'temporary' | 'mode' | 'expect'> & { pointer: Pointer })[],
    options: OperationOptions,
  ): AsyncIterable<{ index: number; result: RestoredFile }[]>;
}

export interface CheckoutRequest extends OperationOptions {
  /** Absolute path of the working tree. */
  root: string;
  /** Absolute path of a folder, made when missing, for files that are being written. */
  temporaryFolder: string;
  objects: BlobReader;
  /** Asked for only when assets are to be written. */
  store: () => Promise<AssetStore>;
  changes: readonly CheckoutChange[];
}

export interface CheckoutFailure {
  path: string;
  error: ForgeError;
}

export interface CheckoutResult {
  written: (TreeVersion & { path: string; stat: StatTuple })[];
  /** Paths where nothing is any more, those that were gone already included. */
  removed: string[];
  /** Bytes of the files written. */
  bytes: number;
  /** Paths left alone because something else than expected is there, or in the place of a folder above. */
  conflicts: string[];
  /**
   * Paths left alone because of an error. DISK_FULL, READ_ONLY and ABORTED end a checkout; what it did not come to is in none of
   * the lists then.
   */
  failures: CheckoutFailure[];
}

/**
 * Applies changes: removals first, then assets, texts, links. Every file is finished and verified under a temporary name and
 * renamed only over what the change expects there. What is listed in the result happened, whatever went wrong afterwards.
 * @throws ForgeError PATH_ESCAPE, NAME_COLLISION, or a system error of the temporary folder, before anything is touched
 */
export async function applyCheckout(request: CheckoutRequest): Promise<CheckoutResult> {
  checkPaths(request.changes);
  const plan = await planCheckout(request.changes, request.objects);
  const names = new TemporaryNames(request.temporaryFolder);
  try {
    const { ignoresCase, ignoresUnicodeForm } = probeNameRules(request.temporaryFolder);
    if (ignoresCase || ignoresUnicodeForm) refuseCollisions(request.changes);
    return await new CheckoutRun(request, plan, names).run();
  } finally {
    names.close();
  }
}
