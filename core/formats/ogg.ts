// Owns what is told of Ogg files: the first packet of each stream, and where the last page ends.
import { type ByteSource, type Cursor, FormatProblem, readUpTo } from './byteSource.ts';
import type { Facts } from './facts.ts';
import { paged } from './pagedSource.ts';
import { factsOfTracks, type Track } from './tracks.ts';

/** RFC 3533, 6: 27 bytes, 255 lengths, 255 bytes each. */
const LONGEST_PAGE = 27 + 255 + 255 * 255;
const PAGE_HEAD = 27;
const MOST_STREAMS = 16;
const STARTS_STREAM = 2;

interface Stream extends Track {
  serial: number;
  /** Seconds up to a granule position, which is given in two halves. */
  secondsAt: (high: number, low: number) => number;
}

/** RFC 3533 (pages); Vorbis I specification, 4.2.2; RFC 7845 (Opus); RFC 5334; Theora specification, 6.2. */
export async function describeOgg(file: ByteSource): Promise<Facts> {
  const source = paged(file);
  const streams: Stream[] = [];
  let at = 0;
  for (let count = 0; count < MOST_STREAMS; count += 1) {
    const page = await readUpTo(source, at, PAGE_HEAD + 255);
    if (!page.isNext('OggS')) break;
    const flags = page.seek(5).u8();
    if ((flags & STARTS_STREAM) === 0) break;
    const serial = page.seek(14).u32();
    const count = page.seek(26).u8();
    const length = page.take(count).reduce((sum, one) => sum + one, 0);
    const start = at + PAGE_HEAD + count;
    const stream = streamOf(await readUpTo(source, start, Math.min(length, 128)), serial);
    if (stream) streams.push(stream);
    at = start + length;
    if (at >= source.size) break;
  }
  const main = streams.find(({ kind }) => kind === 'video') ?? streams.at(0);
  if (!main) throw new FormatProblem('none of its streams is known');
  return factsOfTracks('Ogg', streams, await durationOf(source, main));
}

/** From the last page of a stream within the longest that there can be; undefined where that is none of it. */
async function durationOf(source: ByteSource, stream: Stream): Promise<number | undefined> {
  const start = Math.max(0, source.size - LONGEST_PAGE);
  const tail = await readUpTo(source, start, LONGEST_PAGE);
  const { bytes } = tail;
  for (let at = bytes.lastIndexOf(0x4f); at >= 0; at = at === 0 ? -1 : bytes.lastIndexOf(0x4f, at - 1)) {
    if (bytes.length - at < PAGE_HEAD || !tail.seek(at).isNext('OggS')) continue;
    const [low, high] = [tail.seek(at + 6).u32(), tail.u32()];
    // All ones: no packet ends on this page.
    if (tail.u32() === stream.serial && high !== 0xffffffff) return stream.secondsAt(high, low);
  }
  return undefined;
}

/** From the packet that a stream begins with; undefined for one that is not known. */
function streamOf(packet: Cursor, serial: number): Stream | undefined {
  if (packet.isNext('\x01vorbis')) {
    const channels = packet.seek(11).u8();
    const sampleRate = packet.u32();
    return {
      ...sound('Vorbis', channels, sampleRate),
      serial,
      secondsAt: (high, low) => (high * 2 ** 32 + low) / sampleRate,
    };
  }
  if (packet.isNext('OpusHead')) {
    const channels = packet.seek(9).u8();
    const skipped = packet.u16();
    // Opus is played at 48 kHz, whatever it was made from.
    return {
      ...sound('Opus', channels, 48_000),
      serial,
      secondsAt: (high, low) => (high * 2 ** 32 + low - skipped) / 48_000,
    };
  }
  if (packet.isNext('\x7fFLAC')) {
    // Behind the mark, two bytes of version, two of a count, `fLaC` and the head of a block.
    const bits = packet.seek(27);
    const [a, b] = [bits.u16be(), bits.u8()];
    const sampleRate = a * 16 + (b >>> 4);
    return {
      ...sound('FLAC', ((b >>> 1) & 7) + 1, sampleRate),
      serial,
      secondsAt: (high, low) => (high * 2 ** 32 + low) / sampleRate,
    };
  }
  if (packet.isNext('Speex   ')) {
    const sampleRate = packet.seek(36).u32();
    const channels = packet.seek(48).u32();
    return {
      ...sound('Speex', channels, sampleRate),
      serial,
      secondsAt: (high, low) => (high * 2 ** 32 + low) / sampleRate,
    };
  }
  if (packet.isNext('\x80theora')) return theora(packet, serial);
  return undefined;
}

function sound(codec: string, channels: number, sampleRate: number): Track {
  return { kind: 'audio', codec, channels, sampleRate };
}

function theora(packet: Cursor, serial: number): Stream {
  packet.seek(14);
  const width = packet.u8() * 65536 + packet.u16be();
  const height = packet.u8() * 65536 + packet.u16be();
  packet.skip(2);
  const frameRate = packet.u32be() / packet.u32be();
  const shift = (packet.seek(40).u16be() >>> 5) & 31;
  return {
    kind: 'video',
    codec: 'Theora',
    width,
    height,
    frameRate,
    serial,
    secondsAt: (high, low) => {
      // The number of the last key frame, and how many frames came after it.
      const granule = (BigInt(high) << 32n) + BigInt(low);
      const after = granule & ((1n << BigInt(shift)) - 1n);
      return Number((granule >> BigInt(shift)) + after) / frameRate;
    },
  };
}
