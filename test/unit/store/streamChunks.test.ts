// Tests that bytes which stream by in whatever pieces are cut as the whole is.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { streamChunks } from '../../../core/store/streamChunks.ts';
import { xorshift32 } from '../../support/naiveCut.ts';
import { sharedPlane } from '../../support/planes.ts';
import { blake3Of } from './support.ts';

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

describe('chunks of a stream', () => {
  it('are those of the whole, whatever the pieces', async () => {
    const noise = xorshift32(3, 9_000_000);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: noise.length }),
        fc.integer({ min: 1000, max: 9_000_000 }),
        fc.constantFrom(14, 16, 18, 20),
        async (length, piece, averageLog2) => {
          const bytes = noise.subarray(0, length);
          const chunks = await streamChunks(inPieces(bytes, piece), averageLog2, sharedPlane());
          assert.deepEqual(
            chunks.map((chunk) => chunk.length),
            sharedPlane().cut(bytes, averageLog2),
          );
          if (chunks.length > 0) {
            assert.ok(chunks[0].id.equals(await blake3Of(bytes.subarray(0, chunks[0].length))));
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it('are those of constant bytes, which have no better place to be cut than the last', async () => {
    const zeros = Buffer.alloc(20_000_000);
    const chunks = await streamChunks(inPieces(zeros, 3_000_001), 16, sharedPlane());
    assert.deepEqual(
      chunks.map(({ length }) => length),
      sharedPlane().cut(zeros, 16),
    );
  });
});
