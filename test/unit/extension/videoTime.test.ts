// Tests the arithmetic of time in videos: steps by pictures, and how two of them are kept together.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { correctionOf, frameOf, stepped } from '../../../extension/webview/video/videoTime.ts';

const rates = fc.constantFrom(10, 23.976, 24, 25, 29.97, 30, 50, 59.94, 60, 120);

describe('steps by pictures', () => {
  it('end in the middle of the next picture, and come back', () => {
    const cases = fc.record({ rate: rates, pictures: fc.integer({ min: 3, max: 200_000 }), at: fc.nat() });
    fc.assert(
      fc.property(cases, ({ rate, pictures, at }) => {
        const duration = pictures / rate;
        const from = at % (pictures - 1);
        const there = stepped((from + 0.5) / rate, 1, rate, duration);
        assert.equal(frameOf(there, rate), from + 1);
        assert.equal(frameOf(stepped(there, -1, rate, duration), rate), from);
        // A time that is read back is rounded to microseconds.
        assert.equal(frameOf(Math.round(there * 1e6) / 1e6, rate), from + 1);
      }),
    );
  });

  it('stay within the video', () => {
    assert.equal(stepped(0, -1, 10, 2), 0.05);
    assert.equal(stepped(2, 1, 10, 2), 1.95);
    assert.equal(stepped(2, -1, 10, 2), 1.85);
    assert.equal(stepped(0, 1, 10, 0.04), 0.04);
  });

  it('begin at the picture that is seen', () => {
    assert.equal(frameOf(0.1, 10), 1);
    assert.equal(frameOf(0.3, 10), 3);
    assert.equal(frameOf(0.29, 10), 2);
  });
});

describe('two videos that are played as one', () => {
  it('are left alone while they are together', () => {
    for (const drift of [0, 0.01, -0.01])
      assert.deepEqual(correctionOf(drift, 1, false), { jump: false, speed: 1 });
  });

  it('come together by speed, until they are closer than they have to be', () => {
    const ahead = correctionOf(0.02, 2, false);
    assert.ok(!ahead.jump && ahead.speed < 2 && ahead.speed > 1.5);
    const behind = correctionOf(-0.01, 2, true);
    assert.ok(!behind.jump && behind.speed > 2 && behind.speed < 2.5);
    assert.deepEqual(correctionOf(-0.004, 2, true), { jump: false, speed: 2 });
  });

  it('jump where that would take long', () => {
    assert.deepEqual(correctionOf(0.31, 1, false), { jump: true });
    assert.deepEqual(correctionOf(-5, 1, true), { jump: true });
  });

  it('end up together from any distance and at any speed', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -10, max: 10, noNaN: true }),
        fc.constantFrom(0.1, 1, 4),
        (start, speed) => {
          let drift = start;
          let own: number = speed;
          let seconds = 0;
          for (; seconds < 60 && Math.abs(drift) > 0.015; seconds += 1 / 60) {
            const todo = correctionOf(drift, speed, own !== speed);
            if (todo.jump) drift = 0;
            own = todo.jump ? speed : todo.speed;
            drift += (own - speed) / 60;
          }
          assert.ok(seconds < 6 / speed, `${seconds} s`);
        },
      ),
    );
  });
});
