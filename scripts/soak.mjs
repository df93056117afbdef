// Owns `npm run soak`: the checks that are too long for every day. `npm run soak -- shapes gc` runs these, without names all but `fuzz`.
import { fuzz } from './fuzz.mjs';
import { install, projectNode, run } from './setup.mjs';

const SOAKS = {
  /** A kill before every single change of the file system. */
  kill: 'test/crash/kill.test.ts',
  /** 200 kills of a collection of garbage, and 40 collections beside readers. */
  gc: 'test/crash/collect.test.ts',
  /** A kill at every moment of a collection that recodes large assets, and 200 at random. */
  recode: 'test/crash/recode.test.ts',
  /** Files of 4 GiB and a byte less or more: by one worker and by many, and for each pair of planes. */
  huge: 'test/soak/hugeFile.test.ts',
  /** What restoring any version of the real histories reads, also after a collection of garbage. */
  reads: 'test/conformance/readCost.test.ts',
  /** 100,000 files of hostile shapes for each pair of planes. */
  shapes: 'test/conformance/shapes.test.ts',
};
const FUZZ = 'fuzz';

const names = process.argv.slice(2);
const known = [...Object.keys(SOAKS), FUZZ];
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')} to soak; there are ${known.join(', ')}.`);
  process.exitCode = 2;
} else {
  install();
  const files = (names.length > 0 ? names : Object.keys(SOAKS)).filter((name) => name !== FUZZ);
  const mocha = ['node_modules/mocha/bin/mocha.js', ...files.map((name) => SOAKS[name])];
  const env = { ...process.env, FORGE_TEST_EVERY_STEP: '1', FORGE_TEST_SHAPES: '100000' };
  if (files.length > 0) process.exitCode = run(projectNode(), mocha, { env });
  if (names.includes(FUZZ)) process.exitCode ||= fuzz();
}
