// Owns one pane with a picture, or with two on top of each other: drawing what the view says.
import { type Size, SQUARE_PIXELS_FROM, type View } from './view.ts';

/** A picture as it is seen; without a bitmap it is not drawn yet. */
export interface Shown extends Size {
  bitmap?: ImageBitmap;
}

/** A picture in a pane. Of the ones on top, `opacity` shows through, or what is right of `from` (0 to 1 of the pane's width) is seen. */
export interface Layer {
  /** A still picture, or a video as it stands. */
  picture: Size & { bitmap?: CanvasImageSource };
  opacity?: number;
  from?: number;
  /** Put together with what is below it in another way. */
  blend?: GlobalCompositeOperation;
}

const CHECKER = 8;
/** The frame around a pixel is no smaller, in pixels of the pane. */
const LEAST_FRAME = 7;

export class Pane {
  readonly canvas = document.createElement('canvas');
  layers: Layer[] = [];
  /** The pixel to put a frame around. */
  marked: { x: number; y: number } | undefined;

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
    for (const { picture, opacity = 1, from = 0, blend } of this.layers) {
      if (!picture.bitmap) continue;
      context.save();
      context.beginPath();
      context.rect(from * width, 0, width, height);
      context.clip();
      // On whole pixels of the screen: else what is behind the picture shines through at its edge.
      context.translate(Math.round(view.x * ratio) / ratio, Math.round(view.y * ratio) / ratio);
      if (opacity === 1 && blend === undefined) checker(context, picture, view.scale);
      context.globalAlpha = opacity;
      if (blend !== undefined) context.globalCompositeOperation = blend;
      context.scale(view.scale, view.scale);
      context.drawImage(picture.bitmap, 0, 0);
      context.restore();
    }
    if (this.marked) frame(context, view, this.marked);
  }
}

/** Black within white, to be seen on any picture. */
function frame(context: CanvasRenderingContext2D, view: View, { x, y }: { x: number; y: number }): void {
  const side = Math.max(LEAST_FRAME, view.scale);
  const left = view.x + (x + 0.5) * view.scale - side / 2;
  const top = view.y + (y + 0.5) * view.scale - side / 2;
  context.lineWidth = 1;
  for (const [colour, away] of [
    ['#fff', 1.5],
    ['#000', 0.5],
  ] as const) {
    context.strokeStyle = colour;
    context.strokeRect(left - away, top - away, side + 2 * away, side + 2 * away);
  }
}

/** Grey squares behind what is transparent. */
function checker(context: CanvasRenderingContext2D, { width, height }: Size, scale: number): void {
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
