// Shows that the server speaks the language that the editor names, and English otherwise.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { errorData } from '../../../server/errors.ts';
import { translated } from '../../../server/formatTexts.ts';
import { kindOf } from '../../../server/language/assetKinds.ts';
import { type AssetFacts, hoverText } from '../../../server/language/hoverText.ts';
import { language, speak } from '../../../server/texts.ts';

const FOLDER = fileURLToPath(new URL('../../../l10n', import.meta.url));
const FACTS: AssetFacts = {
  file: '/w/a.png',
  uri: 'file:///w/a.png',
  path: 'a.png',
  kind: 'PNG',
  size: 1_234_567,
  state: 'untracked',
  thumbnail: undefined,
  versions: [
    { commit: 'c', path: 'a.png', author: 'Mira', time: '2026-03-08T12:00:00Z', message: '', size: 10 },
  ],
  absolute: (path) => `/w/${path}`,
};
const NOW = Date.parse('2026-03-10T12:00:00Z');

describe('the language of the server', () => {
  afterEach(() => speak(undefined, undefined, FOLDER));

  it('is that of the editor, in texts, numbers and times', async () => {
    await speak('de', undefined, FOLDER);
    const text = hoverText(FACTS, NOW);
    for (const part of ['1,23 MB', 'noch nicht verfolgt', '[Öffnen]', 'vorgestern', 'keine Nachricht'])
      assert.ok(text.includes(part), `${part} in ${text}`);
    assert.equal(kindOf('a.png'), 'PNG-Bild');
    assert.match(errorData(new Error('x')).remedy, /Ausgabe des Forge-Sprachservers/);
  });

  it('takes the labels of formats along, and leaves what it does not know', async () => {
    await speak('de', undefined, FOLDER);
    const facts = { kind: 'image', format: 'PNG', details: [] as [string, string][] };
    const details: [string, string][] = [
      ['Layers', '3'],
      ['constructor', '1'],
    ];
    assert.deepEqual(translated({ ...facts, details }).details, [
      ['Ebenen', '3'],
      ['constructor', '1'],
    ]);
  });

  it('leaves how long a sound or video is as it is', () => {
    const text = hoverText({ ...FACTS, kind: 'MP4', width: 640, height: 360, duration: 62.5 }, NOW);
    assert.ok(text.includes('MP4, 640 × 360, 1:02.5, 1.23 MB'), text);
  });

  it('is that of a translation handed over, before any file', async () => {
    await speak('de', { 'not tracked yet': 'unbekannt' }, FOLDER);
    assert.ok(hoverText(FACTS, NOW).includes('unbekannt'));
  });

  it('is that of the language where a region has no texts', async () => {
    await speak('de-CH', undefined, FOLDER);
    assert.ok(hoverText(FACTS, NOW).includes('noch nicht verfolgt'));
  });

  for (const name of [undefined, 'xx', '../de', ''])
    it(`is English for ${JSON.stringify(name)}`, async () => {
      await speak(name, undefined, FOLDER);
      const text = hoverText(FACTS, NOW);
      assert.ok(text.includes('not tracked yet'), text);
      assert.ok(['en', 'xx'].includes(language()));
    });
});
