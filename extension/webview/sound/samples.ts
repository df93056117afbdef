// Owns the arithmetic of sounds: envelopes to draw, levels, and the difference of two; knows no browser.

/** Samples of −1 to 1 (decoders may exceed that), one array a channel, all of one length. */
export interface Sound {
  /** Samples a second. */
  sampleRate: number;
  channels: Float32Array[];
}

/** The largest and smallest sample of each column; never below, or above, 0. */
export interface Envelope {
  upper: Float32Array;
  lower: Float32Array;
}

export interface Levels {
  /** Largest distance from 0; 1 is full scale. */
  peak: number;
  /** Root of the mean square over all channels. */
  rms: number;
}

export interface SoundDifference extends Envelope {
  /** Samples that are not equal, those that one sound lacks included, over all channels. */
  differing: number;
  /** Samples of the longer sound, over all channels. */
  total: number;
  /** Where the first of them is, in seconds; undefined where none differs. */
  first: number | undefined;
  /** Largest distance of two samples. */
  peak: number;
}

/** More columns than a wave has pixels when it is zoomed, in bounded memory. */
export const MOST_COLUMNS = 1 << 20;

export function durationOf({ sampleRate, channels }: Sound): number {
  return lengthOf(channels) / sampleRate;
}

/** How many columns sounds are drawn with that last `seconds` at most: one a sample, where that is not too many. */
export function columnsFor(seconds: number, sampleRate: number): number {
  return Math.max(1, Math.min(MOST_COLUMNS, Math.ceil(seconds * sampleRate)));
}

/** The envelope of all channels over `seconds`, which may be longer than the sound: nothing is 0. */
export function envelopeOf({ sampleRate, channels }: Sound, seconds: number, columns: number): Envelope {
  return envelope(columns, (seconds * sampleRate) / columns, lengthOf(channels), channels.length, (i, c) => {
    return channels[c][i];
  });
}

export function levelsOf({ channels }: Sound): Levels {
  let peak = 0;
  let squares = 0;
  for (const samples of channels)
    for (const sample of samples) {
      const level = Math.abs(sample);
      if (level > peak) peak = level;
      squares += sample * sample;
    }
  const count = channels.length * lengthOf(channels);
  return { peak, rms: count === 0 ? 0 : Math.sqrt(squares / count) };
}

/** Why there is no difference of two sounds; undefined where there is one. */
export function whyNoDifference(before: Sound, after: Sound): 'rate' | 'channels' | undefined {
  if (before.sampleRate !== after.sampleRate) return 'rate';
  return before.channels.length === after.channels.length ? undefined : 'channels';
}

/** Newer minus older, sample by sample from the start, over `seconds`. Both have one rate and one number of channels. */
export function differenceOf(before: Sound, after: Sound, seconds: number, columns: number): SoundDifference {
  const older = before.channels;
  const newer = after.channels;
  const shared = Math.min(lengthOf(older), lengthOf(newer));
  const length = Math.max(lengthOf(older), lengthOf(newer));
  const count = older.length;
  let differing = (length - shared) * count;
  let first = length > shared ? shared : Infinity;
  let peak = 0;
  for (let c = 0; c < count; c++) {
    const [a, b] = [older[c], newer[c]];
    for (let i = 0; i < shared; i++) {
      if (a[i] === b[i]) continue;
      differing++;
      if (i < first) first = i;
    }
  }
  const drawn = envelope(columns, (seconds * after.sampleRate) / columns, length, count, (i, c) => {
    const distance = (i < newer[c].length ? newer[c][i] : 0) - (i < older[c].length ? older[c][i] : 0);
    if (distance > peak) peak = distance;
    else if (-distance > peak) peak = -distance;
    return distance;
  });
  return {
    ...drawn,
    differing,
    total: length * count,
    first: first === Infinity ? undefined : first / after.sampleRate,
    peak,
  };
}

/** Each column spans `span` samples, and at least the one that it begins in; every sample is in a column. */
function envelope(
  columns: number,
  span: number,
  length: number,
  channels: number,
  sampleAt: (index: number, channel: number) => number,
): Envelope {
  const upper = new Float32Array(columns);
  const lower = new Float32Array(columns);
  for (let column = 0; column < columns; column++) {
    const from = Math.floor(column * span);
    const to = Math.min(length, Math.max(from + 1, Math.floor((column + 1) * span)));
    let [high, low] = [0, 0];
    for (let c = 0; c < channels; c++)
      for (let i = from; i < to; i++) {
        const sample = sampleAt(i, c);
        if (sample > high) high = sample;
        else if (sample < low) low = sample;
      }
    upper[column] = high;
    lower[column] = low;
  }
  return { upper, lower };
}

function lengthOf(channels: Float32Array[]): number {
  return channels[0]?.length ?? 0;
}

/** Level in decibels below full scale as the language writes it, e.g. `-6.0`; `-∞` of silence. */
export function decibels(level: number, language: string): string {
  if (level <= 0) return '−∞';
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'negative' } as const;
  return (20 * Math.log10(level)).toLocaleString(language, digits).replace('-', '−');
}

/** `1:02.345`, `1:00:02.345` from an hour on. */
export function formatTime(seconds: number): string {
  const thousandths = Math.round(Math.max(0, seconds) * 1000);
  const rest = ((thousandths % 60_000) / 1000).toFixed(3).padStart(6, '0');
  const minutes = Math.floor(thousandths / 60_000);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}
