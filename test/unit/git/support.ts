// Owns what tests of the Git layer share.
import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../core/errors.ts';
import { ForgeError } from '../../../core/errors.ts';
import { gitIsHere } from '../../support/stockGit.ts';
import { git } from '../../support/stockGit.ts';
import { tempFolder } from '../../support/tempFolder.ts';

/** Tests against stock Git; skipped, with the reason in the title, where there is none. */
export function describeWithGit(title: string, body: () => void): void {
  if (gitIsHere) describe(title, body);
  else describe.skip(`${title} (no git on this machine)`, body);
}

/** A new folder with a repository made by stock Git, on the unborn branch main. */
export async function stockRepository(...options: string[]): Promise<string> {
  const folder = await tempFolder();
  git(folder, ['init', '-q', '-b', 'main', ...options]);
  return folder;
}

/** For `assert.rejects` and `assert.throws`: a ForgeError with this code whose message matches, and that says what to do. */
export function forgeError(code: ErrorCode, message = /./): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ForgeError, `not a ForgeError: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.notEqual(error.remedy, '');
    return true;
  };
}

export const PERSON = { name: 'Ada', email: 'ada@example.com', time: 1_700_000_000_000, offset: 90 };
