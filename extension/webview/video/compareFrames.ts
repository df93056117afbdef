// Owns the difference of the pictures that two videos show: pixel by pixel, counted and drawn.
import { type Difference, differenceOf } from '../picture/difference.ts';
import type { Pixels } from '../picture/pixels.ts';
import type { Size } from '../picture/view.ts';

/** Two pictures and their difference take 12 bytes a pixel. */
export const MOST_COMPARED = 16 * 1024 * 1024;

/** Both as the browser turns them into RGB; both start at the top left. */
export class FrameComparer {
  readonly size: Size;
  /** What differs, amplified, on black. */
  readonly canvas: OffscreenCanvas;
  private readonly videos: [HTMLVideoElement, HTMLVideoElement];
  private readonly readers: OffscreenCanvas[];

  constructor(before: HTMLVideoElement, after: HTMLVideoElement) {
    this.videos = [before, after];
    this.size = {
      width: Math.max(before.videoWidth, after.videoWidth),
      height: Math.max(before.videoHeight, after.videoHeight),
    };
    this.canvas = new OffscreenCanvas(this.size.width, this.size.height);
    this.readers = this.videos.map(
      ({ videoWidth, videoHeight }) => new OffscreenCanvas(videoWidth, videoHeight),
    );
  }

  /** Whether pictures of this size are compared at all. */
  static canCompare(before: HTMLVideoElement, after: HTMLVideoElement): boolean {
    const width = Math.max(before.videoWidth, after.videoWidth);
    return width * Math.max(before.videoHeight, after.videoHeight) <= MOST_COMPARED;
  }

  /** Draws what differs now. `tolerance` is in steps of 0 to 255. */
  compare(tolerance: number): Difference {
    const [before, after] = this.videos.map((video, i) => pixelsOf(video, this.readers[i]));
    const { width, height } = this.size;
    const drawing = new ImageData(width, height);
    const difference = differenceOf(before, after, { tolerance, drawing: drawing.data });
    this.canvas.getContext('2d')?.putImageData(drawing, 0, 0);
    return difference;
  }
}

function pixelsOf(video: HTMLVideoElement, canvas: OffscreenCanvas): Pixels {
  const { width, height } = canvas;
  // Read back each time: memory of the graphics card would only be in the way.
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no canvas');
  context.clearRect(0, 0, width, height);
  context.drawImage(video, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, kind: 'rgba8', data: new Uint8Array(data.buffer) };
}
