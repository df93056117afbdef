// Owns running a piece of a test as a user whom permissions bind.
import type { Context } from 'mocha';

/** The user `nobody` nearly everywhere. */
const NOBODY = 65_534;

/** Runs `action`; the superuser, whom no permission stops, becomes somebody else meanwhile. Skips the test where that fails. */
export async function withoutRights<T>(test: Context, action: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return action();
  try {
    process.seteuid!(NOBODY);
  } catch {
    test.skip();
  }
  try {
    return await action();
  } finally {
    process.seteuid!(0);
  }
}
