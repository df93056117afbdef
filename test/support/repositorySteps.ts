// Owns random steps of a repository, its own and those of Git beside it, and the paths of the working tree that each touched.
import { type BigIntStats, lstatSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { ForgeError } from '../../core/errors.ts';
import type { Repository } from '../../core/repo/repository.ts';
import { git, gitIsHere } from './stockGit.ts';

const PATHS = ['', 'a', 'a/b', 'a-b', 'a/x.bin', 'x.bin', 'sub', 'y.txt'];

type OwnStep =
  | { do: 'commit' | 'commitStaged' | 'undo' }
  | { do: 'stage' | 'unstage' | 'discard'; path: string }
  | { do: 'branch' | 'switch'; name: string };

/** `git`: what Git itself is told to do; `age`: the index file looks older. */
export type RepositoryStep = OwnStep | { do: 'age' } | { do: 'git'; args: string[] };

const GIT_STEPS = [
  ['add', '-A'],
  ['commit', '-q', '-m', 'git'],
  ['commit', '-q', '-a', '-m', 'git'],
  ['reset', '-q'],
  ['reset', '-q', '--hard'],
  ['reset', '-q', '--soft', 'HEAD~1'],
  ['reset', '-q', 'HEAD~1'],
  ['stash', '-q', '-u'],
  ['update-index', '-q', '--refresh'],
  ['update-index', '--index-version', '4'],
  ['checkout', '-q', 'one'],
  ['checkout', '-q', '--detach'],
  ['merge', '-q', 'two'],
  ['read-tree', 'HEAD'],
];
const GIT_PATH_STEPS = [
  ['add', '--'],
  ['add', '-f', '--'],
  ['add', '-N', '--'],
  ['rm', '-q', '-r', '--cached', '--'],
  ['rm', '-q', '-r', '-f', '--'],
  ['checkout', '-q', '--'],
  ['update-index', '--assume-unchanged', '--'],
  ['update-index', '--no-assume-unchanged', '--'],
  ['update-index', '--skip-worktree', '--'],
];

/** But for the repository itself, which an `add -f` would take in, and a hard reset then remove. */
const EVERYTHING = ['.', ':!.forge'];

const anyGitStep: fc.Arbitrary<RepositoryStep> = fc
  .oneof(
    fc.constantFrom(...GIT_STEPS),
    fc
      .tuple(fc.constantFrom(...GIT_PATH_STEPS), fc.constantFrom(...PATHS))
      .map(([args, path]) => [...args, ...(path === '' ? EVERYTHING : [path])]),
  )
  .map((args) => ({ do: 'git', args }));

const anyBranch = fc.constantFrom('one', 'two');
const anyOwnStep: fc.Arbitrary<OwnStep> = fc.oneof(
  fc.record({ do: fc.constantFrom('commit' as const, 'commitStaged' as const, 'undo' as const) }),
  fc.record({
    do: fc.constantFrom('stage' as const, 'stage' as const, 'unstage' as const, 'discard' as const),
    path: fc.constantFrom(...PATHS),
  }),
  fc.record({ do: fc.constantFrom('branch' as const, 'switch' as const), name: anyBranch }),
);

export const anyRepositoryStep: fc.Arbitrary<RepositoryStep> = fc.oneof(
  { weight: 3, arbitrary: anyOwnStep },
  { weight: gitIsHere ? 3 : 0, arbitrary: anyGitStep },
  { weight: 1, arbitrary: fc.constant({ do: 'age' as const }) },
);

/** Takes a step. Where it cannot be taken nothing happens, or part of it. */
export async function takeRepositoryStep(repository: Repository, step: RepositoryStep): Promise<string[]> {
  if (step.do === 'git') return touchedMeanwhile(repository.root, () => runGit(repository, step.args));
  if (step.do === 'age') return touchedMeanwhile(repository.root, () => ageIndex(repository));
  try {
    return await takeOwnStep(repository, step);
  } catch (error) {
    // A repository inside, names that collide, nothing to commit, unsaved work.
    if (!(error instanceof ForgeError)) throw error;
    // What a failed step of its own wrote it does not tell: everything is looked at then.
    return [''];
  }
}

async function takeOwnStep(repository: Repository, step: OwnStep): Promise<string[]> {
  switch (step.do) {
    case 'commit':
      await repository.commit({ message: 'step', paths: [''] });
      return [];
    case 'commitStaged':
      await repository.commit({ message: 'step', paths: [] });
      return [];
    case 'stage': {
      await repository.add([step.path], {});
      const { changes } = await repository.status({ paths: [step.path] });
      const left = changes.filter(({ staged }) => !staged);
      if (left.length > 0) throw new Error(`staging left ${JSON.stringify(left)} behind`);
      return [];
    }
    case 'unstage':
      await repository.unstage([step.path], {});
      return [];
    case 'branch':
      await repository.createBranch(step.name);
      return [];
    case 'discard':
      return touched(await repository.discard([step.path], {}));
    case 'undo':
      return touched(await repository.undo({}));
    case 'switch':
      return touched(await repository.switch({ target: step.name }));
  }
}

function touched({ restored, removed }: { restored: string[]; removed: string[] }): string[] {
  return [...restored, ...removed];
}

function runGit(repository: Repository, args: string[]): void {
  const folders = ['--git-dir', repository.gitDir, '--work-tree', repository.root];
  try {
    git(repository.root, ['-c', 'core.excludesFile=', ...folders, ...args]);
  } catch (error) {
    // It exits with a code where it has nothing to do, or does not want to.
    if (typeof (error as { status?: unknown }).status !== 'number') throw error;
  }
}

/** Makes the index look as old as the oldest file: what its stats say proves nothing then. */
function ageIndex(repository: Repository): void {
  const old = new Date(Date.now() - 60_000);
  try {
    utimesSync(join(repository.gitDir, 'index'), old, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** What a watcher would tell of: every path whose stat is another one after `work`. */
function touchedMeanwhile(root: string, work: () => void): string[] {
  const before = stampsIn(root);
  work();
  const after = stampsIn(root);
  const touched = new Set<string>();
  for (const [path, stamp] of before) if (after.get(path) !== stamp) touched.add(path);
  for (const path of after.keys()) if (!before.has(path)) touched.add(path);
  return [...touched];
}

function stampsIn(root: string, folder = '', stamps = new Map<string, string>()): Map<string, string> {
  for (const name of readdirSync(join(root, folder))) {
    if (folder === '' && name === '.forge') continue;
    const path = folder === '' ? name : `${folder}/${name}`;
    const stats = lstatSync(join(root, path), { bigint: true });
    // Of a folder only that it is the same one counts.
    stamps.set(path, stats.isDirectory() ? `${stats.ino}` : stampOf(stats));
    if (stats.isDirectory()) stampsIn(root, path, stamps);
  }
  return stamps;
}

function stampOf({ ino, size, mode, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mode} ${mtimeNs} ${ctimeNs}`;
}
