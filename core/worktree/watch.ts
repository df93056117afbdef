// Owns watching a working tree and its Git directory: says when something there changed that its state depends on.
import { relative, sep } from 'node:path';
import type { AsyncSubscription } from '@parcel/watcher';

export interface WatchRequest {
  /** Absolute path of the working tree. */
  root: string;
  /** Absolute path of the Git directory, inside the working tree or elsewhere. */
  gitDir: string;
  /** Called for each burst of changes, with absolute paths. */
  onChange: (paths: string[]) => void;
  /** Called when the system can watch no more, e.g. because the folder vanished: nothing is told from then on. */
  onFailure: (error: Error) => void;
}

/** Folders that change all the time and that no state depends on. */
const IGNORED = [
  '.forge/store',
  '.forge/db',
  '.forge/tmp',
  '.forge/cache',
  '.forge/similar',
  '.forge/filter',
  '.forge/git/objects',
  '.git/objects',
];

/** What of a Git directory a state depends on. */
const GIT_STATE = /^(HEAD|index|packed-refs|refs\/.*|MERGE_HEAD|info\/exclude|config)$/;

/** Starts to watch; the result ends it. @throws Error when the system cannot watch the folder */
export async function watchWorkTree({
  root,
  gitDir,
  onChange,
  onFailure,
}: WatchRequest): Promise<() => Promise<void>> {
  const { subscribe } = await import('@parcel/watcher');
  const listen = (folder: string): Promise<AsyncSubscription> =>
    subscribe(
      folder,
      (error, events) => {
        if (error) onFailure(error);
        const paths = events.map(({ path }) => path).filter((path) => matters(path, root, gitDir));
        if (paths.length > 0) onChange(paths);
      },
      { ignore: IGNORED },
    );
  const subscriptions = [await listen(root)];
  if (isOutside(root, gitDir)) subscriptions.push(await listen(gitDir));
  return async () => {
    for (const one of subscriptions) await one.unsubscribe();
  };
}

/** Whether a state can be another one after the file at `path` changed. */
export function matters(path: string, root: string, gitDir: string): boolean {
  if (!isOutside(gitDir, path)) return GIT_STATE.test(slashed(relative(gitDir, path)));
  const inside = slashed(relative(root, path));
  if (inside === '.forge' || inside === '.forge/config.json') return true;
  return !inside.startsWith('.forge/') && !inside.startsWith('.git/');
}

function isOutside(folder: string, path: string): boolean {
  return path !== folder && !path.startsWith(folder + sep);
}

function slashed(path: string): string {
  return sep === '/' ? path : path.split(sep).join('/');
}
