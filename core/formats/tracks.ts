// Owns how the tracks of a sound or video become facts for people.
import { FormatProblem } from './byteSource.ts';
import type { Facts } from './facts.ts';

/** What a header says of one track. */
export interface Track {
  kind: 'video' | 'audio';
  codec: string;
  /** Pixels. */
  width?: number;
  height?: number;
  /** Pictures a second. */
  frameRate?: number;
  /** Samples a second. */
  sampleRate?: number;
  channels?: number;
  /** Bits a sample. */
  bitDepth?: number;
}

/** Bits a sample mean nothing to the others, whatever their header says. */
const LOSSLESS = /^(PCM|FLAC|ALAC)/;

/** Of several tracks of a kind the first one is told of. `duration` is in seconds. @throws FormatProblem without any track */
export function factsOfTracks(format: string, tracks: Track[], duration: number | undefined): Facts {
  const video = tracks.find(({ kind }) => kind === 'video');
  const audio = tracks.find(({ kind }) => kind === 'audio');
  if (!video && !audio) throw new FormatProblem('there is neither a picture nor a sound in it');
  const facts: Facts = { kind: video ? 'video' : 'audio', format, details: [] };
  const codecs = [video, audio].flatMap((track) => (track ? [track.codec] : []));
  facts.codec = codecs.join(', ');
  if (sensible(duration)) facts.duration = duration;
  if (video && sensible(video.width) && sensible(video.height))
    [facts.width, facts.height] = [video.width, video.height];
  if (sensible(video?.frameRate)) facts.frameRate = Math.round(video.frameRate * 1000) / 1000;
  if (sensible(audio?.sampleRate)) facts.sampleRate = audio.sampleRate;
  if (sensible(audio?.channels)) facts.channels = audio.channels;
  if (sensible(audio?.bitDepth) && LOSSLESS.test(audio.codec)) facts.bitDepth = audio.bitDepth;
  facts.details.push(...detailsOf(facts));
  return facts;
}

/** The lines of a sound or video, in the order to show them. */
export function detailsOf(facts: Facts): Facts['details'] {
  const { duration, width, height, frameRate, codec, channels, sampleRate, bitDepth } = facts;
  const lines: [string, string | undefined][] = [
    ['Duration', duration === undefined ? undefined : durationText(duration)],
    ['Picture size', width === undefined ? undefined : `${width} × ${height}`],
    ['Frame rate', frameRate === undefined ? undefined : `${frameRate} fps`],
    ['Codec', codec],
    ['Channels', channels?.toString()],
    ['Sample rate', sampleRate === undefined ? undefined : `${sampleRate} Hz`],
    ['Bits', bitDepth?.toString()],
  ];
  return lines.flatMap(([label, value]) => (value === undefined ? [] : [[label, value]]));
}

/** Seconds as `0:02.5`, with `1:00:02.5` from an hour on; to the millisecond, without zeros at the end. */
export function durationText(seconds: number): string {
  const thousandths = Math.round(seconds * 1000);
  const rest = ((thousandths % 60_000) / 1000)
    .toFixed(3)
    .padStart(6, '0')
    .replace(/\.?0+$/, '');
  const shown = rest.padEnd(2, '0');
  const minutes = Math.floor(thousandths / 60_000);
  if (minutes < 60) return `${minutes}:${shown}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${shown}`;
}

/** A damaged header says anything. */
function sensible(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value > 0 && value < 1e12;
}
