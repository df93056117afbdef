// Shows that everything that formats and picture.wasm say to people is handed to the translators.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const table = readFileSync(path.join(root, 'extension/viewer/reasonStrings.ts'), 'utf8');

/** Matches of the first group in the code of these files, without what is in comments. */
function texts(files: string, pattern: RegExp): string[] {
  return globSync(files, { cwd: root }).flatMap((name) => {
    const [source] = readFileSync(path.join(root, name), 'utf8').split('#[cfg(test)]');
    const code = source.replaceAll(/^\s*\/\/.*$/gm, '');
    return [...code.matchAll(pattern)].map(([, text]) => text);
  });
}

describe('what is said of media files', () => {
  const ofWasm = texts('native/picture/src/*.rs', /"((?:[^"\\]|\\.)*)"/g).filter(
    (text) => /\w \w|\{0\} /.test(text) && !text.includes('\\'),
  );
  const ofCore = texts('core/formats/*.ts', /(?:FormatProblem\(\s*|text: |CUT_OFF = |DAMAGED = )'([^']+)'/g);

  it('is found in the sources', () => {
    assert.ok(ofWasm.length > 30, `${ofWasm.length}`);
    assert.ok(ofCore.length > 30, `${ofCore.length}`);
  });

  it('can be translated', () => {
    const missing = [...new Set([...ofWasm, ...ofCore])].filter((text) => !table.includes(`'${text}'`));
    assert.deepEqual(missing, []);
  });

  it('is said somewhere, as long as it is translated', () => {
    const said = new Set([...ofWasm, ...ofCore]);
    const keys = [...table.matchAll(/l10n\.t\(\s*'([^']+)'/g)].map(([, text]) => text);
    assert.ok(keys.length > 60);
    assert.deepEqual(
      keys.filter((text) => !said.has(text)),
      [],
    );
  });
});
