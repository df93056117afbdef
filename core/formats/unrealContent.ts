// Owns whether an object of an Unreal package is the same in two versions, though names and objects have other numbers in each.
import { type ByteSource, readExactly } from './byteSource.ts';
import type { UnrealPackage } from './unreal.ts';

/** Where all objects of a package take more, in bytes, they are not read. */
const MOST_BYTES = 32 << 20;

/** Tells whether two exports, by their place in the lists, say the same. */
export type SameExport = (before: number, after: number) => boolean;

interface Side {
  package: UnrealPackage;
  bytes: DataView;
  /** Where `bytes` begins in the file. */
  start: number;
}

/**
 * Reads the objects of both packages. Undefined where they are too large to compare. Numbers inside an object that stand for the
 * same name, or for an object of the same class and path, are equal; a number that only looks like one may hide a change.
 */
export async function exportComparer(
  before: { source: ByteSource; package: UnrealPackage },
  after: { source: ByteSource; package: UnrealPackage },
): Promise<SameExport | undefined> {
  const old = await readObjects(before.source, before.package);
  const next = await readObjects(after.source, after.package);
  if (!old || !next) return undefined;
  return (a, b) => isSame(old, a, next, b);
}

async function readObjects(source: ByteSource, one: UnrealPackage): Promise<Side | undefined> {
  let [start, end] = [source.size, 0];
  for (const { offset, size } of one.exports) {
    if (size === 0) continue;
    start = Math.min(start, offset);
    end = Math.max(end, offset + size);
  }
  if (end <= start) return { package: one, bytes: new DataView(new ArrayBuffer(0)), start: 0 };
  if (end - start > MOST_BYTES) return undefined;
  const { bytes } = await readExactly(source, start, end - start);
  return { package: one, bytes: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), start };
}

function isSame(before: Side, beforeIndex: number, after: Side, afterIndex: number): boolean {
  const [a, b] = [before.package.exports[beforeIndex], after.package.exports[afterIndex]];
  if (!a || !b || a.size !== b.size) return false;
  const [from, to] = [a.offset - before.start, b.offset - after.start];
  // Bytes before this have been compared: no number reaches back over it.
  let done = 0;
  for (let at = 0; at < a.size;) {
    if (before.bytes.getUint8(from + at) === after.bytes.getUint8(to + at)) {
      at += 1;
      continue;
    }
    const number = [0, 1, 2, 3]
      .map((back) => at - back)
      .find(
        (place) =>
          place >= done &&
          place + 4 <= a.size &&
          standForSame(
            before.package,
            before.bytes.getInt32(from + place, true),
            after.package,
            after.bytes.getInt32(to + place, true),
          ),
      );
    if (number === undefined) return false;
    at = number + 4;
    done = at;
  }
  return true;
}

function standForSame(before: UnrealPackage, a: number, after: UnrealPackage, b: number): boolean {
  const name = before.names[a];
  if (name !== undefined && name === after.names[b]) return true;
  const [old, next] = [objectOf(before, a), objectOf(after, b)];
  return old !== undefined && old.path === next?.path && old.className === next.className;
}

/** By a package index: above 0 an export, below 0 an import. */
function objectOf(one: UnrealPackage, index: number): { className: string; path: string } | undefined {
  return index > 0 ? one.exports[index - 1] : one.imports[-index - 1];
}
