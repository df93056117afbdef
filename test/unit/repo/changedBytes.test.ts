import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import fc from 'fast-check';
import { type ComparedSide, compareBytes, findChanged } from '../../../core/repo/changedBytes.ts';

const CHUNK = 1_000;

/** A version cut into equal chunks, which counts what is read of it. */
function side(bytes: Buffer, end = bytes.length): ComparedSide & { bytesRead: number } {
  const chunks = [];
  for (let at = 0; at < bytes.length; at += CHUNK) {
    const part = bytes.subarray(at, at + CHUNK);
    chunks.push({ id: hash('sha256', part, 'buffer'), length: part.length });
  }
  const made = {
    chunks,
    end,
    bytesRead: 0,
    read: ({ offset, length }: { offset: number; length: number }) => {
      made.bytesRead += length;
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
  return made;
}

/** Bytes no two chunks of which are alike. */
function content(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (i * 7 + Math.floor(i / 256) * 13) & 0xff));
}

describe('changed bytes', () => {
  it('are those of the edit, and only its chunks are read', async () => {
    const old = content(20_000);
    const now = Buffer.from(old);
    for (let i = 4_100; i < 4_200; i++) now[i] ^= 0xff;
    const after = side(now);
    const changed = await findChanged(side(old), after);
    assert.deepEqual(changed, { changedBytes: 100, changedRanges: [{ offset: 4_100, length: 100 }] });
    assert.equal(after.bytesRead, CHUNK);
  });

  it('join across the border of chunks', async () => {
    const old = content(20_000);
    const now = Buffer.from(old);
    for (let i = 4_990; i < 5_010; i++) now[i] ^= 0xff;
    assert.deepEqual((await findChanged(side(old), side(now))).changedRanges, [
      { offset: 4_990, length: 20 },
    ]);
  });

  it('are whole chunks beyond the budget, and when bytes cannot be had', async () => {
    const old = content(20_000);
    const now = Buffer.from(old);
    now[4_500] ^= 1;
    const whole = { changedBytes: CHUNK, changedRanges: [{ offset: 4_000, length: CHUNK }] };
    assert.deepEqual(await findChanged(side(old), side(now), 2 * CHUNK - 1), whole);
    const unreadable = { ...side(old), read: () => Promise.resolve(undefined) };
    assert.deepEqual(await findChanged(unreadable, side(now)), whole);
  });

  it('leave out what comes after the content', async () => {
    const old = content(3_500);
    const now = Buffer.from(old);
    now[3_100] ^= 1;
    now[3_400] ^= 1;
    const changed = await findChanged(side(old, 3_200), side(now, 3_200));
    assert.deepEqual(changed.changedRanges, [{ offset: 3_100, length: 1 }]);
  });

  it('are none where bytes were only dropped, and all of a new version of nothing', async () => {
    const old = content(5_500);
    assert.equal((await findChanged(side(old), side(old.subarray(0, 5_300)))).changedBytes, 0);
    assert.equal((await findChanged(side(Buffer.alloc(0)), side(old))).changedBytes, 5_500);
  });

  it('count all, and list at most 1,000 places', async () => {
    const old = content(200_000);
    const now = Buffer.from(old);
    for (let i = 50; i < now.length; i += 100) now[i] ^= 1;
    const { changedBytes, changedRanges } = await findChanged(side(old), side(now));
    assert.equal(changedBytes, 2_000);
    assert.equal(changedRanges.length, 1_000);
  });

  it('rebuild the new version of equal length from the old', () => {
    const edits = fc.array(fc.tuple(fc.nat(19_999), fc.integer({ min: 1, max: 255 })), { maxLength: 30 });
    fc.assert(
      fc.property(edits, (list) => {
        const old = content(20_000);
        const now = Buffer.from(old);
        for (const [at, flip] of list) now[at] ^= flip;
        const rebuilt = Buffer.from(old);
        let last = -1;
        compareBytes(old, now, (start, end) => {
          assert.ok(
            start > last && end > start && old[start] !== now[start] && old[end - 1] !== now[end - 1],
          );
          now.copy(rebuilt, start, start, end);
          last = end;
        });
        assert.ok(rebuilt.equals(now));
      }),
    );
  });

  it('of another length lie between what both begin and end with', () => {
    const bytes = fc.uint8Array({ maxLength: 9_000 });
    fc.assert(
      fc.property(bytes, bytes, bytes, fc.uint8Array({ maxLength: 50 }), (head, tail, was, is) => {
        const old = Buffer.concat([head, was, tail]);
        const now = Buffer.concat([head, is, tail]);
        let changed = 0;
        compareBytes(old, now, (start, end) => {
          // Where the ends are alike by chance, the change may seem to lie elsewhere: what is around it is the old bytes all the same.
          assert.ok(start >= head.length && end <= now.length);
          assert.ok(old.subarray(0, start).equals(now.subarray(0, start)));
          assert.ok(old.subarray(old.length - (now.length - end)).equals(now.subarray(end)));
          changed += end - start;
        });
        assert.ok(changed <= is.length);
      }),
    );
  });
});
