// Owns the shapes of the native module's arguments and results on the way to those of the DataPlane interface.
import type * as Native from '../../native/index.d.ts';
import {
  type ChangedEntry,
  type IngestedFile,
  type IngestFile,
  type Listing,
  type RestoredFile,
  type RestoreFile,
  type StatTuple,
  STAT_FIELDS,
} from './dataPlane.ts';

const RULES = { auto: 0, asset: 1, text: 2 } as const;
const STATES = ['stat', 'racy', 'type', 'missing', 'intentToAdd', 'conflict'] as const;
export const OID_SIZE = 20;
/** State, stage and whether there is a stat. */
const CHANGE_FLAGS = 3;
/** The mode, and the fields of a stat. */
const CHANGE_NUMBERS = 1 + STAT_FIELDS;

export function nativeFile({ rule, edit, ...file }: IngestFile): Native.NativeIngestFile {
  if (!edit) return { ...file, rule: RULES[rule] };
  const { hashed, previousSections, previousManifest } = edit;
  const known = { stat: hashed.stat, sections: hashed.values, previousSections, previousManifest };
  return { ...file, rule: RULES[rule], edit: known };
}

export function ingestedFile(file: Native.NativeIngested, path: string): IngestedFile {
  const { kind, stat, blake3, chunks, newBytes, storedBytes, sections, parts } = file;
  if (kind === 'text' && stat) return { kind, stat: stat as StatTuple };
  if (kind === 'asset' && stat && blake3 !== undefined) {
    const size = stat[STAT_FIELDS - 1];
    const result = { kind, stat: stat as StatTuple, blake3, size, chunks, newBytes, storedBytes };
    return { ...result, ...(sections && { sections }), ...(parts && { parts }) };
  }
  return { kind: 'failed', code: file.code ?? 'EIO', message: `${path}: ${file.message}` };
}

export function expectation(
  expect: RestoreFile['expect'],
): Pick<Native.NativeRestoreFile, 'expect' | 'expectStat'> {
  if (expect === 'absent') return { expect: 0 };
  return expect === 'any' ? { expect: 1 } : { expect: 2, expectStat: expect };
}

export function restoredFile(file: Native.NativeRestored, path: string): RestoredFile {
  const { state, stat, sections, code, message, record } = file;
  if (state === 'conflict') return { state };
  if (state === 'done' && stat) return { state, stat: stat as StatTuple, ...(sections && { sections }) };
  return {
    state: 'failed',
    code: code ?? 'EIO',
    message: `${path}: ${message}`,
    ...(record !== undefined && { record }),
  };
}

export function changedEntries(found: Native.NativeComparison): ChangedEntry[] {
  const { changedOids: oids, changedFlags: flags, changedNumbers: numbers } = found;
  return splitPaths(found.changedPaths).map((path, i) => {
    const [state, stage, hasStat] = flags.subarray(CHANGE_FLAGS * i, CHANGE_FLAGS * (i + 1));
    const at = CHANGE_NUMBERS * i;
    return {
      path,
      oid: oids.toString('hex', OID_SIZE * i, OID_SIZE * (i + 1)),
      mode: numbers[at],
      stage,
      state: STATES[state],
      stat: hasStat ? (Array.from(numbers.subarray(at + 1, at + CHANGE_NUMBERS)) as StatTuple) : undefined,
    };
  });
}

export function listing(found: Native.NativeListing): Listing {
  return { paths: splitPaths(found.paths), types: Uint8Array.from(found.types), stats: found.stats };
}

/** Each path ends in a NUL. */
function splitPaths(bytes: Buffer): string[] {
  const paths = bytes.toString('utf8').split('\0');
  paths.pop();
  return paths;
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
