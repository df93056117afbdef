// Owns reading the small rule files of a working tree (ignore rules, attributes) the way Git does.
import { lstatSync, readFileSync, statSync } from 'node:fs';

/** Git reads no rule file that is larger. */
const MAX_BYTES = 100 * 1024 * 1024;

/**
 * Text of a rule file; undefined when there is none. Inside the working tree a symbolic link is no rule file, so that a tree
 * cannot make its rules come from elsewhere; `follow` is for files that belong to the user.
 * @throws the system's error when it is there and cannot be read
 */
export function readRuleFile(path: string, options: { follow: boolean }): string | undefined {
  const stat = (options.follow ? statSync : lstatSync)(path, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size === 0 || stat.size > MAX_BYTES) return undefined;
  return readFileSync(path, 'utf8');
}
