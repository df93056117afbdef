// Owns which asset paths are offered while one is written: folders step by step, then the files in them.
import { posix } from 'node:path';
import * as l10n from '@vscode/l10n';
import type { AssetCatalogue } from './assetCatalogue.ts';
import { kindOf, UNREAL_EXTENSIONS } from './assetKinds.ts';
import { folderOf, join, type Mount } from './mounts.ts';
import { MAX_PATH } from './references.ts';

export interface PathOffer {
  /** What replaces the last part of the path. */
  name: string;
  isFolder: boolean;
  /** `PNG image`, `Folder`, `Mount point`. */
  detail: string;
}

export interface PathOffers {
  offers: PathOffer[];
  /** Characters before the cursor that an offer replaces. */
  replaced: number;
  /** There are more than MAX_OFFERS. */
  incomplete: boolean;
}

export const MAX_OFFERS = 1_000;

const UNREAL_PREFIX = /(?:^|[\s"'`=(,>])(\/(?:[^\s"'`,.:|&!~@#(){}[\]=;^%$<>*?\\]*))$/;
const RELATIVE_PREFIX = /(?:^|["'`@(<=,]|\s)(\.{1,2}\/[^"'`@<>|*?]*)$/;

/** Offers for the path that ends at the cursor; undefined where none is begun. `line` is what stands before the cursor. */
export function offerPaths(
  line: string,
  document: string,
  catalogue: AssetCatalogue,
  mounts: Mount[],
): PathOffers | undefined {
  const text = line.slice(-MAX_PATH);
  const unreal = UNREAL_PREFIX.exec(text)?.[1];
  if (unreal !== undefined) return offerUnreal(unreal, catalogue, mounts);
  const relative = RELATIVE_PREFIX.exec(text)?.[1];
  return relative === undefined ? undefined : offerRelative(relative, document, catalogue);
}

function offerUnreal(path: string, catalogue: AssetCatalogue, mounts: Mount[]): PathOffers | undefined {
  const slash = path.lastIndexOf('/');
  const replaced = path.length - slash - 1;
  if (slash === 0) {
    const offers = mounts.map(({ name }) => ({ name, isFolder: true, detail: l10n.t('Mount point') }));
    return { offers, replaced, incomplete: false };
  }
  const [, name, rest] = /^\/([^/]+)\/(.*)$/.exec(path.slice(0, slash + 1)) ?? [];
  const mount = mounts.find((one) => one.name.toLowerCase() === name?.toLowerCase());
  if (!mount) return undefined;
  return offersIn(join(mount.folder, rest).replace(/\/$/, ''), replaced, catalogue, (file) => {
    const dot = file.lastIndexOf('.');
    return UNREAL_EXTENSIONS.includes(file.slice(dot).toLowerCase()) ? file.slice(0, dot) : undefined;
  });
}

function offerRelative(path: string, document: string, catalogue: AssetCatalogue): PathOffers | undefined {
  const slash = path.lastIndexOf('/');
  const folder = posix.normalize(join(folderOf(document), path.slice(0, slash)));
  if (folder === '..' || folder.startsWith('../')) return undefined;
  const replaced = path.length - slash - 1;
  return offersIn(folder === '.' ? '' : folder.replace(/\/$/, ''), replaced, catalogue, (file) =>
    kindOf(file) === undefined ? undefined : file,
  );
}

function offersIn(
  folder: string,
  replaced: number,
  catalogue: AssetCatalogue,
  offered: (file: string) => string | undefined,
): PathOffers {
  const { folders, files } = catalogue.list(folder, MAX_OFFERS);
  const offers: PathOffer[] = folders.map((name) => ({ name, isFolder: true, detail: l10n.t('Folder') }));
  for (const file of files) {
    const name = offered(file);
    if (name !== undefined) offers.push({ name, isFolder: false, detail: kindOf(file) ?? l10n.t('File') });
  }
  return { offers, replaced, incomplete: folders.length + files.length >= MAX_OFFERS };
}
