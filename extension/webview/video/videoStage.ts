// Owns where videos are seen: panes in the mode that is chosen, with zoom and pan locked together.
import { type Layer, Pane } from '../picture/pane.ts';
import { listenToPointer, type PointerActions } from '../picture/pictureInput.ts';
import type { Mode } from '../picture/pictureToolbar.ts';
import { centred, pan, type Size, type View, zoomAt } from '../picture/view.ts';
import type { Heard } from './players.ts';

/** A version: its video, or why there is none. */
export interface StageSide {
  heard: Heard;
  title: string;
  video?: HTMLVideoElement;
  problem?: string;
}

export class VideoStage implements PointerActions {
  readonly element = document.createElement('div');
  mode: Mode = 'side';
  position = 0.5;
  /** Undefined: fitted into the pane, however large that becomes. */
  view: View | undefined;
  /** Drawn in the mode of differences: what was counted; undefined while it is not, when the graphics card draws the distance. */
  difference: (Size & { bitmap: CanvasImageSource }) | undefined;
  /** Called when the position was moved by the pointer. */
  onPosition: () => void = () => undefined;
  private readonly sides: StageSide[];
  private readonly videos: HTMLVideoElement[];
  private readonly figures = new Map<Heard, HTMLElement>();
  private readonly stopped = new AbortController();
  private readonly resized: ResizeObserver;
  private panes: Pane[] = [];

  constructor(sides: StageSide[]) {
    this.sides = sides;
    this.videos = sides.flatMap(({ video }) => video ?? []);
    this.element.className = 'stage';
    this.element.tabIndex = 0;
    this.element.setAttribute('role', 'group');
    this.element.setAttribute('aria-label', this.titleOfAll());
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.element);
    listenToPointer(this.element, this, this.stopped.signal);
    this.setMode('side');
  }

  dispose(): void {
    this.stopped.abort();
    this.resized.disconnect();
    this.element.remove();
  }

  setMode(mode: Mode): void {
    this.mode = this.videos.length === 2 ? mode : 'side';
    this.panes = [];
    this.figures.clear();
    this.element.classList.toggle('swipe', this.mode === 'swipe');
    const contents =
      this.mode === 'side'
        ? this.sides.map((side) => this.figureOfSide(side))
        : [figureOf(this.titleOfAll(), this.newPane(this.titleOfAll()))];
    this.element.replaceChildren(...contents);
    this.view = undefined;
    this.draw();
  }

  setPosition(position: number): void {
    this.position = Math.min(1, Math.max(0, position));
    this.draw();
    this.onPosition();
  }

  showHeard(heard: Heard): void {
    for (const [one, figure] of this.figures)
      figure.classList.toggle('heard', one === heard && this.videos.length > 1);
  }

  zoom(factor: number, point?: { x: number; y: number }): void {
    const { width, height } = this.paneSize();
    const { x, y } = point ?? { x: width / 2, y: height / 2 };
    this.showAt(zoomAt(this.view ?? this.fitted(), factor, x, y));
  }

  pan(dx: number, dy: number): void {
    this.showAt(pan(this.view ?? this.fitted(), dx, dy));
  }

  fit(): void {
    this.view = undefined;
    this.draw();
  }

  pointAt(): void {
    // No pixel is read.
  }

  paneOf(target: EventTarget | null): HTMLCanvasElement | undefined {
    return (this.panes.find(({ canvas }) => canvas === target) ?? this.panes[0])?.canvas;
  }

  paneSize(): Size {
    const { clientWidth: width = 1, clientHeight: height = 1 } = this.panes[0]?.canvas ?? {};
    return { width, height };
  }

  draw(): void {
    const { difference, mode, position } = this;
    const [before, after] = this.videos.map(pictureOf);
    const view = this.view ?? this.fitted();
    for (const [i, pane] of this.panes.entries()) {
      const layers: Record<Mode, Layer[]> = {
        side: [{ picture: i === 0 ? before : after }],
        swipe: [{ picture: before }, { picture: after, from: position }],
        onion: [{ picture: before }, { picture: after, opacity: position }],
        difference: difference
          ? [{ picture: difference }]
          : [{ picture: before }, { picture: after, blend: 'difference' }],
      };
      pane.layers = layers[mode];
      pane.canvas.classList.toggle('amplified', mode === 'difference' && !difference);
      pane.draw(view);
    }
  }

  private showAt(view: View): void {
    this.view = view;
    this.draw();
  }

  /** As large as the pane lets it be: nobody looks at a video for its single pixels, as at an icon. */
  private fitted(): View {
    const [size, pane] = [this.size(), this.paneSize()];
    return centred(size, pane, Math.min(pane.width / size.width, pane.height / size.height));
  }

  /** Of the rectangle that holds all. */
  private size(): Size {
    return {
      width: Math.max(...this.videos.map(({ videoWidth }) => videoWidth)),
      height: Math.max(...this.videos.map(({ videoHeight }) => videoHeight)),
    };
  }

  private titleOfAll(): string {
    return this.sides.map(({ title }) => title).join(' ↔ ');
  }

  private figureOfSide({ heard, title, video, problem }: StageSide): HTMLElement {
    const content = video ? this.newPane(title) : paragraphOf(problem ?? '');
    const figure = figureOf(title, content);
    this.figures.set(heard, figure);
    return figure;
  }

  private newPane(title: string): HTMLCanvasElement {
    const pane = new Pane(title);
    this.panes.push(pane);
    return pane.canvas;
  }
}

function pictureOf(video: HTMLVideoElement): Size & { bitmap: CanvasImageSource } {
  return { width: video.videoWidth, height: video.videoHeight, bitmap: video };
}

function figureOf(title: string, content: HTMLElement): HTMLElement {
  const figure = document.createElement('figure');
  const caption = document.createElement('figcaption');
  caption.textContent = title;
  caption.title = title;
  figure.append(caption, content);
  return figure;
}

function paragraphOf(problem: string): HTMLElement {
  const paragraph = document.createElement('p');
  paragraph.className = 'problem';
  paragraph.textContent = problem;
  return paragraph;
}
