// Owns the choice of repository paths by the files and folders a user names.

/** Whether `path` is one of `wanted` or lies below one of them; '' and '.' stand for everything, undefined too. */
export function matchesPaths(path: string, wanted: readonly string[] | undefined): boolean {
  if (wanted === undefined) return true;
  return wanted.some((one) => one === '' || one === '.' || path === one || path.startsWith(`${one}/`));
}
