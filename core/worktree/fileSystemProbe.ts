// Owns finding out how a file system compares names, by trying.
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError } from '../errors.ts';

export interface NameRules {
  /** `a` and `A` are one file. */
  ignoresCase: boolean;
  /** A composed and a decomposed character are one. */
  ignoresUnicodeForm: boolean;
}

/**
 * Tries names in `folder`, which must exist and be writable; leaves nothing behind. Answers for that folder: some systems
 * decide folder by folder.
 * @throws ForgeError for a system error
 */
export function probeNameRules(folder: string): NameRules {
  const name = join(folder, `forge-probe-${randomBytes(6).toString('hex')}-`);
  const composed = `${name}a\u00e9`;
  try {
    writeFileSync(composed, '', { flag: 'wx' });
    return {
      ignoresCase: existsSync(`${name}A\u00e9`),
      ignoresUnicodeForm: existsSync(`${name}ae\u0301`),
    };
  } catch (error) {
    throw fromSystemError(error, folder, 'trying names in');
  } finally {
    rmSync(composed, { force: true });
  }
}
