// Owns random steps in a working tree, as people and programs take them, and the paths that a watcher would tell of after each.
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';

export type TreeStep =
  | { do: 'write'; path: string; content: number }
  | { do: 'remove' | 'folder' | 'execute' | 'nested'; path: string }
  | { do: 'rename'; path: string; to: string }
  | { do: 'link'; path: string; to: string }
  | { do: 'rules'; path: string; lines: string[] };

const FOLDERS = ['', 'a', 'a/b', 'a/b/c', 'a-b', 'Ünï cødé', 'sub'];
const NAMES = ['x.bin', 'X.bin', 'y.txt', 'z.log', 'a', 'b', '😀 q.bin'];
const RULES = ['*.log', '/a/', 'b/', '!*.log', '*.bin', '!x.bin', 'sub'];

/** Texts, binaries, an empty file, and several of the same size. */
const CONTENTS = ['', 'text one\n', 'text two\n', '\0one', '\0two', '\0three', 'a longer text\n'.repeat(50)];

const anyFolder = fc.constantFrom(...FOLDERS);
const anyPath = fc
  .tuple(anyFolder, fc.constantFrom(...NAMES))
  .map(([folder, name]) => (folder === '' ? name : `${folder}/${name}`));
/** A file, or a folder. */
const anyPlace = fc.oneof(
  anyPath,
  anyFolder.filter((folder) => folder !== ''),
);

export const anyStep: fc.Arbitrary<TreeStep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      path: anyPath,
      content: fc.nat(CONTENTS.length - 1),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), path: anyPlace }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('rename' as const), path: anyPlace, to: anyPlace }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('folder' as const), path: anyPlace }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('execute' as const), path: anyPath }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('nested' as const), path: anyFolder.filter(Boolean) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('link' as const), path: anyPath, to: anyPlace }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('rules' as const),
      path: fc
        .tuple(anyFolder, fc.constantFrom('.gitignore', '.forgeignore', '.gitattributes'))
        .map(([folder, name]) => (folder === '' ? name : `${folder}/${name}`)),
      lines: fc.subarray(RULES),
    }),
  },
);

/** Takes a step below `root`. Returns the paths that were touched: of a folder that came, went or moved, that alone. */
export function takeStep(root: string, step: TreeStep): string[] {
  const touched = new Set<string>();
  const at = (path: string): string => join(root, path);
  switch (step.do) {
    case 'write':
      makeRoom(root, step.path, touched);
      writeFileSync(at(step.path), CONTENTS[step.content]);
      break;
    case 'remove':
      if (find(root, step.path)) rmSync(at(step.path), { recursive: true });
      break;
    case 'folder':
      makeRoom(root, `${step.path}/-`, touched);
      break;
    case 'execute': {
      const found = find(root, step.path);
      if (found?.isFile()) chmodSync(at(step.path), found.mode ^ 0o100);
      break;
    }
    case 'nested':
      makeRoom(root, `${step.path}/.git/-`, touched);
      writeFileSync(at(`${step.path}/.git/HEAD`), '');
      touched.add(`${step.path}/.git/HEAD`);
      break;
    case 'rename':
      return rename(root, step.path, step.to);
    case 'link':
      makeRoom(root, step.path, touched);
      symlinkSync(at(step.to), at(step.path));
      break;
    case 'rules':
      makeRoom(root, step.path, touched);
      writeFileSync(
        at(step.path),
        step.lines
          .map((line) => (step.path.endsWith('attributes') ? `${line} forge\n` : `${line}\n`))
          .join(''),
      );
  }
  touched.add(step.path);
  return [...touched];
}

function rename(root: string, path: string, to: string): string[] {
  const at = (one: string): string => join(root, one);
  if (!find(root, path)) return [];
  if (path === to || to.startsWith(`${path}/`) || path.startsWith(`${to}/`)) return [];
  const touched = new Set([path, to]);
  makeRoom(root, to, touched);
  // What was to be moved lay in the way of its own place.
  if (!find(root, path)) return [...touched];
  renameSync(at(path), at(to));
  return [...touched];
}

/** Makes the folders that `path` lies in, and takes away what is at the path and what stands in for one of the folders. */
function makeRoom(root: string, path: string, touched: Set<string>): void {
  const names = dirname(path) === '.' ? [] : dirname(path).split('/');
  let folder = '';
  for (const name of names) {
    folder = folder === '' ? name : `${folder}/${name}`;
    const found = find(root, folder);
    if (found?.isDirectory()) continue;
    if (found) rmSync(join(root, folder));
    mkdirSync(join(root, folder));
    touched.add(folder);
  }
  rmSync(join(root, path), { recursive: true, force: true });
}

/** What is at a path. Undefined also where a file or a link stands for one of the folders: nothing is done by way of a link. */
function find(root: string, path: string): Stats | undefined {
  const folder = dirname(path);
  if (folder !== '.' && !find(root, folder)?.isDirectory()) return undefined;
  return lstatSync(join(root, path), { throwIfNoEntry: false });
}
