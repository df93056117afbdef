// Owns the answers to requests about what lies in files of programs: tables of Unreal packages, and pictures that files carry.
import type { Connection } from 'vscode-languageserver/node';
import { FormatProblem } from '../../core/formats/byteSource.ts';
import { picturesIn } from '../../core/formats/describe.ts';
import { readUnreal, type UnrealPackage } from '../../core/formats/unreal.ts';
import { packageLists } from '../../core/formats/unrealLists.ts';
import { carriedPicturesRequest, type PackageFacts, packageRequest } from '../../core/protocol/packages.ts';
import type { FileVersionRef } from '../../core/protocol/versionUri.ts';
import type { RepositorySessions } from '../session/repositorySessions.ts';
import type { VersionCache } from '../session/versionCache.ts';
import { openVersion } from '../session/versionSource.ts';
import { answer } from './register.ts';

/** Entries of one list that are sent: a page filters them itself. */
const MOST_LISTED = 20_000;

export function answerPackages(
  connection: Connection,
  sessions: RepositorySessions,
  cache: VersionCache,
): void {
  answer(connection, packageRequest, async ({ versions }) => {
    const sides = await Promise.all(versions.slice(0, 2).map((version) => readSide(sessions, version)));
    const packages = sides.filter(isPackage);
    const newest = packages.at(-1);
    const before = packages.length === 2 ? packages[0] : undefined;
    return {
      sides: sides.map((side) => (isPackage(side) ? factsOf(side) : side)),
      ...(newest && { lists: packageLists(before, newest, MOST_LISTED) }),
    };
  });
  answer(connection, carriedPicturesRequest, async (version) => {
    const found = await openVersion(sessions, version);
    if (!found) return null;
    const { pictures, problem } = await picturesIn(found.source, version.file);
    const kept = pictures.map(async ({ name, extension, bytes }) => ({
      name,
      path: await cache.keep(bytes, extension),
      size: bytes.length,
    }));
    return { pictures: await Promise.all(kept), ...(problem !== undefined && { problem }) };
  });
}

/** Null where the file is not there. */
type Side = UnrealPackage | { problem: string } | null;

function isPackage(side: Side): side is UnrealPackage {
  return side !== null && !('problem' in side);
}

async function readSide(sessions: RepositorySessions, version: FileVersionRef): Promise<Side> {
  const found = await openVersion(sessions, version);
  if (!found) return null;
  try {
    return await readUnreal(found.source);
  } catch (error) {
    if (error instanceof FormatProblem) return { problem: error.message };
    throw error;
  }
}

function factsOf(one: UnrealPackage): PackageFacts {
  const { isMap, asset, engine, fileVersion, names, imports, exports, dependencies, softDependencies } = one;
  return {
    isMap,
    ...(asset && { asset }),
    engine,
    fileVersion,
    names: names.length,
    imports: imports.length,
    exports: exports.length,
    dependencies: dependencies.length,
    ...(softDependencies && { softDependencies: softDependencies.length }),
  };
}
