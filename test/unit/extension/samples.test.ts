// Tests the arithmetic of the viewer of sounds: envelopes, levels, differences.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  columnsFor,
  decibels,
  differenceOf,
  envelopeOf,
  formatTime,
  levelsOf,
  MOST_COLUMNS,
  type Sound,
  whyNoDifference,
} from '../../../extension/webview/sound/samples.ts';
import { viewerOf } from '../../../extension/viewer/viewerKinds.ts';

const sound = (...channels: number[][]): Sound => ({
  sampleRate: 10,
  channels: channels.map((samples) => Float32Array.from(samples)),
});
const samples = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 });
const anySound = samples.map((one) => sound(one));

describe('the envelope of a sound', () => {
  it('holds the extremes of all channels, whatever the number of columns', () => {
    fc.assert(
      fc.property(anySound, anySound, fc.integer({ min: 1, max: 100 }), (a, b, columns) => {
        const length = Math.min(a.channels[0].length, b.channels[0].length);
        const both = sound([...a.channels[0].slice(0, length)], [...b.channels[0].slice(0, length)]);
        const { upper, lower } = envelopeOf(both, length / 10, columns);
        const all = both.channels.flatMap((channel) => [...channel]);
        assert.equal(Math.max(...upper), Math.max(0, ...all));
        // + 0: −0 is 0.
        assert.equal(Math.min(...lower), Math.min(0, ...all) + 0);
      }),
    );
  });

  it('is flat where the scale goes on behind the end', () => {
    const { upper, lower } = envelopeOf(sound([1, -1, 1, -1]), 0.8, 8);
    assert.deepEqual([...upper], [1, 0, 1, 0, 0, 0, 0, 0]);
    assert.deepEqual([...lower], [0, -1, 0, -1, 0, 0, 0, 0]);
  });

  it('has a bounded number of columns', () => {
    assert.equal(columnsFor(2, 8000), 16_000);
    assert.equal(columnsFor(36_000, 96_000), MOST_COLUMNS);
    assert.equal(columnsFor(0, 8000), 1);
  });
});

describe('levels of a sound', () => {
  it('are peak and root of the mean square over all channels', () => {
    const { peak, rms } = levelsOf(sound([0.5, -0.5], [0.5, -0.5]));
    assert.deepEqual({ peak, rms }, { peak: 0.5, rms: 0.5 });
    assert.deepEqual(levelsOf(sound([])), { peak: 0, rms: 0 });
  });

  it('are told in decibels', () => {
    assert.deepEqual(
      [1, 0.9999, 0.5, 0, 2].map((level) => decibels(level, 'en')),
      ['0.0', '0.0', '−6.0', '−∞', '6.0'],
    );
    assert.equal(decibels(0.5, 'de'), '−6,0');
  });
});

describe('the difference of two sounds', () => {
  it('of a sound with itself is nothing', () => {
    fc.assert(
      fc.property(anySound, (one) => {
        const { differing, first, peak, upper } = differenceOf(one, one, 4, 16);
        assert.deepEqual([differing, first, peak, Math.max(...upper)], [0, undefined, 0, 0]);
      }),
    );
  });

  it('counts as many samples in both directions, and tells the first', () => {
    fc.assert(
      fc.property(samples, samples, (a, b) => {
        const there = differenceOf(sound(a), sound(b), 4, 40);
        const back = differenceOf(sound(b), sound(a), 4, 40);
        assert.deepEqual([there.differing, there.first], [back.differing, back.first]);
        const expected = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => i).filter(
          (i) => a[i] !== b[i],
        );
        assert.equal(there.differing, expected.length);
        assert.equal(there.first, expected.length > 0 ? expected[0] / 10 : undefined);
        assert.equal(there.total, Math.max(a.length, b.length));
      }),
    );
  });

  it('is newer minus older, and what one of them lacks', () => {
    const { upper, lower, peak, differing, total, first } = differenceOf(
      sound([0, 0.5, 0], [0, 0, 0]),
      sound([0, 0, 0, 0.25], [0, 0, 0, -0.75]),
      0.4,
      4,
    );
    assert.deepEqual([...upper], [0, 0, 0, 0.25]);
    assert.deepEqual([...lower], [0, -0.5, 0, -0.75]);
    assert.deepEqual([peak, differing, total, first], [0.75, 3, 8, 0.1]);
  });

  it('needs one rate and one number of channels', () => {
    assert.equal(whyNoDifference(sound([0]), { ...sound([0]), sampleRate: 11 }), 'rate');
    assert.equal(whyNoDifference(sound([0]), sound([0], [0])), 'channels');
    assert.equal(whyNoDifference(sound([0]), sound([0, 1])), undefined);
  });
});

describe('the viewer of sounds', () => {
  it('tells times', () => {
    assert.deepEqual([0, 0.0004, 59.9996, 61.5, 3600, 7322.25].map(formatTime), [
      '0:00.000',
      '0:00.000',
      '1:00.000',
      '1:01.500',
      '1:00:00.000',
      '2:02:02.250',
    ]);
  });

  it('is that of files of sound', () => {
    for (const name of ['a.wav', 'b.OGG', 'c.mp3', 'd.flac', 'e.opus'])
      assert.equal(viewerOf(name), 'audio', name);
  });
});
