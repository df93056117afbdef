// Shows that every text of the editor can be translated, and that each language has all of them with the same placeholders.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { collectTexts, placeholders } from '../../../scripts/l10n/collectTexts.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (name: string): Record<string, string> =>
  JSON.parse(readFileSync(`${root}/${name}`, 'utf8')) as Record<string, string>;

describe('texts of the editor', () => {
  const found = collectTexts(root);
  const missing = (wanted: Iterable<string>, there: Iterable<string>): string[] => {
    const known = new Set(there);
    return [...wanted].filter((text) => !known.has(text));
  };

  it('are written out where they are used, so that they can be collected', () => {
    assert.deepEqual(found.unreadable, []);
    assert.ok(found.texts.size > 200);
  });

  it('are all in l10n/bundle.l10n.json, and nothing else is (npm run l10n)', () => {
    const bundle = Object.keys(read('l10n/bundle.l10n.json'));
    assert.deepEqual(missing(found.texts, bundle), []);
    assert.deepEqual(missing(bundle, found.texts), []);
  });

  it('that webviews say are handed to them', () => {
    assert.ok(found.ofWebviews.size > 10);
    assert.deepEqual(missing(found.ofWebviews, found.handedToWebviews), []);
  });

  const languages = globSync('l10n/bundle.l10n.*.json', { cwd: root }).map((name) => name.split('.')[2]);

  it('are there in a second language', () => {
    assert.deepEqual(languages, ['de']);
    assert.deepEqual(globSync('package.nls.*.json', { cwd: root }), ['package.nls.de.json']);
  });

  for (const language of languages) {
    for (const [english, translated] of [
      ['l10n/bundle.l10n.json', `l10n/bundle.l10n.${language}.json`],
      ['package.nls.json', `package.nls.${language}.json`],
    ] as const) {
      it(`are all in ${translated}, with the placeholders, commands and icons of the English ones`, () => {
        const [from, to] = [read(english), read(translated)];
        assert.deepEqual(missing(Object.keys(from), Object.keys(to)), []);
        assert.deepEqual(missing(Object.keys(to), Object.keys(from)), []);
        for (const [key, text] of Object.entries(to)) {
          assert.notEqual(text.trim(), '', key);
          assert.deepEqual(placeholders(text), placeholders(from[key]), key);
          const fixed = /\(command:[\w.%-]+[^)]*\)|\$\([\w~-]+\)/g;
          assert.deepEqual(text.match(fixed), from[key].match(fixed), key);
        }
      });
    }
  }
});
