// Shows what the grammars call each part of a pointer, an ignore file and a line of attributes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import oniguruma from 'vscode-oniguruma';
import textmate from 'vscode-textmate';

const root = new URL('../../../', import.meta.url);
const wasm = readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm'));

interface Contributed {
  language?: string;
  scopeName: string;
  path: string;
  injectTo?: string[];
}

/** Stands for VS Code's own, which is what `.gitattributes` has there. */
const INI = {
  scopeName: 'source.ini',
  patterns: [
    { match: '^\\s*#.*$', name: 'comment.ini' },
    { match: '\\b([a-zA-Z0-9_.-]+)\\b\\s*(=)', captures: { 1: { name: 'keyword.other.definition.ini' } } },
  ],
};

const { contributes } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  contributes: { grammars: Contributed[]; languages: { id: string; firstLine?: string }[] };
};

describe('syntaxes', () => {
  let registry: textmate.Registry;

  before(async () => {
    await oniguruma.loadWASM(wasm);
    registry = new textmate.Registry({
      onigLib: Promise.resolve({
        createOnigScanner: (patterns) => oniguruma.createOnigScanner(patterns),
        createOnigString: (text) => oniguruma.createOnigString(text),
      }),
      loadGrammar: (scope) => {
        if (scope === INI.scopeName)
          return Promise.resolve(textmate.parseRawGrammar(JSON.stringify(INI), 'ini.json'));
        const found = contributes.grammars.find(({ scopeName }) => scopeName === scope);
        if (!found) return Promise.resolve(null);
        const text = readFileSync(new URL(found.path, root), 'utf8');
        return Promise.resolve(textmate.parseRawGrammar(text, found.path));
      },
      getInjections: (scope) =>
        contributes.grammars.filter(({ injectTo }) => injectTo?.includes(scope)).map((one) => one.scopeName),
    });
  });

  /** What each part of a text is called by its innermost scope, without the language's own name. */
  async function tokens(scope: string, text: string): Promise<[string, string][]> {
    const grammar = await registry.loadGrammar(scope);
    assert.ok(grammar, scope);
    const found: [string, string][] = [];
    let state = textmate.INITIAL;
    for (const line of text.split('\n')) {
      const { tokens: parts, ruleStack } = grammar.tokenizeLine(line, state);
      state = ruleStack;
      for (const { startIndex, endIndex, scopes } of parts) {
        const part = line.slice(startIndex, endIndex);
        const name = (scopes.at(-1) ?? '').replace(/\.forge-\w+$/, '').replace(/^source$/, '');
        if (part.trim() !== '') found.push([part, name]);
      }
    }
    return found;
  }

  const HASH = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262';

  it('name the parts of a pointer', async () => {
    const text = `forge-pointer 1\nkind asset\nblake3 ${HASH}\nsize 1048576\n`;
    assert.deepEqual(await tokens('source.forge-pointer', text), [
      ['forge-pointer', 'keyword.control'],
      ['1', 'constant.numeric.version'],
      ['kind', 'support.type.property-name.kind'],
      ['asset', 'constant.language.kind'],
      ['blake3', 'support.type.property-name.blake3'],
      [HASH, 'string.unquoted.blake3'],
      ['size', 'support.type.property-name.size'],
      ['1048576', 'constant.numeric.size'],
    ]);
  });

  for (const line of ['size 007', `blake3 ${HASH.toUpperCase()}`, `blake3 ${HASH}0`, 'kind  asset', 'more x'])
    it(`mark "${line.slice(0, 20)}" in a pointer as wrong`, async () => {
      const found = await tokens('source.forge-pointer', `forge-pointer 1\n${line}`);
      assert.deepEqual(found.slice(2), [[line, 'invalid.illegal']]);
    });

  it('know a pointer by its first line alone', () => {
    const { firstLine } = contributes.languages.find(({ id }) => id === 'forge-pointer')!;
    const pattern = new RegExp(firstLine!);
    assert.ok(pattern.test('forge-pointer 1'));
    assert.ok(pattern.test('forge-pointer 2'), 'a newer one is one as well');
    for (const other of ['forge-pointer', ' forge-pointer 1', 'forge-pointer 1 x', 'version https://x'])
      assert.ok(!pattern.test(other), other);
  });

  it('name the parts of an ignore file', async () => {
    const text = '# built\n/Build/**\n!Build/keep.png  \n*.[Tt]mp\n\\#odd\\ name?\n[[:digit:]]x\n';
    assert.deepEqual(await tokens('source.forge-ignore', text), [
      ['#', 'punctuation.definition.comment'],
      [' built', 'comment.line.number-sign'],
      ['/', 'punctuation.separator.path'],
      ['Build', 'string.unquoted.pattern'],
      ['/', 'punctuation.separator.path'],
      ['**', 'keyword.operator.wildcard'],
      ['!', 'keyword.operator.negation'],
      ['Build', 'string.unquoted.pattern'],
      ['/', 'punctuation.separator.path'],
      ['keep.png', 'string.unquoted.pattern'],
      ['*', 'keyword.operator.wildcard'],
      ['.', 'string.unquoted.pattern'],
      ['[', 'punctuation.definition.character-class.begin'],
      ['Tt', 'constant.other.character-class.set'],
      [']', 'punctuation.definition.character-class.end'],
      ['mp', 'string.unquoted.pattern'],
      ['\\#', 'constant.character.escape'],
      ['odd', 'string.unquoted.pattern'],
      ['\\ ', 'constant.character.escape'],
      ['name', 'string.unquoted.pattern'],
      ['?', 'keyword.operator.wildcard'],
      ['[', 'punctuation.definition.character-class.begin'],
      ['[:digit:]', 'constant.other.character-class.posix'],
      [']', 'punctuation.definition.character-class.end'],
      ['x', 'string.unquoted.pattern'],
    ]);
  });

  it('end a pattern with its line, even where a bracket is left open', async () => {
    const found = await tokens('source.forge-ignore', 'a[b\n# c');
    assert.deepEqual(found.at(-1), [' c', 'comment.line.number-sign']);
  });

  it('name the attribute of Forge in a line of .gitattributes, and the pattern before it', async () => {
    const text = '*.uasset forge\n"a b/*.txt" -text -forge eol=lf\n*.x !forge';
    assert.deepEqual(await tokens('source.ini', text), [
      ['*', 'keyword.operator.wildcard'],
      ['.uasset', 'string.unquoted.pattern'],
      ['forge', 'keyword.other.forge'],
      ['"a b/', 'string.unquoted.pattern'],
      ['*', 'keyword.operator.wildcard'],
      ['.txt"', 'string.unquoted.pattern'],
      ['-', 'keyword.operator.negation'],
      ['text', 'entity.other.attribute-name'],
      ['-', 'keyword.operator.negation'],
      ['forge', 'keyword.other.forge'],
      ['eol', 'entity.other.attribute-name'],
      ['=', 'keyword.operator.assignment'],
      ['lf', 'string.unquoted.value'],
      ['*', 'keyword.operator.wildcard'],
      ['.x', 'string.unquoted.pattern'],
      ['!', 'keyword.operator.negation'],
      ['forge', 'keyword.other.forge'],
    ]);
  });

  for (const line of ['name = forge', '# *.png forge', 'forge', 'tool forge=1', '[a forge]', '; x forge'])
    it(`leave "${line}" of an ini file alone`, async () => {
      const names = (await tokens('source.ini', line)).map(([, name]) => name);
      assert.deepEqual(
        names.filter((name) => /forge|attribute|wildcard/.test(name)),
        [],
      );
    });
});
