// Owns what is told of MP3 and of FLAC files, which may both begin with a tag.
import { type ByteSource, type Cursor, FormatProblem, readExactly, readUpTo } from './byteSource.ts';
import type { Facts } from './facts.ts';
import { paged } from './pagedSource.ts';
import { factsOfTracks } from './tracks.ts';

/** What may stand before the first frame, besides the tag. */
const MOST_GARBAGE = 64 * 1024;
/** ID3v1 at the end of the file. */
const OLD_TAG = 128;

const [MPEG_1, MPEG_2] = [3, 2];
/** ISO/IEC 11172-3, 2.4.2.3, and 13818-3: kbit/s by layer, for MPEG-1 and for the others. */
const RATES_1 = [
  [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
];
const RATES_2 = [
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const SAMPLE_RATES = [44_100, 48_000, 32_000];

interface Frame {
  version: number;
  /** 1 to 3. */
  layer: number;
  /** Bits a second. */
  bitRate: number;
  sampleRate: number;
  channels: number;
  /** Samples of each channel. */
  samples: number;
  /** Bytes. */
  length: number;
}

/** ISO/IEC 11172-3; the headers of Xing, LAME (Info) and Fraunhofer (VBRI) tell how many frames there are. */
export async function describeMp3(file: ByteSource): Promise<Facts> {
  const source = paged(file);
  const start = await tagLength(source);
  const head = await readUpTo(source, start, MOST_GARBAGE);
  const found = firstFrame(head);
  if (!found) throw new FormatProblem('no frame of sound is found in it');
  const { at, frame } = found;
  const frames = framesTold(head, at, frame);
  const end = source.size - ((await hasOldTag(source)) ? OLD_TAG : 0);
  const duration =
    frames === undefined
      ? ((end - start - at) * 8) / frame.bitRate
      : (frames * frame.samples) / frame.sampleRate;
  const { channels, sampleRate } = frame;
  return factsOfTracks('MP3', [{ kind: 'audio', codec: `MP${frame.layer}`, channels, sampleRate }], duration);
}

/** A frame that another one follows, where there is room for it. */
function firstFrame(head: Cursor): { at: number; frame: Frame } | undefined {
  for (let at = 0; at + 4 <= head.bytes.length; at += 1) {
    if (head.bytes[at] !== 0xff) continue;
    const frame = frameAt(head, at);
    if (!frame) continue;
    const next = at + frame.length;
    if (next + 4 > head.bytes.length || frameAt(head, next)) return { at, frame };
  }
  return undefined;
}

function frameAt(head: Cursor, at: number): Frame | undefined {
  const bits = head.seek(at).u32be();
  const version = (bits >>> 19) & 3;
  const layer = 4 - ((bits >>> 17) & 3);
  const [rate, frequency] = [(bits >>> 12) & 15, (bits >>> 10) & 3];
  const isFrame = bits >>> 21 === 0x7ff && version !== 1 && layer <= 3 && rate % 15 !== 0 && frequency < 3;
  if (!isFrame) return undefined;
  const bitRate = (version === MPEG_1 ? RATES_1 : RATES_2)[layer - 1][rate] * 1000;
  const sampleRate = SAMPLE_RATES[frequency] / (version === MPEG_1 ? 1 : version === MPEG_2 ? 2 : 4);
  const samples = layer === 1 ? 384 : layer === 3 && version !== MPEG_1 ? 576 : 1152;
  const padding = (bits >>> 9) & 1;
  const unit = layer === 1 ? 4 : 1;
  const length = (Math.floor((samples / 8 / unit) * (bitRate / sampleRate)) + padding) * unit;
  const channels = ((bits >>> 6) & 3) === 3 ? 1 : 2;
  return { version, layer, bitRate, sampleRate, channels, samples, length };
}

/** Undefined where the first frame does not tell. */
function framesTold(head: Cursor, at: number, { version, channels }: Frame): number | undefined {
  const xing = at + 4 + (version === MPEG_1 ? (channels === 1 ? 17 : 32) : channels === 1 ? 9 : 17);
  if (xing + 12 <= head.bytes.length) {
    head.seek(xing);
    if (head.isNext('Xing') || head.isNext('Info'))
      return (head.seek(xing + 4).u32be() & 1) === 1 ? head.u32be() : undefined;
  }
  const vbri = at + 36;
  if (vbri + 18 <= head.bytes.length && head.seek(vbri).isNext('VBRI')) return head.seek(vbri + 14).u32be();
  return undefined;
}

async function hasOldTag(source: ByteSource): Promise<boolean> {
  return source.size >= OLD_TAG && (await readExactly(source, source.size - OLD_TAG, 3)).isNext('TAG');
}

/** ID3v2, 3.1: how long the tag at the start is, in bytes. */
async function tagLength(source: ByteSource): Promise<number> {
  const head = await readUpTo(source, 0, 10);
  if (head.bytes.length < 10 || !head.isNext('ID3')) return 0;
  const flags = head.seek(5).u8();
  let length = 0;
  for (let i = 0; i < 4; i += 1) length = length * 128 + (head.u8() & 127);
  return 10 + length + (flags & 0x10 ? 10 : 0);
}

/** RFC 9639, 8.2: the block that stands first. */
export async function describeFlac(file: ByteSource): Promise<Facts> {
  const source = paged(file);
  const start = await tagLength(source);
  const head = await readExactly(source, start, 26);
  if (!head.isNext('fLaC') || (head.seek(4).u8() & 127) !== 0)
    throw new FormatProblem('it does not say how its sound is coded');
  const [high, low] = [head.seek(18).u32be(), head.u32be()];
  const sampleRate = high >>> 12;
  const total = (high & 15) * 2 ** 32 + low;
  const track = {
    kind: 'audio' as const,
    codec: 'FLAC',
    sampleRate,
    channels: ((high >>> 9) & 7) + 1,
    bitDepth: ((high >>> 4) & 31) + 1,
  };
  // Nothing of them is there where the number is not known.
  return factsOfTracks('FLAC', [track], total === 0 ? undefined : total / sampleRate);
}
