// Owns WAV files made by code: any rate, number of channels and coding.

export interface SoundShape {
  /** Samples a second. */
  rate?: number;
  channels?: number;
  seconds?: number;
  coding?: 'pcm16' | 'pcm24' | 'float';
  /** −1 to 1. */
  sampleAt?: (index: number, channel: number) => number;
}

const CODINGS = {
  pcm16: { tag: 1, bytes: 2, most: 32767 },
  pcm24: { tag: 1, bytes: 3, most: 8388607 },
  float: { tag: 3, bytes: 4, most: 1 },
};

/** A tone that fades out, unless `sampleAt` says otherwise. */
export function wavFile(shape: SoundShape = {}): Buffer {
  const { rate = 44100, channels = 1, seconds = 1, coding = 'pcm16' } = shape;
  const { sampleAt = (i) => Math.sin((i * 440 * 2 * Math.PI) / rate) * (1 - i / (rate * seconds)) } = shape;
  const { tag, bytes, most } = CODINGS[coding];
  const count = Math.round(rate * seconds);
  const data = Buffer.alloc(count * channels * bytes);
  for (let i = 0; i < count * channels; i += 1) {
    const sample = sampleAt(Math.floor(i / channels), i % channels);
    if (coding === 'float') data.writeFloatLE(sample, i * bytes);
    else data.writeIntLE(Math.round(sample * most), i * bytes, bytes);
  }
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(tag, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * channels * bytes, 28);
  head.writeUInt16LE(channels * bytes, 32);
  head.writeUInt16LE(bytes * 8, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}
