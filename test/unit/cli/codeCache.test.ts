// Tests running a bundle with and without its code cache, each time in a new process, as V8 remembers what it compiled.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempFolder } from '../../support/tempFolder.ts';

const codeCache = fileURLToPath(new URL('../../../cli/codeCache.ts', import.meta.url));
const SOURCE = `exports.add = (a, b) => a + b;
exports.where = [__filename, __dirname, require('node:path').sep];
`;

/** Loads the bundle in a new process and returns what `expression` gives there, where the loaded bundle is `bundle`. */
function load(file: string, expression: string): unknown {
  const program = `import { loadBundle } from ${JSON.stringify(codeCache)};
    const bundle = loadBundle(${JSON.stringify(file)});
    console.log(JSON.stringify(${expression} ?? null));`;
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  assert.equal(done.stderr, '');
  return JSON.parse(done.stdout);
}

describe('cli/codeCache', () => {
  let file: string;
  beforeEach(async () => {
    file = path.join(await tempFolder(), 'bundle.cjs');
    await writeFile(file, SOURCE);
  });

  const check = (cached: boolean) =>
    assert.deepEqual(load(file, '[bundle.cached, bundle.exports.add(1, 2), ...bundle.exports.where]'), [
      cached,
      3,
      file,
      path.dirname(file),
      path.sep,
    ]);

  it('runs a bundle as Node would, with what it writes and without', () => {
    check(false);
    load(file, '(bundle.exports.add(1, 2), bundle.writeCache())');
    check(true);
  });

  it('goes on without a cache that another V8 wrote, or that is cut off', async () => {
    load(file, 'bundle.writeCache()');
    const bytes = await readFile(`${file}.cache`);
    await writeFile(`${file}.cache`, Buffer.from(bytes).fill(7, 4, 8));
    check(false);
    await writeFile(`${file}.cache`, bytes);
    await truncate(`${file}.cache`, bytes.length - 10);
    check(false);
    await writeFile(`${file}.cache`, '');
    check(false);
  });

  it('is what the build leaves beside the command line', function () {
    const built = fileURLToPath(new URL('../../../dist/cliMain.cjs', import.meta.url));
    if (!existsSync(built)) return this.skip();
    assert.equal(load(built, 'bundle.cached'), true);
  });
});
