// Owns the pictures of a viewer, which lie in a worker: what is seen of them, how they differ, and the values of a pixel.
import type { Difference } from './difference.ts';
import type { Look } from './display.ts';
import { Latest } from './latest.ts';
import type { Shown } from './pane.ts';
import type { Pixels, PixelValues } from './pixels.ts';
import type { PictureClient } from './startWorker.ts';

export interface AlbumEvents {
  /** There is something new to draw. */
  drawn(): void;
  compared(): void;
  read(x: number, y: number, values: (PixelValues | undefined)[]): void;
  failed(error: unknown): void;
}

export class Album {
  readonly pictures: Shown[];
  /** Seen once `wantsDifference`. */
  readonly seenDifference: Shown;
  readonly hasFloats: boolean;
  look: Look = { channels: 'all', exposure: 0 };
  tolerance = 0;
  wantsDifference = false;
  difference: Difference | undefined;
  private readonly worker: PictureClient;
  private readonly events: AlbumEvents;
  private readonly drawing: Latest;
  private readonly comparing: Latest;
  private readonly reading: Latest;
  private readonly kept: Promise<null>;
  private wanted: { x: number; y: number } | undefined;
  /** What the bitmaps show. */
  private drawnAs = '';
  private differenceDrawnAs = '';
  private isDisposed = false;

  /** Takes the pictures: their memory moves to the worker. */
  constructor(worker: PictureClient, pictures: Pixels[], events: AlbumEvents) {
    this.worker = worker;
    this.events = events;
    this.pictures = pictures.map(({ width, height }) => ({ width, height }));
    this.seenDifference = {
      width: Math.max(...pictures.map(({ width }) => width)),
      height: Math.max(...pictures.map(({ height }) => height)),
    };
    this.hasFloats = pictures.some(({ kind }) => kind === 'rgba32f');
    const failed = (error: unknown): void => {
      if (!this.isDisposed) events.failed(error);
    };
    this.kept = worker.run(
      { type: 'keep', pictures },
      pictures.map(({ data }) => data.buffer as ArrayBuffer),
    );
    this.drawing = new Latest(() => this.draw(), failed);
    this.comparing = new Latest(() => this.compare(), failed);
    this.reading = new Latest(() => this.read(), failed);
  }

  /** Draws what is not drawn yet as it is wanted now. */
  askForDrawing(): void {
    this.drawing.ask();
  }

  askForComparison(): void {
    if (this.pictures.length === 2) this.comparing.ask();
  }

  askForPixel(x: number, y: number): void {
    this.wanted = { x, y };
    this.reading.ask();
  }

  dispose(): void {
    this.isDisposed = true;
    this.worker.end();
    for (const shown of [...this.pictures, this.seenDifference]) shown.bitmap?.close();
  }

  private async draw(): Promise<void> {
    await this.kept;
    const { look, tolerance } = this;
    const exposure = this.hasFloats ? look.exposure : 0;
    const as = JSON.stringify([look.channels, exposure]);
    if (as !== this.drawnAs) {
      for (const [side, shown] of this.pictures.entries())
        this.put(shown, await this.worker.run({ type: 'draw', side, look }));
      this.drawnAs = as;
      this.events.drawn();
    }
    const differenceAs = JSON.stringify([tolerance, exposure]);
    if (!this.wantsDifference || differenceAs === this.differenceDrawnAs) return;
    this.put(this.seenDifference, await this.worker.run({ type: 'drawDifference', tolerance, exposure }));
    this.differenceDrawnAs = differenceAs;
    this.events.drawn();
  }

  private put(shown: Shown, bitmap: ImageBitmap): void {
    if (this.isDisposed) return bitmap.close();
    shown.bitmap?.close();
    shown.bitmap = bitmap;
  }

  private async compare(): Promise<void> {
    await this.kept;
    this.difference = await this.worker.run({ type: 'compare', tolerance: this.tolerance });
    if (!this.isDisposed) this.events.compared();
  }

  private async read(): Promise<void> {
    await this.kept;
    if (!this.wanted) return;
    const { x, y } = this.wanted;
    const values = await this.worker.run({ type: 'read', x, y });
    if (!this.isDisposed) this.events.read(x, y, values);
  }
}
