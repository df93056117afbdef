// Tests what a hover says: facts, links that run commands, and that nothing written by others becomes markup.
import assert from 'node:assert/strict';
import { type AssetFacts, hoverText } from '../../../../server/language/hoverText.ts';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const FACTS: AssetFacts = {
  file: '/w/UI/icon.png',
  uri: 'file:///w/UI/icon.png',
  path: 'UI/icon.png',
  kind: 'PNG image',
  size: 1_234_567,
  width: 64,
  height: 32,
  state: 'modified',
  thumbnail: { mime: 'image/png', base64: 'AAAA', width: 320, height: 160 },
  versions: [
    {
      commit: 'c'.repeat(40),
      path: 'UI/old (1).png',
      author: 'Mira',
      time: '2026-03-08T12:00:00Z',
      message: 'Draw it\n\nMore',
      size: 10,
      addedBytes: 5,
    },
  ],
  absolute: (path) => `/w/${path}`,
};

describe('hover over an asset', () => {
  it('tells picture, facts, state and versions', () => {
    const text = hoverText(FACTS, NOW);
    assert.ok(
      text.includes(
        '<img src="data:image/png;base64,AAAA" alt="Preview of icon.png" width="96" height="48">',
      ),
    );
    assert.ok(text.includes('PNG image, 64 × 32, 1.23 MB'));
    assert.ok(text.includes('modified since the last commit'));
    assert.ok(text.includes('- Draw it — Mira, 2 days ago, 10 B, +5 B · '));
    assert.ok(text.includes('[Open](file:///w/UI/icon.png)'));
  });

  it('says why there is no picture', () => {
    const text = hoverText({ ...FACTS, thumbnail: undefined, problem: 'it is <cut> off' }, NOW);
    assert.ok(text.includes('_No picture is shown\\: it is &#60;cut&#62; off_'), text);
  });

  it('escapes markup and HTML of a message, each once', () => {
    const [version] = FACTS.versions ?? [];
    const text = hoverText({ ...FACTS, versions: [{ ...version, message: "Don't use <T> & #1" }] }, NOW);
    assert.ok(text.includes('Don&#39;t use &#60;T&#62; &#38; \\#1'), text);
  });

  it('links to commands whose arguments come through whole', () => {
    const links = [...hoverText(FACTS, NOW).matchAll(/\(command:([\w.]+)\?([^)]*)\)/g)];
    assert.deepEqual(
      links.map(([, command, query]) => [command, JSON.parse(decodeURIComponent(query)) as unknown]),
      [
        ['forge.showHistory', [{ file: '/w/UI/icon.png' }]],
        ['forge.openVersion', [{ file: '/w/UI/old (1).png', revision: 'c'.repeat(40) }]],
        ['forge.compareVersions', [{ file: '/w/UI/old (1).png', revision: 'c'.repeat(40) }]],
        ['forge.restoreVersion', [{ file: '/w/UI/old (1).png', revision: 'c'.repeat(40) }]],
      ],
    );
  });

  it('makes no markup of what others wrote', () => {
    const message = '[x](command:evil) <img src=x> **b** `c`';
    const text = hoverText({ ...FACTS, versions: [{ ...FACTS.versions![0], message, author: '<b>' }] }, NOW);
    assert.ok(!text.includes('](command:evil'));
    assert.ok(!text.includes('<img src=x'));
    assert.ok(!text.includes('<b>'));
  });

  it('stays below what the editor shows, without a picture that is too large', () => {
    const thumbnail = { ...FACTS.thumbnail!, base64: 'A'.repeat(64_001) };
    assert.ok(!hoverText({ ...FACTS, thumbnail }, NOW).includes('<img'));
    const versions = Array.from({ length: 10 }, () => ({
      ...FACTS.versions![0],
      message: '*'.repeat(5_000),
    }));
    const largest = { ...FACTS.thumbnail!, base64: 'A'.repeat(64_000) };
    assert.ok(hoverText({ ...FACTS, thumbnail: largest, versions }, NOW).length < 100_000);
  });

  it('says so when versions are still being read, and when the file is gone', () => {
    assert.match(hoverText({ ...FACTS, versions: undefined }, NOW), /still being read/);
    assert.match(hoverText({ ...FACTS, size: undefined }, NOW), /not in the working tree/);
  });
});
