// Owns what is told of WebM and Matroska files, from their elements before the first cluster.
import { type ByteSource, Cursor, FormatProblem, readExactly, readUpTo } from './byteSource.ts';
import type { Facts } from './facts.ts';
import { paged } from './pagedSource.ts';
import { factsOfTracks, type Track } from './tracks.ts';

/** RFC 9559 (Matroska), 5.1. */
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TRACKS = 0x1654ae6b;
const CLUSTER = 0x1f43b675;
const TRACK_ENTRY = 0xae;

const MOST_ELEMENTS = 400;
const MOST_TRACKS = 16;
/** Of the list of tracks, in bytes. */
const LONGEST_LIST = 1 << 20;

/** The beginnings of codec ids, the longer ones first. RFC 9559, 27.3, and the Matroska codec specifications. */
const CODECS: [id: string, name: string][] = [
  ['V_VP8', 'VP8'],
  ['V_VP9', 'VP9'],
  ['V_AV1', 'AV1'],
  ['V_MPEG4/ISO/AVC', 'H.264'],
  ['V_MPEGH/ISO/HEVC', 'H.265'],
  ['V_MPEG4/', 'MPEG-4 Visual'],
  ['V_MPEG2', 'MPEG-2 Video'],
  ['V_MPEG1', 'MPEG-1 Video'],
  ['V_THEORA', 'Theora'],
  ['V_PRORES', 'ProRes'],
  ['V_FFV1', 'FFV1'],
  ['V_MJPEG', 'Motion JPEG'],
  ['A_VORBIS', 'Vorbis'],
  ['A_OPUS', 'Opus'],
  ['A_FLAC', 'FLAC'],
  ['A_AAC', 'AAC'],
  ['A_MPEG/L3', 'MP3'],
  ['A_MPEG/L2', 'MP2'],
  ['A_AC3', 'AC-3'],
  ['A_EAC3', 'E-AC-3'],
  ['A_ALAC', 'ALAC'],
  ['A_DTS', 'DTS'],
  ['A_PCM/FLOAT', 'PCM float'],
  ['A_PCM/', 'PCM'],
];

/** RFC 8794 (EBML) and RFC 9559. */
export async function describeMatroska(file: ByteSource): Promise<Facts> {
  const source = paged(file);
  const first = await headAt(source, 0);
  const head = await contentOf(source, first);
  let format = 'Matroska';
  for (const { id, content } of childrenOf(head))
    if (id === 0x4282 && content.latin(content.left) === 'webm') format = 'WebM';
  const segment = await headAt(source, first.start + (first.length ?? 0));
  if (segment.id !== SEGMENT) throw new FormatProblem('it has no segment');
  let duration: number | undefined;
  const tracks: Track[] = [];
  let at = segment.start;
  for (let count = 0; count < MOST_ELEMENTS && at + 2 <= source.size; count += 1) {
    const element = await headAt(source, at);
    if (element.id === CLUSTER || element.length === undefined) break;
    if (element.id === INFO) duration = durationIn(await contentOf(source, element));
    if (element.id === TRACKS) tracks.push(...tracksIn(await contentOf(source, element)));
    at = element.start + element.length;
  }
  return factsOfTracks(format, tracks, duration);
}

/** Seconds. */
function durationIn(info: Cursor): number | undefined {
  let scale = 1_000_000;
  let duration: number | undefined;
  for (const { id, content } of childrenOf(info)) {
    if (id === 0x2ad7b1) scale = unsigned(content);
    else if (id === 0x4489) duration = float(content);
  }
  return duration === undefined ? undefined : (duration * scale) / 1e9;
}

function tracksIn(list: Cursor): Track[] {
  const tracks: Track[] = [];
  for (const { id, content } of childrenOf(list)) {
    if (id !== TRACK_ENTRY || tracks.length >= MOST_TRACKS) continue;
    const track = trackOf(content);
    if (track) tracks.push(track);
  }
  return tracks;
}

/** Undefined for a track that is neither picture nor sound. */
function trackOf(entry: Cursor): Track | undefined {
  const found: Omit<Track, 'kind' | 'codec'> = {};
  let [type, codec] = [0, ''];
  for (const { id, content } of childrenOf(entry)) {
    if (id === 0x83) type = unsigned(content);
    else if (id === 0x86) codec = content.latin(Math.min(content.left, 64));
    else if (id === 0x23e383) found.frameRate = 1e9 / unsigned(content);
    else if (id === 0xe0)
      for (const part of childrenOf(content)) {
        if (part.id === 0xb0) found.width = unsigned(part.content);
        else if (part.id === 0xba) found.height = unsigned(part.content);
      }
    else if (id === 0xe1)
      for (const part of childrenOf(content)) {
        if (part.id === 0xb5) found.sampleRate = float(part.content);
        else if (part.id === 0x9f) found.channels = unsigned(part.content);
        else if (part.id === 0x6264) found.bitDepth = unsigned(part.content);
      }
  }
  if (type !== 1 && type !== 2) return undefined;
  // Audio of one channel need not say so.
  if (type === 2) found.channels ??= 1;
  const known = CODECS.find(([start]) => codec.startsWith(start))?.[1];
  return {
    ...found,
    kind: type === 1 ? 'video' : 'audio',
    codec: known ?? (codec.replace(/^[VA]_/, '') || 'unknown'),
  };
}

interface Head {
  id: number;
  /** Where the content begins. */
  start: number;
  /** Undefined for one that ends where the next of its level begins. */
  length: number | undefined;
}

async function headAt(source: ByteSource, at: number): Promise<Head> {
  const cursor = await readUpTo(source, at, 12);
  const { id, length } = elementHead(cursor);
  return { id, length, start: at + cursor.at };
}

async function contentOf(source: ByteSource, { start, length = 0 }: Head): Promise<Cursor> {
  if (length > LONGEST_LIST) throw new FormatProblem('the description of its tracks is too long');
  return readExactly(source, start, length);
}

function* childrenOf(parent: Cursor): Generator<{ id: number; content: Cursor }> {
  for (let count = 0; parent.left >= 2 && count < MOST_ELEMENTS; count += 1) {
    const { id, length = parent.left } = elementHead(parent);
    yield { id, content: new Cursor(parent.take(length)) };
  }
}

/** RFC 8794, 4 and 5: the number of zeros before the first set bit tells the length; ids keep that bit, sizes do not. */
function elementHead(cursor: Cursor): { id: number; length: number | undefined } {
  const first = cursor.u8();
  const idLength = Math.clz32(first) - 23;
  if (idLength > 4) throw new FormatProblem('it is cut off or damaged');
  let id = first;
  for (let i = 1; i < idLength; i += 1) id = id * 256 + cursor.u8();
  const mark = cursor.u8();
  const sizeLength = Math.clz32(mark) - 23;
  if (sizeLength > 8) throw new FormatProblem('it is cut off or damaged');
  let length = mark & (0xff >>> sizeLength);
  let isUnknown = length === 0xff >>> sizeLength;
  for (let i = 1; i < sizeLength; i += 1) {
    const byte = cursor.u8();
    isUnknown &&= byte === 0xff;
    length = length * 256 + byte;
  }
  if (isUnknown) return { id, length: undefined };
  if (!Number.isSafeInteger(length)) throw new FormatProblem('it is cut off or damaged');
  return { id, length };
}

function unsigned(content: Cursor): number {
  let value = 0;
  while (content.left > 0) value = value * 256 + content.u8();
  return value;
}

function float(content: Cursor): number {
  if (content.left === 4) return content.f32be();
  return content.left === 8 ? content.f64be() : 0;
}
