// Owns the tests of the `forge` attribute: Git's own answers are the reference.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { type AssetRule, ForgeAttributes } from '../../../core/worktree/attributes.ts';
import { git, gitIsHere } from '../../support/stockGit.ts';
import { tempFolder } from '../../support/tempFolder.ts';

async function attributesFor(files: Record<string, string>): Promise<ForgeAttributes> {
  const root = await tempFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return ForgeAttributes.load({ root, gitDir: join(root, '.git') });
}

function check(attributes: ForgeAttributes, expected: Record<string, AssetRule>): void {
  for (const [path, rule] of Object.entries(expected)) assert.equal(attributes.rule(path), rule, path);
}

describe('ForgeAttributes', () => {
  it('tells asset, text and unspecified apart; the last line wins', async () => {
    check(
      await attributesFor({
        '.gitattributes':
          '# c\n*.psd forge\n*.svg -forge\n*.csv text forge diff\n/raw/*.csv !forge\n*.no other\n*.v forge=yes\n',
      }),
      {
        'a.psd': 'asset',
        'x/a.psd': 'asset',
        'a.svg': 'text',
        'a.csv': 'asset',
        'raw/a.csv': 'auto',
        'raw/x/a.csv': 'asset',
        'a.no': 'auto',
        'a.v': 'auto',
        'a.txt': 'auto',
      },
    );
  });

  it('lets the deeper file win and info/attributes over all', async () => {
    check(
      await attributesFor({
        '.gitattributes': '* -forge\n',
        'art/.gitattributes': '*.json forge\n',
        'art/src/.gitattributes': '*.json !forge\n',
        '.git/info/attributes': 'art/final.json -forge\n',
      }),
      {
        'a.json': 'text',
        'art/a.json': 'asset',
        'art/src/a.json': 'auto',
        'art/final.json': 'text',
        'art/x/a.json': 'asset',
      },
    );
  });

  it('matches paths, not what is below them', async () => {
    check(
      await attributesFor({ '.gitattributes': 'dir forge\n/top/* forge\nall/** forge\nslash/ forge\n' }),
      {
        'dir/file': 'auto',
        dir: 'asset',
        'top/a': 'asset',
        'top/a/b': 'auto',
        'all/a/b': 'asset',
        'slash/a': 'auto',
      },
    );
  });

  it('reads quoted patterns and drops malformed lines', async () => {
    check(
      await attributesFor({
        '.gitattributes':
          '"with space" forge\n"tab\\there" forge\n"\\303\\251" forge\n"end " forge\n"#x" forge\n!neg forge\n\\!neg forge\na forge -=\nb --forge\nc -forge forge\n',
      }),
      {
        'with space': 'asset',
        'tab\there': 'asset',
        é: 'asset',
        'end ': 'asset',
        end: 'auto',
        '#x': 'asset',
        neg: 'auto',
        '!neg': 'asset',
        a: 'auto',
        b: 'auto',
        c: 'asset',
      },
    );
  });

  it('does not read attributes through a link', async () => {
    const root = await tempFolder();
    writeFileSync(join(root, 'rules'), '* forge\n');
    symlinkSync('rules', join(root, '.gitattributes'));
    check(await ForgeAttributes.load({ root, gitDir: join(root, '.git') }), { a: 'auto' });
  });
});

const piece = fc.constantFrom('a', 'b', 'ab', 'a*', '*b', '*', '?', '[ab]', '[!a]', '*.b', '\\a', 'a?', '**');
const line = fc
  .record({
    anchored: fc.boolean(),
    names: fc.array(piece, { minLength: 1, maxLength: 3 }),
    folder: fc.nat(5).map((n) => n === 0),
    quoted: fc.boolean(),
    attributes: fc.array(
      fc.constantFrom('forge', '-forge', '!forge', 'text', '-diff', 'eol=lf', 'forge=x', '-bad=', '='),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    gap: fc.constantFrom(' ', '\t', '   '),
    end: fc.constantFrom('', '', ' ', '\r'),
  })
  .map(({ anchored, names, folder, quoted, attributes, gap, end }) => {
    const pattern = `${anchored ? '/' : ''}${names.join('/')}${folder ? '/' : ''}`;
    const word = quoted ? `"${pattern.replaceAll('\\', '\\\\')}"` : pattern;
    return `${word}${gap}${attributes.join(gap)}${end}`;
  });
const FOLDERS = ['', 'a', 'b', 'a/ab', 'a/b/a'];
const PATHS = FOLDERS.flatMap((folder) =>
  ['a', 'b', 'ab', 'a.b', 'c'].map((name) => (folder === '' ? name : `${folder}/${name}`)),
);
const files = fc.array(
  fc.record({
    folder: fc.constantFrom(...FOLDERS, '.git/info'),
    lines: fc.array(line, { minLength: 1, maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 4 },
);

describe('ForgeAttributes against git', () => {
  it('agrees with git check-attr', async function () {
    if (!gitIsHere) return this.skip();
    this.timeout(120_000);
    const root = await tempFolder();
    git(root, ['init', '-q']);
    for (const folder of FOLDERS) mkdirSync(join(root, folder), { recursive: true });
    const fileIn = (folder: string) =>
      join(root, folder, folder === '.git/info' ? 'attributes' : '.gitattributes');
    await fc.assert(
      fc.asyncProperty(files, async (rules) => {
        for (const folder of [...FOLDERS, '.git/info']) rmSync(fileIn(folder), { force: true });
        for (const { folder, lines } of rules) writeFileSync(fileIn(folder), lines.join('\n'));
        const answer = git(root, ['check-attr', '-z', '--stdin', 'forge'], {
          input: `${PATHS.join('\0')}\0`,
        }).split('\0');
        const attributes = await ForgeAttributes.load({ root, gitDir: join(root, '.git') });
        PATHS.forEach((path, i) => {
          assert.equal(answer[3 * i], path);
          const said = answer[3 * i + 2];
          const expected = said === 'set' ? 'asset' : said === 'unset' ? 'text' : 'auto';
          assert.equal(attributes.rule(path), expected, `${path} with ${JSON.stringify(rules)}`);
        });
      }),
      { numRuns: 150 },
    );
  });
});
