// Owns the data planes of tests: one that the tests of a process share, and all that the conformance suite runs on.
import { fileURLToPath } from 'node:url';
import type { DataPlane } from '../../core/dataplane/dataPlane.ts';
import { loadNativePlane } from '../../core/dataplane/native.ts';
import { PortablePlane } from '../../core/dataplane/portable/portablePlane.ts';

const WORKER = new URL('../../core/dataplane/portable/worker.ts', import.meta.url);
const NATIVE_FOLDER = fileURLToPath(new URL('../../native', import.meta.url));

export interface TestedPlane {
  name: string;
  create: () => DataPlane;
}

let shared: DataPlane | undefined;

/** A portable plane whose idle workers do not keep the process alive. */
export function sharedPlane(): DataPlane {
  return (shared ??= new PortablePlane({ workerScript: WORKER }));
}

const portable: TestedPlane = { name: 'portable', create: () => new PortablePlane({ workerScript: WORKER }) };
const native = nativePlane();

/** Every plane that can be had here. */
export const planes: TestedPlane[] = typeof native === 'string' ? [portable] : [portable, native];

/** The native plane, or why there is none. */
function nativePlane(): TestedPlane | string {
  const { plane, ...rest } = loadNativePlane({ folder: NATIVE_FOLDER, requireFrom: import.meta.filename });
  if (plane) return { name: 'native', create: () => plane };
  return `it cannot be loaded (${(rest as { reason: string }).reason})`;
}

/** Runs the tests that `define` declares on each plane; a plane that cannot be had is one skipped test that says why. */
export function onEachPlane(title: string, define: (plane: () => DataPlane) => void): void {
  describe(title, () => {
    for (const { name, create } of planes) {
      describe(`${name} plane`, () => define(usePlane(create)));
    }
    if (typeof native === 'string') it(`native plane: ${native}`);
  });
}

/** Runs the tests for each pair of planes, one to write and one to read; with one plane it does both. */
export function onEachPair(
  title: string,
  define: (writer: () => DataPlane, reader: () => DataPlane) => void,
): void {
  describe(title, () => {
    for (const writer of planes) {
      for (const reader of planes) {
        describe(`${writer.name} writes, ${reader.name} reads`, () =>
          define(usePlane(writer.create), usePlane(reader.create)));
      }
    }
    if (typeof native === 'string') it(`with the native plane: ${native}`);
  });
}

/** Creates a plane before the tests of the current block and closes it after them. */
function usePlane(create: () => DataPlane): () => DataPlane {
  let plane: DataPlane;
  before(() => {
    plane = create();
  });
  after(() => plane.close());
  return () => plane;
}
