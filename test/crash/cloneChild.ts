// Owns what the child process of the clone's crash tests does: one clone, then what came of it on standard output.
import { cloneRepository } from '../../core/sync/clone.ts';
import { planes } from '../support/planes.ts';
import { portablePlane, testDeps } from '../support/repositories.ts';

const [, , source, target] = process.argv;
const plane = process.env.FORGE_TEST_PLANE === 'native' ? planes.at(-1)!.create() : portablePlane();
process.stdout.write('ready\n');
const result = await cloneRepository(
  source,
  target,
  testDeps(() => plane),
  {},
);
process.stdout.write(JSON.stringify(result));
await plane.close();
