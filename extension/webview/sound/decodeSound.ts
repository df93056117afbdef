// Owns turning a file into samples with the browser's own decoders, within bounds.
import { fetchFile, MediaProblem, messageOf } from '../media/mediaProblem.ts';
import type { ViewedFile } from '../messages.ts';
import type { Sound } from './samples.ts';

/** Over all channels: 256 MiB as they are held; 11 minutes of stereo at 48 kHz. */
export const MOST_SAMPLES = 64 * 1024 * 1024;
/** Of a sound that does not say how long it is, in bytes: what is packed best grows about thirtyfold. */
const MOST_BYTES_UNTOLD = 8 * 1024 * 1024;
/** A decoder that takes longer than this, in milliseconds, is given up. */
const DECODE_MS = 60_000;

/** The rates at which Web Audio takes sounds. */
const [LEAST_RATE, MOST_RATE] = [3000, 768_000];
const USUAL_RATE = 48_000;

export interface DecodedSound extends Sound {
  buffer: AudioBuffer;
  /** Whether the samples are those of the file, and not those of another rate. */
  isExact: boolean;
}

/** What is known before decoding says that it would take too much; undefined where it would not. */
export function whyTooLong({ media, size }: ViewedFile): MediaProblem | undefined {
  const { duration, sampleRate = USUAL_RATE, channels = 2 } = media ?? {};
  if (duration === undefined)
    return size > MOST_BYTES_UNTOLD
      ? new MediaProblem('It does not say how long it is, and is too large to be decoded for a waveform')
      : undefined;
  if (duration * sampleRate * channels <= MOST_SAMPLES) return undefined;
  const limit = Math.floor(MOST_SAMPLES / (sampleRate * channels) / 60);
  return new MediaProblem('It is too long for a waveform: at its rate, {0} minutes are shown', limit);
}

/** The samples of a file at its own rate. @throws MediaProblem */
export async function decodeSound(file: ViewedFile): Promise<DecodedSound> {
  const problem = whyTooLong(file);
  if (problem) throw problem;
  const bytes = await (await fetchFile(file)).arrayBuffer();
  const own = file.media?.sampleRate;
  const isExact = own !== undefined && own >= LEAST_RATE && own <= MOST_RATE;
  // A context resamples what it decodes to its own rate.
  const context = new OfflineAudioContext(1, 1, isExact ? own : USUAL_RATE);
  let buffer: AudioBuffer;
  try {
    buffer = await withinTime(context.decodeAudioData(bytes));
  } catch (error) {
    if (error instanceof MediaProblem) throw error;
    const codec = file.media?.codec;
    throw codec === undefined
      ? new MediaProblem('The sound cannot be decoded: {0}', messageOf(error))
      : new MediaProblem('The sound cannot be decoded; its codec is {0}: {1}', codec, messageOf(error));
  }
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) => buffer.getChannelData(i));
  return { sampleRate: buffer.sampleRate, channels, buffer, isExact };
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new MediaProblem('Decoding took longer than {0} seconds', DECODE_MS / 1000)),
      DECODE_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
