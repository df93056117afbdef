// Owns finding what looks like a path of an asset in a text: a pure function of the text and its syntax.
import { ASSET_EXTENSIONS } from './assetKinds.ts';
import { type Syntax, unescape } from './syntaxes.ts';

/** A piece of text that may name an asset; where it leads is for `Resolver` to say. */
export interface Reference {
  /** Offsets in the text, in UTF-16 units; `end` is behind it. */
  start: number;
  end: number;
  /** The path, without escapes of the syntax. */
  path: string;
  /** It has the form of an Unreal object path; it may still be an absolute path. */
  unreal: boolean;
}

/** No path is longer; what lies further from its end is not looked at. */
export const MAX_PATH = 512;
/** A text with more references than this is looked at only so far. */
export const MAX_REFERENCES = 10_000;

// What Unreal allows in the names of packages and objects (INVALID_LONGPACKAGE_CHARACTERS, INVALID_OBJECTNAME_CHARACTERS).
const NAME = String.raw`[^\s"'\`,/.:|&!~@#(){}\[\]=;^%$<>*?\\]{1,256}`;
const UNREAL = new RegExp(
  String.raw`(?<![^\s"'\`=(,>[])\/(?:${NAME})(?:\/${NAME})+(?:\.${NAME})?(?::[\w.\-]{1,256})?`,
  'g',
);
const EXTENSION = new RegExp(String.raw`\.(?:${ASSET_EXTENSIONS.join('|')})(?![\w.\-/])`, 'gi');
/** What follows a path that is only the first part of one that a program builds. */
const CONTINUES = new Set(['/', '%', '{', '$', '*', '\\', '#', '[', '?']);

/** References in [from, to) of a text, in order, none over another. At most MAX_REFERENCES. */
export function findReferences(
  text: string,
  syntax: Syntax,
  from = 0,
  to: number = text.length,
): Reference[] {
  const part = from === 0 && to >= text.length ? text : text.slice(from, to);
  const found = [...unrealPaths(part), ...filePaths(part, syntax)];
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const references: Reference[] = [];
  for (const one of found) {
    const last = references.at(-1);
    if (references.length === MAX_REFERENCES) break;
    if (last && one.start < last.end) {
      if (one.end - one.start > last.end - last.start) references[references.length - 1] = one;
    } else references.push(one);
  }
  for (const one of references) {
    one.start += from;
    one.end += from;
  }
  return references;
}

/** The reference around an offset; looks at its neighbourhood alone, so that a line may be of any length. */
export function referenceAt(text: string, syntax: Syntax, offset: number): Reference | undefined {
  // The text in between is enough for the longest path; what touches its ends may be the rest of a longer one.
  const from = Math.max(0, offset - 2 * MAX_PATH);
  const to = Math.min(text.length, offset + 2 * MAX_PATH);
  return findReferences(text, syntax, from, to).find(
    ({ start, end }) =>
      start <= offset && offset <= end && (from === 0 || start > from) && (to === text.length || end < to),
  );
}

function* unrealPaths(text: string): Generator<Reference> {
  let count = 0;
  for (const { 0: path, index: start } of text.matchAll(UNREAL)) {
    const end = start + path.length;
    if (CONTINUES.has(text[end]) || path.length > MAX_PATH) continue;
    yield { start, end, path, unreal: true };
    if (++count === MAX_REFERENCES) return;
  }
}

/** Looks for extensions first and then back for where the path begins: the time does not depend on what lies between. */
function* filePaths(text: string, syntax: Syntax): Generator<Reference> {
  let count = 0;
  for (const { 0: extension, index } of text.matchAll(EXTENSION)) {
    const end = index + extension.length;
    const start = syntax.startOf(text, index, end);
    if (start === undefined || index - start < 1 || end - start > MAX_PATH) continue;
    const raw = text.slice(start, end);
    if (/:\/\/|^data:|[<>|*?\r\n{}]/.test(raw)) continue;
    yield { start, end, path: unescape(raw, syntax), unreal: false };
    if (++count === MAX_REFERENCES) return;
  }
}
