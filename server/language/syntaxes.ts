// Owns how the syntaxes of text files set off a path: where it begins, given where it ends, and what is escaped in it.

export interface Syntax {
  /**
   * Where the path begins whose extension lies in [dot, end) of the text; undefined when there is none. Looks back over
   * REACH characters at most.
   */
  startOf(text: string, dot: number, end: number): number | undefined;
  /** A path may be written with %20 and the like. */
  percent: boolean;
}

const REACH = 512;

/** `"textures/a.png"`: what programming languages, JSON, HTML and most others do. */
const quoted: Syntax = {
  percent: false,
  startOf: (text, dot, end) => {
    const quote = text[end];
    return quote === '"' || quote === "'" || quote === '`' ? behind(text, dot, quote, '\r\n') : undefined;
  },
};

const quotedUri: Syntax = { ...quoted, percent: true };

/** USD asset paths: `@./textures/a.png@`, also `@@@…@@@`. */
const usd: Syntax = {
  percent: false,
  startOf: (text, dot, end) =>
    text[end] === '@' ? behind(text, dot, '@', '\r\n') : quoted.startOf(text, dot, end),
};

/** Markdown: `](a.png)`, `](a.png "title")`, `](<a b.png>)`, and HTML in it. */
const markdown: Syntax = {
  percent: true,
  startOf: (text, dot, end) => {
    const next = text[end];
    if (next === '>') {
      const start = behind(text, dot, '<', '\r\n');
      return start !== undefined && text[start - 2] === '(' ? start : undefined;
    }
    if (next !== ')' && next !== ' ') return quotedUri.startOf(text, dot, end);
    const start = behind(text, dot, '(', '\r\n ');
    return start !== undefined && text[start - 2] === ']' ? start : undefined;
  },
};

/** Values without quotes up to the end of a line or cell: INI, YAML, CSV. */
const bare: Syntax = {
  percent: false,
  startOf: (text, dot, end) => {
    const inQuotes = quoted.startOf(text, dot, end);
    if (inQuotes !== undefined) return inQuotes;
    if (end < text.length && !/[\s,;)\]]/.test(text[end])) return undefined;
    let start = dot;
    while (start > 0 && dot - start <= REACH && !isBareBorder(text, start - 1)) start--;
    if (dot - start > REACH) return undefined;
    while (text[start] === ' ') start++;
    return start;
  },
};

const BY_EXTENSION: Record<string, Syntax> = {
  gltf: quotedUri,
  html: quotedUri,
  htm: quotedUri,
  css: quotedUri,
  md: markdown,
  markdown,
  usda: usd,
  usd,
  ini: bare,
  yaml: bare,
  yml: bare,
  csv: bare,
  tsv: bare,
};

/** The syntax of a document, by the extension of its path. */
export function syntaxOf(path: string): Syntax {
  return BY_EXTENSION[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? quoted;
}

/** A path as it is meant: `\"` is a quote, other backslashes become slashes, %20 a space where the syntax has URIs. */
export function unescape(raw: string, syntax: Syntax): string {
  const path = raw.replace(/\\(["'`])/g, '$1').replace(/\\+\/?/g, '/');
  if (!syntax.percent || !path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The place behind the last `opening` before `dot` that no backslash escapes; undefined when one of `borders` or nothing lies there. */
function behind(text: string, dot: number, opening: string, borders: string): number | undefined {
  for (let at = dot - 1; at >= Math.max(0, dot - REACH); at--) {
    if (text[at] === opening && !isEscaped(text, at)) return at + 1;
    if (borders.includes(text[at])) return undefined;
  }
  return undefined;
}

/** Two backslashes are one that escapes nothing. */
function isEscaped(text: string, at: number): boolean {
  let start = at;
  while (text[start - 1] === '\\' && at - start <= REACH) start--;
  return (at - start) % 2 === 1;
}

function isBareBorder(text: string, at: number): boolean {
  const sign = text[at];
  if ('\r\n\t=,;"\'([#'.includes(sign)) return true;
  // YAML: `key: value` and `- value`; a colon alone may be a drive's.
  return (
    sign === ' ' && (text[at - 1] === ':' || (text[at - 1] === '-' && /[\s]|^$/.test(text[at - 2] ?? '')))
  );
}
