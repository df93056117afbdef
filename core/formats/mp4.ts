// Owns what is told of MP4 and QuickTime files, from the heads of their boxes.
import { type ByteSource, type Cursor, FormatProblem, readExactly, readUpTo } from './byteSource.ts';
import type { Facts } from './facts.ts';
import { paged } from './pagedSource.ts';
import { factsOfTracks, type Track } from './tracks.ts';

/** In one box, and of tracks. */
const MOST_BOXES = 400;
const MOST_TRACKS = 16;
/** Of a description of samples, in bytes: what is behind is not needed. */
const LONGEST_ENTRY = 4096;

const CODECS: Record<string, string> = {
  avc1: 'H.264',
  avc3: 'H.264',
  hvc1: 'H.265',
  hev1: 'H.265',
  av01: 'AV1',
  vp08: 'VP8',
  vp09: 'VP9',
  mp4v: 'MPEG-4 Visual',
  mp4a: 'AAC',
  Opus: 'Opus',
  fLaC: 'FLAC',
  alac: 'ALAC',
  'ac-3': 'AC-3',
  'ec-3': 'E-AC-3',
  '.mp3': 'MP3',
  apch: 'ProRes 422 HQ',
  apcn: 'ProRes 422',
  apcs: 'ProRes 422 LT',
  apco: 'ProRes 422 Proxy',
  ap4h: 'ProRes 4444',
  ap4x: 'ProRes 4444 XQ',
  jpeg: 'Motion JPEG',
  mjpa: 'Motion JPEG',
  'rle ': 'QuickTime Animation',
  'png ': 'PNG',
  Hap1: 'Hap',
  Hap5: 'Hap Alpha',
  HapY: 'Hap Q',
  sowt: 'PCM',
  twos: 'PCM',
  lpcm: 'PCM',
  in24: 'PCM',
  in32: 'PCM',
  'raw ': 'PCM',
  fl32: 'PCM float',
  fl64: 'PCM float',
  encv: 'encrypted',
  enca: 'encrypted',
};

/** ISO/IEC 14496-1, table 5 (objectTypeIndication), as registered at mp4ra.org. */
const OBJECT_TYPES: Record<number, string> = {
  0x20: 'MPEG-4 Visual',
  0x21: 'H.264',
  0x23: 'H.265',
  0x40: 'AAC',
  0x66: 'AAC',
  0x67: 'AAC',
  0x68: 'AAC',
  0x69: 'MP3',
  0x6a: 'MPEG-1 Video',
  0x6b: 'MP3',
  0x6c: 'JPEG',
  0xa5: 'AC-3',
  0xa6: 'E-AC-3',
  0xdd: 'Vorbis',
};
for (let profile = 0x60; profile <= 0x65; profile += 1) OBJECT_TYPES[profile] = 'MPEG-2 Video';

interface Box {
  type: string;
  /** Where its content begins, and where it ends. */
  start: number;
  end: number;
}

/** ISO/IEC 14496-12 (boxes, tracks and their samples); QuickTime File Format Specification for sound descriptions. */
export async function describeMp4(file: ByteSource): Promise<Facts> {
  const source = paged(file);
  const all: Box = { type: '', start: 0, end: source.size };
  const moov = await inside(source, all, 'moov');
  if (!moov) throw new FormatProblem('the description of its tracks is missing');
  const brand = (await inside(source, all, 'ftyp')) ? (await readUpTo(source, 8, 4)).latin(4) : 'qt  ';
  const tracks: Track[] = [];
  for await (const box of boxesIn(source, moov)) {
    if (box.type !== 'trak' || tracks.length >= MOST_TRACKS) continue;
    const track = await trackOf(source, box);
    if (track) tracks.push(track);
  }
  return factsOfTracks(brand === 'qt  ' ? 'QuickTime' : 'MP4', tracks, await durationOf(source, moov));
}

/** Seconds; undefined where it is not told. */
async function durationOf(source: ByteSource, moov: Box): Promise<number | undefined> {
  const mvhd = await inside(source, moov, 'mvhd');
  if (!mvhd) return undefined;
  const { scale, duration } = await timesOf(source, mvhd);
  if (duration !== 0 || scale === 0) return duration / scale;
  // Of a file in fragments.
  const mehd = await inside(source, moov, 'mvex', 'mehd');
  if (!mehd) return undefined;
  const head = await readUpTo(source, mehd.start, 12);
  const isLong = head.u32be() >>> 24 === 1;
  return (isLong ? head.u64be() : head.u32be()) / scale;
}

/** Of `mvhd` and `mdhd`, which begin alike: steps a second, and a duration in them; 0 where it is not known. */
async function timesOf(source: ByteSource, box: Box): Promise<{ scale: number; duration: number }> {
  const head = await readUpTo(source, box.start, 32);
  const isLong = head.u32be() >>> 24 === 1;
  head.skip(isLong ? 16 : 8);
  const scale = head.u32be();
  if (!isLong) {
    const duration = head.u32be();
    return { scale, duration: duration === 0xffffffff ? 0 : duration };
  }
  const [high, low] = [head.u32be(), head.u32be()];
  return { scale, duration: high === 0xffffffff ? 0 : high * 2 ** 32 + low };
}

/** Undefined for a track that is neither picture nor sound. */
async function trackOf(source: ByteSource, trak: Box): Promise<Track | undefined> {
  const mdia = await inside(source, trak, 'mdia');
  const hdlr = mdia && (await inside(source, mdia, 'hdlr'));
  const table = mdia && (await inside(source, mdia, 'minf', 'stbl'));
  const stsd = table && (await inside(source, table, 'stsd'));
  if (!hdlr || !stsd) return undefined;
  const kind = (await readExactly(source, hdlr.start + 8, 4)).latin(4);
  if (kind !== 'vide' && kind !== 'soun') return undefined;
  const at = stsd.start + 8;
  const length = (await readExactly(source, at, 4)).u32be();
  const entry = await readUpTo(source, at, Math.min(length, LONGEST_ENTRY, stsd.end - at));
  if (kind === 'soun') return soundOf(entry);
  const track = pictureOf(entry);
  const mdhd = await inside(source, mdia, 'mdhd');
  const times = mdhd && (await timesOf(source, mdhd));
  if (times && times.duration > 0)
    track.frameRate = ((await samplesOf(source, table)) * times.scale) / times.duration;
  if (await isTurned(source, trak)) [track.width, track.height] = [track.height, track.width];
  return track;
}

/** How many samples there are, from the head of the table of their sizes. */
async function samplesOf(source: ByteSource, table: Box): Promise<number> {
  const sizes = (await inside(source, table, 'stsz')) ?? (await inside(source, table, 'stz2'));
  return sizes ? (await readExactly(source, sizes.start + 8, 4)).u32be() : 0;
}

/** Whether the picture is shown turned by a quarter, as telephones take it. */
async function isTurned(source: ByteSource, trak: Box): Promise<boolean> {
  const tkhd = await inside(source, trak, 'tkhd');
  if (!tkhd) return false;
  const head = await readUpTo(source, tkhd.start, 96);
  head.seek(head.u32be() >>> 24 === 1 ? 52 : 40);
  const [a, b] = [head.u32be(), head.u32be()];
  return a === 0 && b !== 0;
}

/** VisualSampleEntry. */
function pictureOf(entry: Cursor): Track {
  const name = entry.seek(4).latin(4);
  const [width, height] = [entry.seek(32).u16be(), entry.u16be()];
  return { kind: 'video', codec: codecOf(name, codedBy(entry, 86)), width, height };
}

/** AudioSampleEntry, and the SoundDescription of QuickTime in its three versions. */
function soundOf(entry: Cursor): Track {
  const name = entry.seek(4).latin(4);
  const version = entry.seek(16).u16be();
  let [channels, bitDepth] = [entry.seek(24).u16be(), entry.u16be()];
  let sampleRate = entry.seek(32).u32be() / 65536;
  if (version === 2) {
    sampleRate = entry.seek(40).f64be();
    channels = entry.u32be();
    bitDepth = entry.seek(56).u32be();
  }
  const coded = codedBy(entry, version === 2 ? 72 : version === 1 ? 52 : 36);
  const codec = codecOf(name, coded);
  const track: Track = { kind: 'audio', codec, channels: coded?.channels ?? channels, sampleRate };
  return codec.startsWith('PCM') ? { ...track, bitDepth } : track;
}

function codecOf(name: string, coded: Coded | undefined): string {
  const known = coded && OBJECT_TYPES[coded.type];
  if (known !== undefined && (name === 'mp4v' || name === 'mp4a')) return known;
  if (Object.hasOwn(CODECS, name)) return CODECS[name];
  return /^[\x20-\x7e]{4}$/.test(name) ? name.trim() : 'unknown';
}

/** What an `esds` box says. */
interface Coded {
  /** objectTypeIndication. */
  type: number;
  /** Of AAC: the field of the entry says 2 whatever is true. */
  channels?: number;
}

/** From the `esds` box among the boxes at `start` of an entry; it may lie in a `wave` box. */
function codedBy(entry: Cursor, start: number): Coded | undefined {
  for (let at = start, count = 0; at + 8 <= entry.bytes.length && count < MOST_BOXES; count += 1) {
    const [length, type] = [entry.seek(at).u32be(), entry.latin(4)];
    if (type === 'esds') return codedIn(entry);
    if (length < 8) return undefined;
    at += type === 'wave' ? 8 : length;
  }
  return undefined;
}

/** ISO/IEC 14496-1, 7.2.6.5 and 7.2.6.6; ISO/IEC 14496-3, 1.6.2.1 (AudioSpecificConfig). */
function codedIn(esds: Cursor): Coded | undefined {
  esds.skip(4);
  if (esds.u8() !== 3) return undefined;
  skipLength(esds);
  esds.skip(2);
  const flags = esds.u8();
  if (flags & 0x80) esds.skip(2);
  if (flags & 0x40) esds.skip(esds.u8());
  if (flags & 0x20) esds.skip(2);
  if (esds.u8() !== 4) return undefined;
  skipLength(esds);
  const type = esds.u8();
  esds.skip(12);
  if (type !== 0x40 || esds.left < 4 || esds.u8() !== 5) return { type };
  skipLength(esds);
  if (esds.left < 2) return { type };
  const bits = esds.u16be();
  const channels = (bits >>> 3) & 15;
  // Rarely the rate stands there in full, or more channels than can be numbered: the field of the entry is as good then.
  const isPlain = ((bits >>> 7) & 15) !== 15 && channels > 0;
  return isPlain ? { type, channels: channels === 7 ? 8 : channels } : { type };
}

/** Seven bits a byte, as long as the eighth is set. */
function skipLength(cursor: Cursor): void {
  for (let count = 0; count < 4; count += 1) if ((cursor.u8() & 0x80) === 0) return;
}

/** The first box along a path of types. */
async function inside(source: ByteSource, box: Box, ...path: string[]): Promise<Box | undefined> {
  let found: Box = box;
  for (const type of path) {
    let next: Box | undefined;
    for await (const one of boxesIn(source, found)) {
      if (one.type !== type) continue;
      next = one;
      break;
    }
    if (!next) return undefined;
    found = next;
  }
  return found;
}

async function* boxesIn(source: ByteSource, box: Box): AsyncGenerator<Box> {
  let at = box.start;
  for (let count = 0; at + 8 <= box.end && count < MOST_BOXES; count += 1) {
    const head = await readUpTo(source, at, 16);
    let length = head.u32be();
    const type = head.latin(4);
    let headLength = 8;
    // Of a box to the end of the file, and of a large one.
    if (length === 0) length = box.end - at;
    else if (length === 1) [length, headLength] = [head.u64be(), 16];
    if (length < headLength) return;
    yield { type, start: at + headLength, end: Math.min(box.end, at + length) };
    at += length;
  }
}
