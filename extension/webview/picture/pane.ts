// Owns one pane with a picture, or with two on top of each other: drawing what the view says.
import type { Pixels } from './difference.ts';
import { SQUARE_PIXELS_FROM, type View } from './view.ts';

/** A picture in a pane. Of the ones on top, `opacity` shows through, or what is right of `from` (0 to 1 of the pane's width) is seen. */
export interface Layer {
  picture: Pixels;
  opacity?: number;
  from?: number;
}

const CHECKER = 8;

export class Pane {
  readonly canvas = document.createElement('canvas');
  layers: Layer[] = [];
  private readonly bitmaps = new Map<Pixels, OffscreenCanvas>();

  constructor(label: string) {
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', label);
  }

  draw(view: View): void {
    const { canvas } = this;
    const ratio = devicePixelRatio;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    canvas.width = Math.max(1, Math.round(width * ratio));
    canvas.height = Math.max(1, Math.round(height * ratio));
    const context = canvas.getContext('2d');
    if (!context) return;
    context.scale(ratio, ratio);
    context.imageSmoothingEnabled = view.scale < SQUARE_PIXELS_FROM;
    for (const { picture, opacity = 1, from = 0 } of this.layers) {
      context.save();
      context.beginPath();
      context.rect(from * width, 0, width, height);
      context.clip();
      context.translate(view.x, view.y);
      if (opacity === 1) checker(context, picture, view.scale);
      context.globalAlpha = opacity;
      context.scale(view.scale, view.scale);
      context.drawImage(this.bitmapOf(picture), 0, 0);
      context.restore();
    }
  }

  private bitmapOf(picture: Pixels): OffscreenCanvas {
    let bitmap = this.bitmaps.get(picture);
    if (!bitmap) {
      bitmap = new OffscreenCanvas(picture.width, picture.height);
      const pixels = new ImageData(new Uint8ClampedArray(picture.data), picture.width, picture.height);
      bitmap.getContext('2d')?.putImageData(pixels, 0, 0);
      // The last two are what is shown; others would hold memory for nothing.
      if (this.bitmaps.size >= 2) this.bitmaps.delete([...this.bitmaps.keys()][0]);
      this.bitmaps.set(picture, bitmap);
    }
    return bitmap;
  }
}

/** Grey squares behind what is transparent. */
function checker(context: CanvasRenderingContext2D, { width, height }: Pixels, scale: number): void {
  const tile = new OffscreenCanvas(2 * CHECKER, 2 * CHECKER);
  const squares = tile.getContext('2d');
  if (!squares) return;
  squares.fillStyle = '#999';
  squares.fillRect(0, 0, 2 * CHECKER, 2 * CHECKER);
  squares.fillStyle = '#bbb';
  squares.fillRect(0, 0, CHECKER, CHECKER);
  squares.fillRect(CHECKER, CHECKER, CHECKER, CHECKER);
  const pattern = context.createPattern(tile, 'repeat');
  if (!pattern) return;
  context.fillStyle = pattern;
  context.fillRect(0, 0, width * scale, height * scale);
}
