// Owns reading Git's configuration files; which files there are, the caller says.
import { readFile } from 'node:fs/promises';
import { ForgeError, fromSystemError } from '../errors.ts';
import { isMissing } from './files.ts';

const SECTION = /^\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/;
const KEY = /^([A-Za-z][A-Za-z0-9-]*)\s*(=)?/;

/** Values of one or more files, later ones over earlier ones. Files named by `include` are not read. */
export class GitConfig {
  readonly #values = new Map<string, string[]>();

  /** The last value of `section.key` or `section.subsection.key`; section and key in any case. A key alone on its line is `true`. */
  get(name: string): string | undefined {
    return this.getAll(name).at(-1);
  }

  /** Every value, in order. */
  getAll(name: string): string[] {
    return this.#values.get(canonicalName(name)) ?? [];
  }

  /** Full names that are set, e.g. every `extensions.*`; section and key in lower case. */
  names(): string[] {
    return [...this.#values.keys()];
  }

  add(name: string, value: string): void {
    const values = this.#values.get(canonicalName(name));
    if (values) values.push(value);
    else this.#values.set(canonicalName(name), [value]);
  }
}

/**
 * Reads configuration files in order; missing ones are skipped.
 * @throws ForgeError CORRUPT naming file and line, UNREADABLE
 */
export async function readGitConfig(paths: readonly string[]): Promise<GitConfig> {
  const config = new GitConfig();
  for (const path of paths) {
    try {
      parseGitConfig(await readFile(path, 'utf8'), path, config);
    } catch (error) {
      if (!isMissing(error)) throw fromSystemError(error, path, 'reading');
    }
  }
  return config;
}

/** Adds what a file says to `config`. @param path for messages. @throws ForgeError CORRUPT */
export function parseGitConfig(text: string, path: string, config: GitConfig): void {
  let section = '';
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    let line = lines[i].trimStart();
    const header = SECTION.exec(line);
    if (header) {
      const subsection = header[2]?.replace(/\\(.)/g, '$1');
      section =
        subsection === undefined ? header[1].toLowerCase() : `${header[1].toLowerCase()}.${subsection}`;
      line = line.slice(header[0].length).trimStart();
    }
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const key = KEY.exec(line);
    if (!key || section === '') throw corrupt(path, i + 1);
    const first = i + 1;
    let rest = line.slice(key[0].length);
    if (key[2] === undefined && rest !== '' && !/^[#;]/.test(rest)) throw corrupt(path, first);
    let value = key[2] === undefined ? { text: 'true', continues: false } : parseValue(rest);
    while (value?.continues && i + 1 < lines.length) {
      rest = rest.slice(0, -1) + lines[++i];
      value = parseValue(rest);
    }
    if (!value) throw corrupt(path, first);
    config.add(`${section}.${key[1]}`, value.text);
  }
}

/** The value of a line: quotes and escapes resolved, comment and outer blanks left out. Undefined when a quote stays open. */
function parseValue(text: string): { text: string; continues: boolean } | undefined {
  let value = '';
  /** Blanks that count only when something follows. */
  let blanks = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    let char = text[i];
    if (char === '\\') {
      const escaped = text[++i];
      if (escaped === undefined) return { text: value, continues: true };
      const plain = { n: '\n', t: '\t', b: '\b', '"': '"', '\\': '\\' }[escaped];
      if (plain === undefined) return undefined;
      char = plain;
    } else if (char === '"') {
      quoted = !quoted;
      continue;
    } else if (!quoted && (char === '#' || char === ';')) break;
    else if (!quoted && /\s/.test(char)) {
      if (value !== '') blanks += char;
      continue;
    }
    value += blanks + char;
    blanks = '';
  }
  return quoted ? undefined : { text: value, continues: false };
}

/** Section and key in lower case; a subsection between them keeps its case. */
function canonicalName(name: string): string {
  const first = name.indexOf('.');
  const last = name.lastIndexOf('.');
  return name.slice(0, first).toLowerCase() + name.slice(first, last) + name.slice(last).toLowerCase();
}

function corrupt(path: string, line: number): ForgeError {
  return new ForgeError('CORRUPT', `Line ${line} of ${path} cannot be understood`, 'Correct this line.', {
    path,
  });
}
