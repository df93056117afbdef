// Owns the `forge` attribute of `.gitattributes`: which files are assets, or text, whatever they hold.
import { join } from 'node:path';
import { fromSystemError } from '../errors.ts';
import { PatternList } from './patternList.ts';
import { readRuleFile } from './ruleFile.ts';

/** `forge`: asset, `-forge`: text, unspecified (`!forge`): decided by content. */
export type AssetRule = 'auto' | 'asset' | 'text';

export interface AttributeSources {
  /** Absolute path of the working tree. */
  root: string;
  /** Holds `info/attributes`. */
  gitDir: string;
  /** Git's core.ignoreCase: letters match in either case. */
  ignoreCase?: boolean;
}

const ATTRIBUTE = 'forge';
/** Git ignores longer lines. */
const MAX_LINE_BYTES = 2048;
const VALID_NAME = /^(?!-)(?!builtin_)[-A-Za-z0-9_.]+$/;
const BLANK = ' \t\r\n';

/**
 * Git's rules exactly, for the one attribute: the last matching line of a file decides, the file of a deeper folder goes
 * before that of an outer one, and info/attributes before all. Macros (`[attr]`) are not looked into. Rule files are read
 * when their folder is first asked about.
 */
export class ForgeAttributes {
  readonly #sources: AttributeSources;
  readonly #info: PatternList | undefined;
  /** The files that hold in a folder, innermost first. */
  readonly #folders = new Map<string, PatternList[]>();

  private constructor(sources: AttributeSources) {
    this.#sources = sources;
    this.#info = this.#read('', join(sources.gitDir, 'info', 'attributes'), true)[0];
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- callers must not count on rules being read synchronously
  static async load(sources: AttributeSources): Promise<ForgeAttributes> {
    return new ForgeAttributes(sources);
  }

  /**
   * The rule for a file, by its path relative to the root with `/` between names.
   * @throws ForgeError for a rule file that cannot be read: a guess could store the file the wrong way
   */
  rule(path: string): AssetRule {
    const said = this.#info && ask(this.#info, path);
    if (said) return said;
    for (const file of this.#filesFor(path.slice(0, Math.max(0, path.lastIndexOf('/'))))) {
      const rule = ask(file, path);
      if (rule) return rule;
    }
    return 'auto';
  }

  #filesFor(folder: string): PatternList[] {
    let files = this.#folders.get(folder);
    if (!files) {
      const outer =
        folder === '' ? [] : this.#filesFor(folder.slice(0, Math.max(0, folder.lastIndexOf('/'))));
      const own = this.#read(folder, join(this.#sources.root, folder, '.gitattributes'), false);
      files = own.length > 0 ? [...own, ...outer] : outer;
      this.#folders.set(folder, files);
    }
    return files;
  }

  #read(folder: string, path: string, follow: boolean): PatternList[] {
    const text = textOf(path, follow);
    if (text === undefined || !text.includes(ATTRIBUTE)) return [];
    const list = PatternList.forFolder(folder, this.#sources.ignoreCase);
    for (const { pattern, rule } of parseAttributes(text)) list.add({ pattern, mark: rule });
    // In ignore files a pattern speaks for all that is below a folder it matches; here it speaks of the path itself alone. As
    // files are all that is asked about, taking back every folder leaves just that.
    return [list.add('!*/')];
  }
}

function textOf(path: string, follow: boolean): string | undefined {
  try {
    return readRuleFile(path, { follow });
  } catch (error) {
    throw fromSystemError(error, path, 'reading');
  }
}

function ask(file: PatternList, path: string): AssetRule | undefined {
  return file.test(path).mark as AssetRule | undefined;
}

/** The lines that speak of `forge`: an ignore pattern that matches the same files, and what it says of them. */
export function parseAttributes(text: string): { pattern: string; rule: AssetRule }[] {
  const found: { pattern: string; rule: AssetRule }[] = [];
  for (const line of text.replace(/^\ufeff/, '').split('\n')) {
    const parsed = Buffer.byteLength(line) < MAX_LINE_BYTES ? parseLine(line) : undefined;
    if (parsed) found.push(parsed);
  }
  return found;
}

function parseLine(line: string): { pattern: string; rule: AssetRule } | undefined {
  const start = skipBlank(line, 0);
  if (start === line.length || line[start] === '#') return undefined;
  const quoted = line[start] === '"' ? unquote(line, start) : undefined;
  const end = quoted ? quoted.end : skipWord(line, start);
  const pattern = quoted ? quoted.text : line.slice(start, end);
  // Git allows no negated patterns here, and a pattern for folders matches no file.
  if (pattern === '' || pattern.startsWith('!') || pattern.endsWith('/') || pattern.startsWith('[attr]'))
    return undefined;
  const rule = ruleIn(line.slice(end));
  return rule && { pattern: asIgnorePattern(pattern), rule };
}

/** What the attributes of a line say of `forge`; undefined when they do not, or when one is malformed, as Git drops the line then. */
function ruleIn(attributes: string): AssetRule | undefined {
  let rule: AssetRule | undefined;
  for (const word of attributes.split(/[ \t\r\n]+/)) {
    if (word === '') continue;
    const [, sign, name, value] = /^([-!]?)([^=]*)(=.*)?$/s.exec(word) as RegExpExecArray;
    if (!VALID_NAME.test(name)) return undefined;
    if (name !== ATTRIBUTE) continue;
    // Only the bare words are defined; a value says neither asset nor text.
    if (sign === '-') rule = 'text';
    else rule = sign === '!' || value !== undefined ? 'auto' : 'asset';
  }
  return rule;
}

/** Ignore files give meaning to a leading `#` and to trailing spaces; attribute patterns do not. */
function asIgnorePattern(pattern: string): string {
  const start = pattern.startsWith('#') ? `\\${pattern}` : pattern;
  return start.replace(/ +$/, (spaces) => '\\ '.repeat(spaces.length));
}

function skipBlank(line: string, from: number): number {
  let at = from;
  while (at < line.length && BLANK.includes(line[at])) at++;
  return at;
}

function skipWord(line: string, from: number): number {
  let at = from;
  while (at < line.length && !BLANK.includes(line[at])) at++;
  return at;
}

const ESCAPES: Record<string, number> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '"': 34, '\\': 92 };

/** Reads a name in C quotes that starts at `from`. Undefined when it is malformed: Git then takes the quote for a character. */
function unquote(line: string, from: number): { text: string; end: number } | undefined {
  const quoted = /^"((?:[^"\\]|\\.)*)"/s.exec(line.slice(from));
  if (!quoted) return undefined;
  const bytes: Buffer[] = [];
  for (const [token] of quoted[1].matchAll(/\\[0-3][0-7]{2}|\\.|[^\\]+/gs)) {
    const byte = escapedByte(token);
    if (byte === undefined && token.startsWith('\\')) return undefined;
    bytes.push(byte === undefined ? Buffer.from(token) : Buffer.from([byte]));
  }
  return { text: Buffer.concat(bytes).toString('utf8'), end: from + quoted[0].length };
}

function escapedByte(token: string): number | undefined {
  if (!token.startsWith('\\')) return undefined;
  return token.length === 4 ? Number.parseInt(token.slice(1), 8) : ESCAPES[token[1]];
}
