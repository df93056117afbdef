// Tests finding paths of assets in texts of every syntax, and that the time and the result are bounded.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findReferences, MAX_REFERENCES, referenceAt } from '../../../../server/language/references.ts';
import { syntaxOf } from '../../../../server/language/syntaxes.ts';

const paths = (text: string, file: string): string[] =>
  findReferences(text, syntaxOf(file)).map(({ path }) => path);

describe('references in texts', () => {
  const cases: [why: string, file: string, text: string, found: string[]][] = [
    ['C++ macros', 'a.cpp', 'LoadObject(nullptr, TEXT("/Game/Props/Rock.Rock"));', ['/Game/Props/Rock.Rock']],
    ['a class', 'a.h', 'x = "/Game/BP/Door.Door_C";', ['/Game/BP/Door.Door_C']],
    [
      'a subobject',
      'a.py',
      "load('/Game/M/Map.Map:PersistentLevel.Cube')",
      ['/Game/M/Map.Map:PersistentLevel.Cube'],
    ],
    ['export text', 'a.json', `"Texture2D'/Game/T/Rock.Rock'"`, ['/Game/T/Rock.Rock']],
    [
      'new export text, whose class leads nowhere',
      'a.csv',
      `x,/Script/Engine.Texture2D'/Game/T/Rock.Rock',y`,
      ['/Script/Engine.Texture2D', '/Game/T/Rock.Rock'],
    ],
    ['a plugin', 'a.ini', '+Paths=/Rocks/Meshes/Big', ['/Rocks/Meshes/Big']],
    ['INI values', 'a.ini', 'GameDefaultMap=/Game/Maps/Start', ['/Game/Maps/Start']],
    ['names of other scripts', 'a.ini', 'Map=/Game/Karten/Höhle', ['/Game/Karten/Höhle']],
    ['a format string is no path', 'a.cpp', '"/Game/Maps/Level_%d"', []],
    ['nor is a folder that more is put behind', 'a.cpp', '"/Game/Maps/" + name', []],
    ['an address is no path', 'a.md', '[x](https://a.org/Game/b.png)', []],
    ['a division is no path', 'a.cpp', 'x = a/b/c;', []],
    ['JSON', 'a.json', '{"icon": "ui/icon.png"}', ['ui/icon.png']],
    ['a JSON path with backslashes', 'a.json', '{"icon": "ui\\\\icon.png"}', ['ui/icon.png']],
    ['a name with spaces', 'a.json', '{"icon": "my ui/icon 1.png"}', ['my ui/icon 1.png']],
    ['a name with quotes', 'a.json', '{"icon": "my \\"big\\" icon \'1\'.png"}', [`my "big" icon '1'.png`]],
    ['a backslash before the path', 'a.json', '["\\\\", "b.png"]', ['b.png']],
    ['glTF', 'a.gltf', '{"uri": "tex%20tures/a.png"}', ['tex tures/a.png']],
    ['embedded glTF is no path', 'a.gltf', '{"uri": "data:image/png;base64,AA.png"}', []],
    ['USD', 'a.usda', 'asset inputs:file = @./tex/a.png@', ['./tex/a.png']],
    ['Markdown', 'a.md', '![a](img/a.png) and ![b](<img/b c.png>)', ['img/a.png', 'img/b c.png']],
    ['Markdown with a title', 'a.md', '![a](img/a.png "A")', ['img/a.png']],
    ['HTML in Markdown', 'a.md', '<img src="img/a.png">', ['img/a.png']],
    ['prose is no path', 'a.md', 'Open a.png (or b.png) now', []],
    ['YAML', 'a.yaml', 'icon: ui/icon.png\nlist:\n  - ./a b.wav\n', ['ui/icon.png', './a b.wav']],
    ['CSV', 'a.csv', 'Rock,ui/rock.png,3\n', ['ui/rock.png']],
    ['upper case', 'a.json', '"A.PNG"', ['A.PNG']],
    ['a longer extension is another', 'a.json', '"a.png.import"', []],
    ['absolute paths', 'a.html', '<img src="/img/My Rock.png">', ['/img/My Rock.png']],
  ];
  for (const [why, file, text, found] of cases)
    it(`${why}: ${text.slice(0, 50).replace(/\n/g, ' ')}`, () => assert.deepEqual(paths(text, file), found));

  it('finds an Unreal path wherever it is put, and its place', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,20}$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), fc.string(), fc.string(), (names, a, b) => {
        const path = `/Game/${names.join('/')}`;
        const text = `${a} "${path}" ${b}`;
        const syntax = syntaxOf('x.json');
        const at = a.length + 2;
        const one = findReferences(text, syntax).find(({ start }) => start === at);
        assert.equal(one?.path, path);
        assert.equal(text.slice(one.start, one.end), path);
        assert.equal(referenceAt(text, syntax, at + 3)?.start, at);
      }),
    );
  });

  it('gives places in order that never overlap, whatever the text', () => {
    const sign = fc.constantFrom(
      '/',
      '.',
      '"',
      "'",
      '@',
      '(',
      ')',
      ' ',
      '\n',
      'a',
      '.png',
      '/Game/',
      '<',
      ']',
      '%',
      '\\',
    );
    const file = fc.constantFrom('a.json', 'a.md', 'a.usda', 'a.yaml', 'a.gltf');
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 80 }), file, (signs, name) => {
        const text = signs.join('');
        let last = 0;
        for (const { start, end } of findReferences(text, syntaxOf(name))) {
          assert.ok(start >= last && end > start && end <= text.length);
          last = end;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('looks at 10 MB of minified JSON in a time that grows with its length alone', () => {
    const syntax = syntaxOf('a.json');
    for (const piece of [
      '{"a":"/Game/A/B","b":"x/y.png"},',
      'a',
      '/',
      '/a',
      '"',
      '.png',
      '/Game/A.',
      ' ',
      '\\',
    ]) {
      const time = (length: number): number => {
        const text = piece.repeat(length / piece.length);
        const start = process.cpuUsage();
        assert.ok(findReferences(text, syntax).length <= MAX_REFERENCES);
        const { user, system } = process.cpuUsage(start);
        return (user + system) / 1e6;
      };
      const seconds = time(10_000_000);
      assert.ok(seconds < 8, `${piece}: ${seconds} s`);
    }
  }).timeout(60_000);

  it('finds the reference at the cursor in a line of 10 MB by looking at its neighbourhood', () => {
    const syntax = syntaxOf('a.json');
    const text = `${'"x",'.repeat(1_250_000)}"/Game/A/B",${'"y",'.repeat(1_250_000)}`;
    const at = text.indexOf('/Game/A/B');
    assert.deepEqual(referenceAt(text, syntax, at + 4), {
      start: at,
      end: at + 9,
      path: '/Game/A/B',
      unreal: true,
    });
    assert.equal(referenceAt(text, syntax, 100), undefined);
  });
});
