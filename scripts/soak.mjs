// Owns `npm run soak`: the tests that are too long for every day, here a kill before every single change of the file system.
import { install, projectNode, run } from './setup.mjs';

install();
const mocha = ['node_modules/mocha/bin/mocha.js', 'test/crash/*.test.ts'];
process.exitCode = run(projectNode(), mocha, { env: { ...process.env, FORGE_TEST_EVERY_STEP: '1' } });
