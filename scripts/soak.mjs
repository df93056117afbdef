// Owns `npm run soak`: the checks that are too long for every day. `npm run soak -- shapes` runs one of them, without a name all but `fuzz`.
import { install, projectNode, run } from './setup.mjs';

const SOAKS = {
  /** A kill before every single change of the file system. */
  kill: 'test/crash/kill.test.ts',
  /** 200 kills of a collection of garbage, and 40 collections beside readers. */
  gc: 'test/crash/collect.test.ts',
  /** Files of 4 GiB by one worker and by many. */
  huge: 'test/soak/hugeFile.test.ts',
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in SOAKS));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')} to soak; there are ${Object.keys(SOAKS).join(', ')}.`);
  process.exitCode = 2;
} else {
  install();
  const files = (names.length > 0 ? names : Object.keys(SOAKS)).map((name) => SOAKS[name]);
  process.exitCode = run(projectNode(), ['node_modules/mocha/bin/mocha.js', ...files], {
    env: { ...process.env, FORGE_TEST_EVERY_STEP: '1' },
  });
}
