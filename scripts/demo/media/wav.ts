// Owns WAV files: 16-bit PCM, made, read, trimmed and spliced.
import os from 'node:os';
import { randomNumbers } from './random.ts';

export interface Audio {
  channels: number;
  /** Frames a second; a frame is one sample of each channel. */
  rate: number;
  /** Little-endian signed 16-bit samples, the channels of a frame side by side. */
  samples: Buffer;
}

const PCM = 1;
const SAMPLE_BYTES = 2;

export function encodeWav({ channels, rate, samples }: Audio): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(PCM, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * channels * SAMPLE_BYTES, 28);
  header.writeUInt16LE(channels * SAMPLE_BYTES, 32);
  header.writeUInt16LE(8 * SAMPLE_BYTES, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

/** Undefined when the file is no 16-bit PCM WAV. */
export function decodeWav(file: Buffer): Audio | undefined {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') return undefined;
  let format: Buffer | undefined;
  for (let at = 12; at + 8 <= file.length;) {
    const type = file.toString('latin1', at, at + 4);
    const length = file.readUInt32LE(at + 4);
    const body = file.subarray(at + 8, at + 8 + length);
    if (type === 'fmt ') format = body;
    if (type === 'data' && format !== undefined) return audioOf(format, body);
    at += 8 + length + (length % 2);
  }
  return undefined;
}

function audioOf(format: Buffer, samples: Buffer): Audio | undefined {
  if (format.length < 16 || format.readUInt16LE(0) !== PCM || format.readUInt16LE(14) !== 16)
    return undefined;
  return { channels: format.readUInt16LE(2), rate: format.readUInt32LE(4), samples };
}

/** Music of a kind: chords that change every two seconds, with overtones and the hiss of a room. */
export function synthesize(seconds: number, channels: number, seed: number): Audio {
  const rate = 48_000;
  const next = randomNumbers(seed);
  const frames = Math.round(seconds * rate);
  const samples = new Int16Array(frames * channels);
  const chordFrames = 2 * rate;
  let hiss = seed | 1;
  for (let start = 0; start < frames; start += chordFrames) {
    const voices = [1, 1.26, 1.5, 2.01].map((interval) => {
      const pitch = 110 * 2 ** (Math.floor(next() * 12) / 12) * interval;
      return oscillator(pitch / rate, 5_000);
    });
    for (let frame = start; frame < Math.min(start + chordFrames, frames); frame++) {
      const fade = 1 - (frame - start) / chordFrames;
      const tone = (voices[0]() + voices[1]() + voices[2]() + voices[3]()) * fade;
      for (let channel = 0; channel < channels; channel++) {
        hiss = (Math.imul(hiss, 1664525) + 1013904223) | 0;
        samples[frame * channels + channel] = tone * (1 - 0.2 * channel) + (hiss >> 25);
      }
    }
  }
  return { channels, rate, samples: littleEndian(samples) };
}

function littleEndian(samples: Int16Array): Buffer {
  const bytes = Buffer.from(samples.buffer);
  return os.endianness() === 'LE' ? bytes : bytes.swap16();
}

/** A sine by rotation: each call gives the next sample. `frequency` in cycles a sample. */
function oscillator(frequency: number, loudness: number): () => number {
  const cosine = Math.cos(2 * Math.PI * frequency);
  const sine = Math.sin(2 * Math.PI * frequency);
  let x = loudness;
  let y = 0;
  return () => {
    [x, y] = [x * cosine - y * sine, x * sine + y * cosine];
    return y;
  };
}

/** Without the part from one second to another. */
export function cutOut(audio: Audio, from: number, to: number): Audio {
  const { samples } = audio;
  const kept = [samples.subarray(0, offset(audio, from)), samples.subarray(offset(audio, to))];
  return { ...audio, samples: Buffer.concat(kept) };
}

/** With another recording of the same kind spliced in at a second. */
export function spliceIn(audio: Audio, at: number, inserted: Audio): Audio {
  const { samples } = audio;
  const middle = offset(audio, at);
  return {
    ...audio,
    samples: Buffer.concat([samples.subarray(0, middle), inserted.samples, samples.subarray(middle)]),
  };
}

export function durationOf({ channels, rate, samples }: Audio): number {
  return samples.length / (channels * SAMPLE_BYTES) / rate;
}

/** Bytes before a second, at most all. */
function offset({ channels, rate, samples }: Audio, second: number): number {
  return Math.min(Math.round(second * rate) * channels * SAMPLE_BYTES, samples.length);
}
