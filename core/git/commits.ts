// Owns commit and tag objects: exact bytes in both directions.
import { ForgeError } from '../errors.ts';
import type { GitObjects } from './gitObjects.ts';
import type { ObjectType } from './objectId.ts';
import { isObjectType, isOid } from './objectId.ts';

/** Who, and when: `time` in milliseconds since 1970 (Git keeps whole seconds), `offset` of the time zone in minutes east of UTC. */
export interface Signature {
  name: string;
  email: string;
  time: number;
  offset: number;
}

/** A header that Forge keeps but does not interpret (gpgsig, mergetag, …); lines after the first without their leading space. */
export interface ExtraHeader {
  name: string;
  value: string;
}

export interface NewCommit {
  tree: string;
  parents: readonly string[];
  author: Signature;
  committer: Signature;
  /** As stored: the text after the headers. See `normalizeMessage`. */
  message: string;
  extraHeaders?: readonly ExtraHeader[];
}

export interface Commit extends NewCommit {
  parents: string[];
  /** Headers after `committer`, in order, `encoding` among them. */
  extraHeaders: ExtraHeader[];
}

export interface NewTag {
  object: string;
  type: ObjectType;
  name: string;
  tagger: Signature;
  message: string;
}

export interface Tag extends Omit<NewTag, 'tagger'> {
  /** Some old tags have none. */
  tagger: Signature | undefined;
}

const LINE_FEED = 0x0a;

/**
 * A commit's bytes, its message normalised and in UTF-8. A decoded commit without an `encoding` header encodes to its own bytes
 * when its message is in normal form.
 * @throws ForgeError INVALID_NAME when a name or email cannot be written
 */
export function encodeCommit(commit: NewCommit): Buffer {
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${encodeSignature(commit.author)}`,
    `committer ${encodeSignature(commit.committer)}`,
    ...(commit.extraHeaders ?? [])
      .filter(({ name }) => name !== 'encoding')
      .map(({ name, value }) => `${name} ${value.replaceAll('\n', '\n ')}`),
  ];
  return Buffer.from(`${lines.join('\n')}\n\n${normalizeMessage(commit.message)}`, 'utf8');
}

/** @throws ForgeError CORRUPT */
export function decodeCommit(data: Buffer): Commit {
  const { headers, body } = splitHeaders(data, 'commit');
  const encoding = headers.find(({ name }) => name === 'encoding')?.value.toString('latin1');
  const fields = headers.map(({ name, value }) => ({ name, value: decodeText(value, encoding) }));
  const [tree, ...rest] = fields;
  if (tree.name !== 'tree' || !isOid(tree.value)) throw malformed('commit', 'it names no tree');
  const parents: string[] = [];
  while (rest[parents.length]?.name === 'parent') parents.push(rest[parents.length].value);
  const [author, committer, ...extraHeaders] = rest.slice(parents.length);
  if (!parents.every(isOid) || author?.name !== 'author' || committer?.name !== 'committer')
    throw malformed('commit', 'its headers are torn');
  return {
    tree: tree.value,
    parents,
    author: decodeSignature(author.value),
    committer: decodeSignature(committer.value),
    extraHeaders,
    message: decodeText(body, encoding),
  };
}

/** A tag's bytes. @throws ForgeError INVALID_NAME */
export function encodeTag(tag: NewTag): Buffer {
  const { object, type, name, tagger, message } = tag;
  const headers = `object ${object}\ntype ${type}\ntag ${name}\ntagger ${encodeSignature(tagger)}\n`;
  return Buffer.from(`${headers}\n${normalizeMessage(message)}`, 'utf8');
}

/** @throws ForgeError CORRUPT */
export function decodeTag(data: Buffer): Tag {
  const { headers, body } = splitHeaders(data, 'tag');
  const field = (name: string): string | undefined =>
    headers.find((header) => header.name === name)?.value.toString('utf8');
  const [object = '', type = '', name = ''] = ['object', 'type', 'tag'].map(field);
  if (!isOid(object) || !isObjectType(type)) throw malformed('tag', 'it names no object');
  const tagger = field('tagger');
  return {
    object,
    type,
    name,
    tagger: tagger === undefined ? undefined : decodeSignature(tagger),
    message: body.toString('utf8'),
  };
}

/** A stored commit; what a shallow clone left out are not its parents. @throws ForgeError NOT_FOUND, CORRUPT naming the commit */
export async function readCommit(objects: GitObjects, oid: string): Promise<Commit> {
  const data = await objects.readAs('commit', oid);
  let commit: Commit;
  try {
    commit = decodeCommit(data);
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    throw new ForgeError(error.code, `In Git object ${oid}: ${error.message}`, error.remedy, {
      cause: error,
    });
  }
  return objects.shallowCommits().has(oid) ? { ...commit, parents: [] } : commit;
}

/** As `git commit` stores a message: no NUL, no blank lines around it, one line feed at its end. Empty stays empty. */
export function normalizeMessage(message: string): string {
  const text = message
    .replaceAll('\0', '')
    .replace(/^([ \t]*\r?\n)+/, '')
    .replace(/\s+$/, '');
  return text === '' ? '' : `${text}\n`;
}

/** `name <email> seconds zone`. @throws ForgeError INVALID_NAME */
export function encodeSignature({ name, email, time, offset }: Signature): string {
  const seconds = Math.floor(time / 1000);
  const [cleanName, cleanEmail] = [cleanIdentity(name), cleanIdentity(email)];
  if (cleanName === '' || !Number.isSafeInteger(seconds) || seconds < 0)
    throw new ForgeError(
      'INVALID_NAME',
      `Not usable as an author: ${JSON.stringify(`${name} <${email}>`)}`,
      'Give a name and an email.',
    );
  return `${cleanName} <${cleanEmail}> ${seconds} ${encodeOffset(offset)}`;
}

/** Git drops what would end the field, and punctuation around it. */
function cleanIdentity(text: string): string {
  return text.replace(/[<>\n\0]/g, '').replace(/^[\s.,:;"'\\]+|[\s.,:;"'\\]+$/g, '');
}

function encodeOffset(minutes: number): string {
  const size = Math.abs(Math.trunc(minutes));
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
}

/** Old commits have odd signatures; what cannot be read is left empty rather than hiding the commit. */
function decodeSignature(text: string): Signature {
  const match = /^(.*?) ?<(.*?)>(?: (\d+)(?: ([+-])(\d+)(\d\d))?)?/s.exec(text);
  if (!match) return { name: text, email: '', time: 0, offset: 0 };
  const [, name, email, seconds = '0', sign = '+', hours = '0', minutes = '0'] = match;
  const offset = Number(hours) * 60 + Number(minutes);
  return { name, email, time: Number(seconds) * 1000, offset: sign === '-' && offset > 0 ? -offset : offset };
}

/** Header lines up to the first empty one; a line that starts with a space continues the one before. */
function splitHeaders(
  data: Buffer,
  type: ObjectType,
): { headers: { name: string; value: Buffer }[]; body: Buffer } {
  const headers: { name: string; value: Buffer }[] = [];
  let at = 0;
  while (at < data.length && data[at] !== LINE_FEED) {
    const lineEnd = data.indexOf(LINE_FEED, at);
    const line = data.subarray(at, lineEnd < 0 ? data.length : lineEnd);
    const space = line.indexOf(' ');
    const previous = headers.at(-1);
    if (space < 0) throw malformed(type, 'a header has no value');
    if (space > 0) headers.push({ name: line.toString('latin1', 0, space), value: line.subarray(space + 1) });
    else if (previous) previous.value = Buffer.concat([previous.value, Buffer.from('\n'), line.subarray(1)]);
    else throw malformed(type, 'it starts with a continued line');
    at = lineEnd < 0 ? data.length : lineEnd + 1;
  }
  if (headers.length === 0) throw malformed(type, 'it has no headers');
  return { headers, body: data.subarray(Math.min(at + 1, data.length)) };
}

function decodeText(bytes: Buffer, encoding: string | undefined): string {
  if (encoding === undefined || /^utf-?8$/i.test(encoding)) return bytes.toString('utf8');
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    // An encoding that nobody knows: the bytes are shown one by one.
    return bytes.toString('latin1');
  }
}

function malformed(type: ObjectType, what: string): ForgeError {
  return new ForgeError(
    'CORRUPT',
    `A Git ${type} is malformed: ${what}`,
    'Run `git fsck` and restore it from a clone.',
  );
}
