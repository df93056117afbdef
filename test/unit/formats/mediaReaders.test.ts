// Tests that the readers of sounds and videos stay within bounds whatever the bytes are.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { type ByteSource, FormatProblem } from '../../../core/formats/byteSource.ts';
import { describeMatroska } from '../../../core/formats/matroska.ts';
import { describeFlac, describeMp3 } from '../../../core/formats/mp3AndFlac.ts';
import { describeMp4 } from '../../../core/formats/mp4.ts';
import { describeOgg } from '../../../core/formats/ogg.ts';
import { MOST_PAGES, paged } from '../../../core/formats/pagedSource.ts';
import { describeWav } from '../../../core/formats/soundAndModel.ts';
import { wav } from './fixtures.ts';
import { box, counted, countedBytes, file, FOLDER } from './mediaFixtures.ts';

describe('readers of sounds and videos', () => {
  const READERS: Record<string, (source: ByteSource) => Promise<unknown>> = {
    mp4: describeMp4,
    webm: describeMatroska,
    ogg: describeOgg,
    opus: describeOgg,
    mp3: describeMp3,
    flac: describeFlac,
    wav: describeWav,
  };
  const LIMIT = MOST_PAGES * 16 * 1024;

  async function survives(
    reader: (source: ByteSource) => Promise<unknown>,
    source: ByteSource & { bytes: number },
  ): Promise<void> {
    try {
      await reader(source);
    } catch (error) {
      if (!(error instanceof FormatProblem)) throw error;
    }
    assert.ok(source.bytes <= LIMIT, `${source.bytes} bytes read`);
  }

  const files = [
    ...readdirSync(FOLDER).map((name) => [name, file(name)] as const),
    ['a.wav', wav(1)] as const,
  ];
  for (const [name, bytes] of files) {
    const reader = READERS[name.slice(name.lastIndexOf('.') + 1)];

    it(`take ${name} cut off anywhere`, async () => {
      for (let length = 0; length < Math.min(bytes.length, 1600); length += 1)
        await survives(reader, countedBytes(bytes.subarray(0, length)));
    });

    it(`take ${name} with any bytes changed`, async () => {
      const flips = fc.array(fc.tuple(fc.nat(Math.min(bytes.length, 1600) - 1), fc.nat(255)), {
        minLength: 1,
        maxLength: 12,
      });
      await fc.assert(
        fc.asyncProperty(flips, async (changes) => {
          const damaged = Buffer.from(bytes);
          for (const [at, value] of changes) damaged[at] = value;
          await survives(reader, countedBytes(damaged));
        }),
        { numRuns: 300 },
      );
    });
  }

  it('take any bytes at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 4000 }), async (bytes) => {
        for (const reader of new Set(Object.values(READERS))) await survives(reader, countedBytes(bytes));
      }),
      { numRuns: 200 },
    );
  });

  it('give up on a terabyte of empty boxes', async () => {
    for (const pattern of [
      box('free'),
      box('moov', box('trak')),
      Buffer.from([0xec, 0x80]),
      Buffer.from([0xff, 0xfb, 0x90, 0x00]),
    ]) {
      const bytesAt = (offset: number, length: number): Uint8Array =>
        Buffer.alloc(length + pattern.length, pattern)
          .subarray(offset % pattern.length)
          .subarray(0, length);
      for (const reader of new Set(Object.values(READERS))) await survives(reader, counted(1e12, bytesAt));
    }
  });
});

describe('a file that is read in pages', () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);

  it('gives the same bytes, each read once', async () => {
    const source = countedBytes(bytes);
    const inPages = paged(source);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length), fc.nat(70_000), async (offset, length) => {
        const found = await inPages.read(offset, length);
        assert.ok(Buffer.from(bytes.subarray(offset, offset + length)).equals(found));
      }),
    );
    assert.ok(source.bytes <= bytes.length);
  });

  it('gives up in the end', async () => {
    const inPages = paged(counted(1e9, (_, length) => new Uint8Array(length)));
    await assert.rejects(inPages.read(0, 1e9), FormatProblem);
  });

  it('takes a file that became shorter', async () => {
    const inPages = paged({
      size: 50_000,
      read: (offset, length) => Promise.resolve(bytes.subarray(offset, Math.min(20_000, offset + length))),
    });
    assert.equal((await inPages.read(0, 50_000)).length, 20_000);
  });
});
