// Owns which data plane a process works with: the native one where its module loads, else the portable one.
import { ForgeError } from '../errors.ts';
import type { DataPlane, PlaneName } from './dataPlane.ts';
import { loadNativePlane } from './native.ts';

export interface ChosenPlane {
  name: PlaneName;
  /** Makes the plane; it starts its threads when it gets work. */
  create: () => DataPlane;
  /** For people: why this is not the native plane, and what that costs. Undefined when the portable plane was asked for. */
  fallback: string | undefined;
}

export interface PlanePlaces {
  /** Folder of the native module that was built here. */
  nativeFolder: string;
  /** Absolute path from which a package with the native module is looked for. */
  requireFrom: string;
  /** What the portable plane's threads run. */
  workerScript: string | URL;
}

/**
 * `wanted` is `native`, `portable` or nothing, as the shell was told.
 * @throws ForgeError USAGE for another word, UNSUPPORTED when the native plane is wanted and cannot be had
 */
export async function choosePlane(wanted: string | undefined, places: PlanePlaces): Promise<ChosenPlane> {
  if (wanted && wanted !== 'native' && wanted !== 'portable') {
    throw new ForgeError(
      'USAGE',
      `FORGE_PLANE is "${wanted}"; the data planes are native and portable`,
      'Set it to one of the two, or unset it.',
    );
  }
  if (wanted === 'portable') return portable(places, undefined);
  const native = loadNativePlane({ folder: places.nativeFolder, requireFrom: places.requireFrom });
  if (native.plane) {
    const { plane } = native;
    return { name: 'native', create: () => plane, fallback: undefined };
  }
  if (wanted === 'native') {
    throw new ForgeError(
      'UNSUPPORTED',
      `The native data plane cannot be loaded: ${native.reason}`,
      'Build it with cargo (npm run build), or unset FORGE_PLANE.',
    );
  }
  return portable(
    places,
    'The native data plane is not here, so Forge uses its portable one: the same results, but storing files takes a few ' +
      `times as long. With cargo installed, \`npm run build\` makes the native one. (${native.reason})`,
  );
}

async function portable({ workerScript }: PlanePlaces, fallback: string | undefined): Promise<ChosenPlane> {
  const { PortablePlane } = await import('./portable/portablePlane.ts');
  return { name: 'portable', create: () => new PortablePlane({ workerScript }), fallback };
}
