// Owns the answers to requests about what lies in files of programs: tables of Unreal packages, and pictures that files carry.
import type { Connection } from 'vscode-languageserver/node';
import { type ByteSource, FormatProblem } from '../../core/formats/byteSource.ts';
import { picturesIn } from '../../core/formats/describe.ts';
import { readUnreal, type UnrealPackage } from '../../core/formats/unreal.ts';
import { exportComparer } from '../../core/formats/unrealContent.ts';
import { packageLists } from '../../core/formats/unrealLists.ts';
import { carriedPicturesRequest, type PackageFacts, packageRequest } from '../../core/protocol/packages.ts';
import type { FileVersionRef } from '../../core/protocol/versionUri.ts';
import { said } from '../reasonTexts.ts';
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
    const isSame = before && newest && (await exportComparer(before, newest));
    return {
      sides: sides.map((side) => (isPackage(side) ? factsOf(side.package) : side)),
      ...(newest && { lists: packageLists(before?.package, newest.package, MOST_LISTED, isSame) }),
      ...(before && { comparedBytes: isSame !== undefined }),
    };
  });
  answer(connection, carriedPicturesRequest, async (version) => {
    const found = await openVersion(sessions, version);
    if (!found) return null;
    const { pictures, why } = await picturesIn(found.source, version.file);
    const kept = pictures.map(async ({ name, extension, bytes }) => ({
      name,
      path: await cache.keep(bytes, extension),
      size: bytes.length,
    }));
    return { pictures: await Promise.all(kept), ...(why && { problem: said(why) }) };
  });
}

/** Null where the file is not there. */
type Side = ReadPackage | { problem: string } | null;

interface ReadPackage {
  package: UnrealPackage;
  source: ByteSource;
}

function isPackage(side: Side): side is ReadPackage {
  return side !== null && !('problem' in side);
}

async function readSide(sessions: RepositorySessions, version: FileVersionRef): Promise<Side> {
  const found = await openVersion(sessions, version);
  if (!found) return null;
  try {
    const { source } = found;
    return { package: await readUnreal(source), source };
  } catch (error) {
    if (error instanceof FormatProblem) return { problem: said(error.why) };
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
