// Owns which names a ref can have: the rules of `git check-ref-format`.
import { ForgeError } from '../errors.ts';

const FORBIDDEN = /[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$/;
const BAD_COMPONENT = /^\.|\.lock$/;
/** `HEAD`, `ORIG_HEAD`, … */
const TOP_LEVEL = /^[A-Z_]+$/;

/** Whether Git accepts the full name, e.g. `refs/heads/main` or `HEAD`. */
export function isRefName(name: string): boolean {
  if (TOP_LEVEL.test(name)) return true;
  if (!name.startsWith('refs/') || FORBIDDEN.test(name) || !name.isWellFormed()) return false;
  return name.split('/').every((component) => component !== '' && !BAD_COMPONENT.test(component));
}

/**
 * @param name full name of a ref
 * @throws ForgeError INVALID_NAME saying what a name may not hold
 */
export function validateRefName(name: string): void {
  const short = name.replace(/^refs\/(heads|tags)\//, '');
  // Git would read `-x` on a command line as an option, and `HEAD` as something else.
  const misread = name.startsWith('refs/heads/') && (short.startsWith('-') || short === 'HEAD');
  if (isRefName(name) && !misread) return;
  throw new ForgeError(
    'INVALID_NAME',
    `${JSON.stringify(short)} is not a possible name`,
    'Leave out spaces, "..", "//", "@{" and the characters ~ ^ : ? * [ \\; do not start with "-" or ".", ' +
      'nor end with "/", "." or ".lock".',
  );
}
