// Owns uncompressed video: YUV4MPEG2 with 4:2:0 colour, as editors and encoders exchange it.
import { noiseField } from './image.ts';

const FRAME_HEADER = Buffer.from('FRAME\n', 'latin1');

export interface Video {
  width: number;
  height: number;
  /** Brightness, then the two colour planes at half the width and height. */
  frames: Buffer[];
}

export function encodeY4m({ width, height, frames }: Video): Buffer {
  const header = Buffer.from(`YUV4MPEG2 W${width} H${height} F24:1 Ip A1:1 C420jpeg\n`, 'latin1');
  return Buffer.concat([header, ...frames.flatMap((frame) => [FRAME_HEADER, frame])]);
}

/** Reads what `encodeY4m` writes. */
export function decodeY4m(file: Buffer): Video {
  const end = file.indexOf('\n');
  const match = /^YUV4MPEG2 W(\d+) H(\d+) /.exec(file.toString('latin1', 0, end));
  if (!match) throw new Error('Not a YUV4MPEG2 file');
  const [width, height] = [Number(match[1]), Number(match[2])];
  const length = (width * height * 3) / 2;
  const frames: Buffer[] = [];
  for (let at = end + 1; at < file.length; at += length) {
    at += FRAME_HEADER.length;
    frames.push(file.subarray(at, at + length));
  }
  return { width, height, frames };
}

/** A slow pan over a landscape, with film grain. Width and height are even. */
export function panOver(width: number, height: number, count: number, seed: number): Video {
  const step = 4;
  const wide = width + step * count;
  const field = noiseField(wide, height, seed);
  let grain = seed | 1;
  const frames = Array.from({ length: count }, (_, index) => {
    const frame = Buffer.alloc((width * height * 3) / 2, 120);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        grain = (Math.imul(grain, 1664525) + 1013904223) | 0;
        frame[y * width + x] = 30 + 180 * field[y * wide + x + step * index] + (grain >>> 30);
      }
    }
    return frame;
  });
  return { width, height, frames };
}

/** Brightens frames from one to before another. */
export function brighten(video: Video, from: number, to: number): Video {
  const luma = video.width * video.height;
  const frames = video.frames.map((frame, index) => {
    if (index < from || index >= to) return frame;
    const graded = Buffer.from(frame);
    for (let i = 0; i < luma; i++) graded[i] = Math.min(235, graded[i] * 1.15);
    return graded;
  });
  return { ...video, frames };
}
