// Owns what the crash tests' child process does: one command in a repository, then its result on standard output.
import { Repository } from '../../core/repo/repository.ts';
import { planes } from '../support/planes.ts';
import { portablePlane, testDeps } from '../support/repositories.ts';

const [, , root, command, ...args] = process.argv;
const plane = process.env.FORGE_TEST_PLANE === 'native' ? planes.at(-1)!.create() : portablePlane();
const repository = await Repository.open(
  root,
  testDeps(() => plane),
);
switch (command) {
  case 'commit':
    process.stdout.write((await repository.commit({ message: args[0], paths: [] })).commit);
    break;
  case 'switch':
    process.stdout.write((await repository.switch({ target: args[0] })).commit);
    break;
  case 'restore':
    await repository.restore({ from: args[0], paths: ['.'] });
    break;
  case 'undo':
    await repository.undo({});
    break;
  case 'gc':
    process.stdout.write('ready\n');
    process.stdout.write(JSON.stringify(await repository.collectGarbage({ retention: 0 })));
    break;
  default:
    throw new Error(`unknown command ${command}`);
}
await repository.close();
await plane.close();
