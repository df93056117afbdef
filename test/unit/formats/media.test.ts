// Tests what is told of sounds and videos.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { bytesSource, FormatProblem } from '../../../core/formats/byteSource.ts';
import { describe as describeFile } from '../../../core/formats/describe.ts';
import { describeMatroska } from '../../../core/formats/matroska.ts';
import { describeFlac, describeMp3 } from '../../../core/formats/mp3AndFlac.ts';
import { describeMp4 } from '../../../core/formats/mp4.ts';
import { describeOgg } from '../../../core/formats/ogg.ts';
import { durationText, factsOfTracks } from '../../../core/formats/tracks.ts';
import { wav } from './fixtures.ts';
import { box, counted, countedBytes, file, FOLDER, movie, picture, track, u32be } from './mediaFixtures.ts';

describe('facts of sounds and videos', () => {
  const sound = { width: undefined, height: undefined, frameRate: undefined };
  const film = { width: 64, height: 36, frameRate: 10, duration: 2 };
  const expected: Record<string, Record<string, unknown>> = {
    'constant.mp3': {
      ...sound,
      kind: 'audio',
      format: 'MP3',
      codec: 'MP3',
      duration: 0.57475,
      sampleRate: 22050,
      channels: 1,
    },
    'variable.mp3': {
      ...sound,
      kind: 'audio',
      format: 'MP3',
      codec: 'MP3',
      duration: 24192 / 44100,
      sampleRate: 44100,
      channels: 2,
    },
    'tone.flac': {
      ...sound,
      kind: 'audio',
      format: 'FLAC',
      codec: 'FLAC',
      duration: 0.5,
      sampleRate: 8000,
      channels: 1,
    },
    'tone.ogg': {
      ...sound,
      kind: 'audio',
      format: 'Ogg',
      codec: 'Vorbis',
      duration: 0.5,
      sampleRate: 22050,
      channels: 1,
    },
    'tone.opus': {
      ...sound,
      kind: 'audio',
      format: 'Ogg',
      codec: 'Opus',
      duration: 0.5,
      sampleRate: 48000,
      channels: 1,
    },
    'old.webm': {
      ...film,
      kind: 'video',
      format: 'WebM',
      codec: 'VP8',
      sampleRate: undefined,
      channels: undefined,
    },
    'new.webm': {
      ...film,
      kind: 'video',
      format: 'WebM',
      codec: 'VP8',
      sampleRate: undefined,
      channels: undefined,
    },
    'vp9.webm': {
      ...film,
      kind: 'video',
      format: 'WebM',
      codec: 'VP9, Opus',
      duration: 2.008,
      sampleRate: 48000,
      channels: 1,
    },
    'h264.mp4': {
      ...film,
      kind: 'video',
      format: 'MP4',
      codec: 'H.264, AAC',
      sampleRate: 22050,
      channels: 1,
    },
    'mpeg4.mp4': {
      ...film,
      kind: 'video',
      format: 'MP4',
      codec: 'MPEG-4 Visual',
      sampleRate: undefined,
      channels: undefined,
    },
  };

  it('are known of every file of the fixtures', () => {
    assert.deepEqual(readdirSync(FOLDER).sort(), Object.keys(expected).sort());
  });

  for (const [name, wanted] of Object.entries(expected))
    it(`of ${name}`, async () => {
      const { kind, format, codec, duration, sampleRate, channels, width, height, frameRate, problem } =
        await describeFile(countedBytes(file(name)), name);
      assert.equal(problem, undefined);
      assert.deepEqual(
        { kind, format, codec, duration, sampleRate, channels, width, height, frameRate },
        wanted,
      );
    });

  it('stand in lines, with how long it is first', async () => {
    assert.deepEqual((await describeFile(bytesSource(file('h264.mp4')), 'a.mp4')).details, [
      ['Duration', '0:02'],
      ['Picture size', '64 × 36'],
      ['Frame rate', '10 fps'],
      ['Codec', 'H.264, AAC'],
      ['Channels', '1'],
      ['Sample rate', '22050 Hz'],
    ]);
    const [duration, ...others] = (await describeFile(bytesSource(wav(2)), 'a.wav')).details;
    assert.deepEqual(duration, ['Duration', '0:02']);
    assert.deepEqual(
      others.map(([label]) => label),
      ['Codec', 'Channels', 'Sample rate', 'Bits'],
    );
  });

  it('write how long something is', () => {
    const written = [0, 0.5, 2, 9.9996, 10, 61.25, 3599.9999, 3600, 3661.001].map(durationText);
    assert.deepEqual(written, [
      '0:00',
      '0:00.5',
      '0:02',
      '0:10',
      '0:10',
      '1:01.25',
      '1:00:00',
      '1:00:00',
      '1:01:01.001',
    ]);
  });

  it('are those of the browser’s order: a track of neither picture nor sound tells nothing', () => {
    assert.throws(() => factsOfTracks('MP4', [], 1), FormatProblem);
    const { duration, details } = factsOfTracks(
      'MP4',
      [{ kind: 'audio', codec: 'AAC', sampleRate: NaN }],
      Infinity,
    );
    assert.deepEqual([duration, details], [undefined, [['Codec', 'AAC']]]);
  });

  it('turn a picture that is shown upright', async () => {
    const upright = movie(track('vide', picture('hvc1', 1920, 1080), [0, 0x10000]));
    const { width, height, codec, frameRate, duration, format } = await describeMp4(bytesSource(upright));
    assert.deepEqual(
      { width, height, codec, frameRate, duration, format },
      { width: 1080, height: 1920, codec: 'H.265', frameRate: 25, duration: 2.5, format: 'QuickTime' },
    );
  });

  it('are found in the sound descriptions of QuickTime', async () => {
    const second = Buffer.alloc(64);
    second.writeUInt16BE(2, 8);
    second.writeUInt32BE(72, 28);
    second.writeDoubleBE(96_000, 32);
    second.writeUInt32BE(6, 40);
    second.writeUInt32BE(24, 48);
    const facts = await describeMp4(bytesSource(movie(track('soun', box('lpcm', second)))));
    const { kind, codec, channels, sampleRate, bitDepth } = facts;
    assert.deepEqual(
      { kind, codec, channels, sampleRate, bitDepth },
      { kind: 'audio', codec: 'PCM', channels: 6, sampleRate: 96_000, bitDepth: 24 },
    );
    const first = Buffer.alloc(44);
    first.writeUInt16BE(1, 8);
    first.writeUInt16BE(2, 16);
    first.writeUInt32BE(48_000 * 65536, 24);
    const esds = box(
      'esds',
      u32be(0),
      Buffer.from([3, 20, 0, 1, 0, 4, 15, 0x69, ...Array<number>(12).fill(0)]),
    );
    const other = await describeMp4(
      bytesSource(movie(track('soun', box('mp4a', first, box('wave', box('frma'), esds))))),
    );
    assert.deepEqual([other.codec, other.channels, other.sampleRate], ['MP3', 2, 48_000]);
  });

  it('tell how long a file in fragments is', async () => {
    const mvex = box('mvex', box('mehd', u32be(0, 9000)));
    const moov = box(
      'moov',
      box('mvhd', u32be(0, 0, 0, 1000, 0), Buffer.alloc(80)),
      track('vide', picture('av01', 8, 8)),
      mvex,
    );
    const { duration, codec } = await describeMp4(
      bytesSource(Buffer.concat([box('ftyp', Buffer.from('iso6\0\0\0\0')), moov])),
    );
    assert.deepEqual([duration, codec], [9, 'AV1']);
  });

  it('are read behind 10 GB of pictures, and nothing of these', async () => {
    const moov = movie(track('vide', picture('apch', 4096, 2160)));
    const head = Buffer.concat([
      box('ftyp', Buffer.from('qt  \0\0\0\0')),
      u32be(1),
      Buffer.from('mdat'),
      Buffer.alloc(8),
    ]);
    const length = 10e9;
    head.writeBigUInt64BE(BigInt(length), head.length - 8);
    const at = 16 + length;
    const source = counted(at + moov.length, (offset, wanted) => {
      const bytes = Buffer.alloc(wanted);
      if (offset < head.length) head.copy(bytes, 0, offset);
      for (let i = Math.max(0, at - offset); i < wanted; i += 1) bytes[i] = moov[offset + i - at];
      return bytes;
    });
    const { codec, width, height } = await describeMp4(source);
    assert.deepEqual({ codec, width, height }, { codec: 'ProRes 422 HQ', width: 4096, height: 2160 });
    assert.ok(source.bytes <= 3 * 16 * 1024, `${source.bytes} bytes`);
  });

  it('leave a picture in the boxes of MP4 alone', async () => {
    const avif = box('ftyp', Buffer.from('avif\0\0\0\0mif1'));
    assert.equal((await describeFile(bytesSource(avif), 'a.avif')).kind, 'binary');
  });

  it('end at the first cluster, whose length need not be known', async () => {
    const bytes = file('old.webm');
    const cluster = bytes.indexOf(Buffer.from([0x1f, 0x43, 0xb6, 0x75]));
    const unknown = Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    const segment = bytes.indexOf(Buffer.from([0x18, 0x53, 0x80, 0x67]));
    const live = Buffer.concat([
      bytes.subarray(0, segment + 4),
      unknown,
      bytes.subarray(segment + 12, cluster + 4),
      unknown,
    ]);
    const facts = await describeMatroska(bytesSource(live));
    assert.deepEqual([facts.codec, facts.width, facts.duration], ['VP8', 64, 2]);
  });

  it('are found behind a tag with pictures', async () => {
    const tag = Buffer.alloc(10 + 200_000, 0xff);
    Buffer.from('ID3\x04\0\0', 'latin1').copy(tag);
    [200_000 >> 14, (200_000 >> 7) & 127, 200_000 & 127].forEach((value, i) => (tag[7 + i] = value));
    tag[6] = 0;
    for (const [name, describeTagged] of [
      ['constant.mp3', describeMp3],
      ['tone.flac', describeFlac],
    ] as const) {
      const plain = await describeFile(bytesSource(file(name)), name);
      const source = countedBytes(Buffer.concat([tag, file(name)]));
      assert.deepEqual(await describeTagged(source), plain);
      assert.ok(source.bytes < 100_000, `${source.bytes} bytes`);
    }
  });

  it('tell of the picture in Ogg', async () => {
    const packet = Buffer.alloc(42);
    Buffer.from('\x80theora\x03\x02\x01', 'latin1').copy(packet);
    packet.writeUIntBE(320, 14, 3);
    packet.writeUIntBE(240, 17, 3);
    packet.writeUInt32BE(30_000, 22);
    packet.writeUInt32BE(1001, 26);
    packet.writeUInt16BE(6 << 5, 40);
    const page = (flags: number, granule: bigint, content: Buffer): Buffer => {
      const head = Buffer.alloc(28);
      head.write('OggS');
      head[5] = flags;
      head.writeBigUInt64LE(granule, 6);
      head.writeUInt32LE(7, 14);
      head[26] = 1;
      head[27] = content.length;
      return Buffer.concat([head, content]);
    };
    // The 64th picture is the last key frame, 26 follow it: 90 pictures.
    const bytes = Buffer.concat([
      page(2, 0n, packet),
      page(4, (64n << 6n) + 26n, Buffer.from('x')),
      page(4, 2n ** 64n - 1n, Buffer.from('x')),
    ]);
    const { kind, width, height, frameRate, duration } = await describeOgg(bytesSource(bytes));
    assert.deepEqual(
      { kind, width, height, frameRate, duration },
      { kind: 'video', width: 320, height: 240, frameRate: 29.97, duration: 3.003 },
    );
  });
});
