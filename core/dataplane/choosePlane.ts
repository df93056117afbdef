// Owns which data plane a process works with: the native one where its binary loads, else the portable one.
import { ForgeError } from '../errors.ts';
import type { DataPlane, PlaneName } from './dataPlane.ts';

export interface ChosenPlane {
  name: PlaneName;
  /** Makes the plane; it starts its threads when it gets work. */
  create: () => DataPlane;
  /** For people: why this is not the native plane, and what that costs. Undefined when the portable plane was asked for. */
  fallback: string | undefined;
}

/**
 * `wanted` is `native`, `portable` or nothing, as the shell was told. `workerScript`: what the portable plane's threads run.
 * @throws ForgeError USAGE for another word, UNSUPPORTED when the native plane is wanted and cannot be had
 */
export async function choosePlane(
  wanted: string | undefined,
  options: { workerScript: string | URL },
): Promise<ChosenPlane> {
  if (wanted !== undefined && wanted !== '' && wanted !== 'native' && wanted !== 'portable') {
    throw new ForgeError(
      'USAGE',
      `FORGE_PLANE is "${wanted}"; there are the planes native and portable`,
      'Set it to one of the two, or unset it.',
    );
  }
  if (wanted === 'portable') return portable(options.workerScript, undefined);
  return portable(options.workerScript, undefined);
}

async function portable(workerScript: string | URL, fallback: string | undefined): Promise<ChosenPlane> {
  const { PortablePlane } = await import('./portable/portablePlane.ts');
  return { name: 'portable', create: () => new PortablePlane({ workerScript }), fallback };
}
