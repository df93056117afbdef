// Owns the answers to what viewers ask about the versions that they show; knows no editor but its addresses.
import * as path from 'node:path';
import type { Uri } from 'vscode';
import { materialiseRequest } from '../../core/protocol/files.ts';
import { carriedPicturesRequest, packageRequest } from '../../core/protocol/packages.ts';
import type { FileVersionRef } from '../../core/protocol/versionUri.ts';
import type { ForgeClient } from '../client/forgeClient.ts';
import type { Questions } from '../webview/questions.ts';

export interface Asked {
  question: string;
  about: unknown;
  shown: readonly FileVersionRef[];
}

/** Where a file is: its repository, undefined outside of any; and how the page reaches files on disk. */
export type PlaceOf = (file: string) => { root: string | undefined; uriOf: (path: string) => Uri };

/** @throws ForgeError of the server; Error when the page asks for what it may not have */
export async function answerQuestion(client: ForgeClient, asked: Asked, placeOf: PlaceOf): Promise<unknown> {
  const { question, about, shown } = asked;
  if (question === 'package') return client.send(packageRequest, { versions: [...shown] });
  const { side } = about as { side: number };
  const version = shown[side];
  if (!version) return null;
  if (question === 'pictures') return picturesOf(client, version, placeOf);
  if (question === 'beside') return beside(client, version, (about as { name: string }).name, placeOf);
  throw new Error(question);
}

async function picturesOf(
  client: ForgeClient,
  version: FileVersionRef,
  placeOf: PlaceOf,
): Promise<Questions['pictures']['answer']> {
  const found = await client.send(carriedPicturesRequest, version);
  if (!found) return null;
  const { uriOf } = placeOf(version.file);
  const { pictures, problem } = found;
  return {
    pictures: pictures.map(({ name, path: onDisk, size }) => ({ name, size, url: uriOf(onDisk).toString() })),
    ...(problem !== undefined && { problem }),
  };
}

async function beside(
  client: ForgeClient,
  { file, revision }: FileVersionRef,
  name: string,
  placeOf: PlaceOf,
): Promise<Questions['beside']['answer']> {
  const { root, uriOf } = placeOf(file);
  const other = besideOf(file, name, root);
  if (other === undefined) throw new Error(name);
  const { path: onDisk, size } = await client.send(materialiseRequest, { file: other, revision });
  // The working file changes under one name: what was read before is not asked for again.
  const url = uriOf(onDisk).with({ query: `size=${size}&time=${Date.now()}` });
  return { url: url.toString(), size };
}

/** The path of what a file calls `name`; undefined where that is no path, or leads out of `root` (the file's own folder without one). */
export function besideOf(file: string, name: string, root: string | undefined): string | undefined {
  const folder = path.dirname(file);
  if (name === '' || path.isAbsolute(name) || /^[a-z][a-z\d+.-]*:/i.test(name) || name.includes('\0'))
    return undefined;
  const other = path.resolve(folder, name);
  const way = path.relative(root ?? folder, other);
  if (way === '' || path.isAbsolute(way)) return undefined;
  const [first] = way.split(path.sep);
  return first === '..' || first === '.forge' || first === '.git' ? undefined : other;
}
