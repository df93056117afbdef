// Owns `npm run soak`: the tests that are too long for every day: a kill before every single change of the file system, files of 4 GiB.
import { install, projectNode, run } from './setup.mjs';

install();
const mocha = ['node_modules/mocha/bin/mocha.js', 'test/crash/*.test.ts', 'test/soak/*.test.ts'];
process.exitCode = run(projectNode(), mocha, { env: { ...process.env, FORGE_TEST_EVERY_STEP: '1' } });
