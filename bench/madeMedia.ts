// Owns large media made up for benchmarks, each in two or more versions with edits as people make them.
import { randomFillSync } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ask, quoted } from './measure.ts';

export interface MadeHistory {
  name: string;
  edit: string;
  /** Oldest first; read when asked for. */
  versions: (() => Buffer)[];
}

/** WAV, raw frames and a block file always; MP4 where there is ffmpeg. */
export async function madeMedia(folder: string): Promise<MadeHistory[]> {
  return [...(await movies(folder)), sound(), frames(), blocks(), noise()];
}

/** Ten minutes of chords, 48 kHz stereo; then the start is trimmed and a second of silence put in. */
function sound(): MadeHistory {
  const samples = 600 * 48_000;
  const data = Buffer.alloc(4 * samples);
  for (let i = 0; i < samples; i++) {
    const base = 110 * 2 ** ((Math.floor(i / 24_000) % 12) / 12);
    const t = i / 48_000;
    const left = 9000 * Math.sin(6.2831853 * base * t) + 6000 * Math.sin(6.2831853 * 1.5 * base * t);
    data.writeInt16LE(Math.round(left), 4 * i);
    data.writeInt16LE(Math.round(0.8 * left + 3000 * Math.sin(6.2831853 * 2 * base * t)), 4 * i + 2);
  }
  const header = (length: number): Buffer => {
    const bytes = Buffer.from('RIFF....WAVEfmt ....................data....', 'latin1');
    bytes.writeUInt32LE(36 + length, 4);
    bytes.writeUInt32LE(length, 40);
    return bytes;
  };
  const middle = 4 * 14_000_000;
  const edited = [data.subarray(4 * 177_601, middle), Buffer.alloc(4 * 48_000), data.subarray(middle)];
  const length = edited.reduce((sum, part) => sum + part.length, 0);
  return {
    name: 'WAV',
    edit: 'trimmed, silence put in',
    versions: [
      () => Buffer.concat([header(data.length), data]),
      () => Buffer.concat([header(length), ...edited]),
    ],
  };
}

/** 64 frames of half floats behind headers; then five are cut out and a patch is painted into ten. */
function frames(): MadeHistory {
  const [width, height, count] = [640, 360, 64];
  const frame = (number: number): Buffer => {
    const bytes = Buffer.alloc(64 + 6 * width * height);
    bytes.write(`frame ${number}`);
    const grain = randomFillSync(Buffer.alloc(3 * width * height));
    for (let i = 0; i < 3 * width * height; i++) {
      const value = 0x3000 + ((i >> 6) & 0x3ff) + 16 * number + (grain[i] & 15);
      bytes.writeUInt16LE(value, 64 + 2 * i);
    }
    return bytes;
  };
  const all = Array.from({ length: count }, (_, i) => frame(i));
  const painted = all.map((bytes, i) => {
    if (i < 40 || i >= 50) return bytes;
    const copy = Buffer.from(bytes);
    for (let y = 100; y < 180; y++) copy.fill(0x3c, 64 + 6 * (y * width + 200), 64 + 6 * (y * width + 280));
    return copy;
  });
  painted.splice(20, 5);
  return {
    name: 'frames (EXR-like)',
    edit: '5 frames cut, 10 painted',
    versions: [() => Buffer.concat(all), () => Buffer.concat(painted)],
  };
}

/** Blocks with addresses in their headers, as .blend files have; a save moves some, changes some and adds some. */
function blocks(): MadeHistory {
  const all = Array.from({ length: 6000 }, (_, i) => {
    const bytes = randomFillSync(Buffer.alloc(24 + 64 + ((i * 7919) % 20_000)));
    bytes.write('DATA', 0);
    return bytes;
  });
  const saved = all.flatMap((bytes, i) => {
    if (i % 40 !== 7) return [bytes];
    const copy = Buffer.from(bytes);
    randomFillSync(copy, 8, 8);
    if (i % 80 === 7) randomFillSync(copy, 24, 64);
    return i % 400 === 7 ? [copy, randomFillSync(Buffer.alloc(3000))] : [copy];
  });
  return {
    name: 'blocks (.blend-like)',
    edit: '150 of 6,000 moved, 15 added',
    versions: [() => Buffer.concat(all), () => Buffer.concat(saved)],
  };
}

/** 96 MiB that nothing repeats in; 100 stretches of 1 to 4 KB are replaced, put in or taken out. */
function noise(): MadeHistory {
  const data = randomFillSync(Buffer.alloc(96 * 1024 * 1024));
  const parts: Buffer[] = [];
  let from = 0;
  for (let i = 0; i < 100; i++) {
    const at = Math.floor(((i + 0.37) * data.length) / 100);
    const length = 1000 + ((i * 613) % 3000);
    parts.push(data.subarray(from, at));
    if (i % 3 !== 2) parts.push(randomFillSync(Buffer.alloc(length)));
    from = i % 3 === 1 ? at : at + length;
  }
  parts.push(data.subarray(from));
  return {
    name: 'noise',
    edit: '100 edits of 1 to 4 KB',
    versions: [() => data, () => Buffer.concat(parts)],
  };
}

async function movies(folder: string): Promise<MadeHistory[]> {
  if ((await ask('ffmpeg -version', process.env)) === undefined) return [];
  mkdirSync(folder, { recursive: true });
  const file = (name: string) => path.join(folder, name);
  const run = (line: string) => ask(`ffmpeg -v error -y ${line}`, process.env);
  const first = quoted(file('a.mp4'));
  await run(
    `-f lavfi -i testsrc2=size=1280x720:rate=30 -f lavfi -i anoisesrc=r=48000:a=0.2 -t 40 -vf noise=alls=12:allf=t -c:v mpeg4 -q:v 3 -c:a aac ${first}`,
  );
  const edits = [
    ['metadata', `-i ${first} -map 0 -c copy -metadata title=Second -movflags faststart`],
    ['trimmed', `-ss 7.3 -i ${first} -map 0 -c copy`],
    ['audio dropped', `-i ${first} -an -c copy`],
  ];
  const made: MadeHistory[] = [];
  for (const [edit, how] of edits) {
    const name = file(`${edit}.mp4`);
    if ((await run(`${how} ${quoted(name)}`)) === undefined) continue;
    made.push({
      name: 'MP4',
      edit,
      versions: [() => readFileSync(file('a.mp4')), () => readFileSync(name)],
    });
  }
  return made;
}
