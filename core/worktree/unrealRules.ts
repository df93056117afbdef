// Owns ready ignore rules and attributes for Unreal projects, and finding such a project.
import { readdir } from 'node:fs/promises';
import { fromSystemError } from '../errors.ts';

const HEADING = '# Unreal Engine';

/** What the engine, its build tools and IDEs make anew. Of `Build`, icons and lists for packaging stay. */
const IGNORE_RULES = [
  ...['Binaries', 'Intermediate', 'Saved', 'DerivedDataCache'].flatMap((folder) => [
    `/${folder}/`,
    `/Plugins/**/${folder}/`,
  ]),
  '/Build/**',
  '!/Build/**/',
  '!/Build/**/*.ico',
  '!/Build/**/*.png',
  '!/Build/**/PakBlacklist*.txt',
  '!/Build/**/PakDenylist*.txt',
  '/.vs/',
  '/.idea/',
  '/*.sln',
  '/*.slnx',
  '/*.xcodeproj/',
  '/*.xcworkspace/',
  '*.VC.db',
  '*.VC.opendb',
  '*.opensdf',
  '*.sdf',
  '*.suo',
  '*.DotSettings.user',
];

/** One pattern per extension, because the engine's source control asks for the attributes of `*.<extension>`. */
const ASSET_EXTENSIONS = [
  ...['uasset', 'umap', 'ubulk', 'uexp'],
  ...[
    'psd',
    'psb',
    'kra',
    'clip',
    'xcf',
    'spp',
    'sbs',
    'sbsar',
    'tga',
    'exr',
    'hdr',
    'tif',
    'tiff',
    'png',
    'jpg',
    'dds',
  ],
  ...['blend', 'fbx', 'max', 'mb', 'c4d', 'ztl', 'zpr', 'abc', 'usdc', 'glb'],
  ...['wav', 'aif', 'aiff', 'flac', 'ogg', 'mp3', 'mp4', 'mov', 'avi', 'webm', 'bk2'],
];

/** What stock Git must not do to a pointer: change its line ends, or mix two of them in a merge. */
const ATTRIBUTES = 'forge lockable -text -merge';

/** The `.uproject` file in `folder`; undefined when there is none. @throws ForgeError when the folder cannot be read */
export async function findUnrealProject(folder: string): Promise<string | undefined> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && /\.uproject$/i.test(entry.name))
      .map(({ name }) => name)
      .sort()[0];
  } catch (error) {
    throw fromSystemError(error, folder, 'listing');
  }
}

/** What to append to a `.gitignore` that now reads `current`: the rules it lacks, or '' when it has them all. */
export function unrealIgnoreRules(current: string): string {
  const present = new Set(lines(current));
  return addition(
    current,
    IGNORE_RULES.filter((rule) => !present.has(rule)),
  );
}

/** What to append to a `.gitattributes` that now reads `current`: patterns it says nothing about yet, or ''. */
export function unrealAttributes(current: string): string {
  const known = new Set(lines(current).map((line) => line.split(/\s/)[0].toLowerCase()));
  const patterns = ASSET_EXTENSIONS.map((extension) => `*.${extension}`).filter(
    (pattern) => !known.has(pattern),
  );
  return addition(
    current,
    patterns.map((pattern) => `${pattern} ${ATTRIBUTES}`),
  );
}

function lines(text: string): string[] {
  return text.split('\n').map((line) => line.trim());
}

/** `added` under a heading, set apart from what is there, in its line ends. */
function addition(current: string, added: readonly string[]): string {
  if (added.length === 0) return '';
  const end = current.includes('\r\n') ? '\r\n' : '\n';
  const start = current === '' ? '' : current.endsWith('\n') ? end : end + end;
  const heading = lines(current).includes(HEADING) ? [] : [HEADING];
  return start + [...heading, ...added, ''].join(end);
}
