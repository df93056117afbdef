// Tests that everything the viewers of sounds and videos say has a translation.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const EXTENSION = fileURLToPath(new URL('../../../extension/', import.meta.url));
const SOURCES = globSync('webview/{media,sound,video}/*.ts', { cwd: EXTENSION });

/** Calls whose text is shown, and their first text. */
const SAYS = /(?:translate|MediaProblem|button|choice|sign)\((?:'.', )?\s*'((?:[^'\\]|\\.)*)'/g;

describe('the strings of players', () => {
  const strings = ['mediaStrings', 'viewerStrings']
    .map((name) => readFileSync(`${EXTENSION}viewer/${name}.ts`, 'utf8'))
    .join('');

  it('are there', () => {
    const said = SOURCES.flatMap((file) =>
      [...readFileSync(EXTENSION + file, 'utf8').matchAll(SAYS)].map(([, text]) => text),
    );
    assert.ok(said.length > 20, `${said.length} texts found`);
    for (const text of said)
      assert.ok(strings.includes(`t('${text}')`) || strings.includes(`\n      '${text}',\n`), text);
  });

  it('are said by some source', () => {
    const sources = SOURCES.map((file) => readFileSync(EXTENSION + file, 'utf8')).join('');
    const own = readFileSync(`${EXTENSION}viewer/mediaStrings.ts`, 'utf8');
    const texts = [...own.matchAll(/l10n\.t\(\s*'([^']*)'/g)].map(([, text]) => text);
    assert.ok(texts.length > 20);
    for (const text of texts) assert.ok(sources.includes(`'${text}'`), text);
  });
});
