// Owns the viewer of pictures: one, or two beside and on top of each other, with zoom and pan locked together.
import type { ShowMessage, ViewedFile } from '../messages.ts';
import type { Viewer, ViewerHost } from '../viewer.ts';
import { Album } from './album.ts';
import type { Channels } from './display.ts';
import { loadPicture } from './loadPicture.ts';
import { type Layer, Pane } from './pane.ts';
import { type InputActions, listenToInput } from './pictureInput.ts';
import { PictureProblem, saidProblem, undecodable } from './pictureProblem.ts';
import { language } from '../language.ts';
import { readoutOf, statusOf } from './pictureTexts.ts';
import { MOST_EXPOSURE, type Mode, PictureToolbar } from './pictureToolbar.ts';
import type { DecodedPicture } from '../../../core/formats/pictureCodec.ts';
import { type PictureClient, startWorker } from './startWorker.ts';
import { centred, fit, fitBox, pan, pixelAt, type Size, type View, zoomAt } from './view.ts';

/** A file with its picture, or with why there is none. */
interface Side {
  file: ViewedFile;
  picture?: DecodedPicture;
  problem?: string;
}

/** Shows files of which no picture can be shown, and why. */
type WithoutPictures = (host: ViewerHost, message: ShowMessage, problems: string[]) => Promise<Viewer>;

/** What is not there or cannot be decoded is told beside the picture that is; where there is none, beside facts and bytes. */
export function openPictures(host: ViewerHost, message: ShowMessage): Promise<Viewer> {
  return showPictures(host, message, async (...args) =>
    (await import('../package/packageViewer.ts')).openUndecoded(...args),
  );
}

/** The same, with another view of files without pictures. */
export async function showPictures(
  host: ViewerHost,
  message: ShowMessage,
  openOthers: WithoutPictures,
): Promise<Viewer> {
  host.showStatus(host.translate('Decoding {0} …', message.files[0].path));
  const sides = await Promise.all(message.files.map((file) => sideOf(host, file)));
  if (sides.some(({ picture }) => picture)) {
    try {
      return new PictureViewer(host, sides, await startWorker());
    } catch (error) {
      throw new Error(textOf(host, error), { cause: error });
    }
  }
  const files = sides.map(({ file, problem }) => ({ ...file, absent: problem ?? '' }));
  const problems = problemsOf(sides);
  const facts = await openOthers(host, { ...message, files: files as ShowMessage['files'] }, problems);
  host.report({ problems });
  host.showStatus(problems.join(' '));
  return facts;
}

async function sideOf(host: ViewerHost, file: ViewedFile): Promise<Side> {
  try {
    return { file, picture: await loadPicture(file) };
  } catch (error) {
    return { file, problem: textOf(host, error) };
  }
}

function textOf(host: ViewerHost, error: unknown): string {
  const problem = error instanceof PictureProblem ? error : undecodable(error);
  return saidProblem((text, ...values) => host.translate(text, ...values), problem);
}

function problemsOf(sides: Side[]): string[] {
  return sides.flatMap(({ file, problem }) => (problem === undefined ? [] : `${file.label}: ${problem}`));
}

/** What is to be known of the pictures; what is true of both is said once. */
function notesOf(host: ViewerHost, sides: Side[]): string[] {
  const notes = sides.flatMap(({ picture }) => picture?.notes ?? []);
  return [...new Set(notes.map(({ text, values }) => host.translate(text, ...values)))];
}

class PictureViewer implements Viewer, InputActions {
  mode: Mode = 'side';
  position = 0.5;
  private readonly host: ViewerHost;
  private readonly sides: Side[];
  private readonly problems: string[];
  private readonly notes: string[];
  private readonly album: Album;
  private readonly toolbar: PictureToolbar;
  private readonly root = document.createElement('div');
  private readonly stage = document.createElement('div');
  private readonly readout = document.createElement('output');
  private readonly stopped = new AbortController();
  private readonly resized: ResizeObserver;
  private panes: Pane[] = [];
  private view: View | undefined;
  /** The pixel that the keyboard moves. */
  private cursor: { x: number; y: number } | undefined;

  /** Takes the pictures of the sides, and the worker. */
  constructor(host: ViewerHost, sides: Side[], worker: PictureClient) {
    this.host = host;
    this.sides = sides;
    this.problems = problemsOf(sides);
    this.notes = notesOf(host, sides);
    const pictures = sides.flatMap(({ picture }) => picture ?? []);
    this.album = new Album(worker, pictures, {
      drawn: () => this.draw(),
      compared: () => this.tell(),
      read: (x, y, values) =>
        (this.readout.textContent = readoutOf((...text) => host.translate(...text), x, y, values)),
      failed: (error) => {
        this.problems.push(textOf(host, error));
        this.tell();
      },
    });
    this.root.className = 'pictures';
    this.stage.className = 'stage';
    this.stage.tabIndex = 0;
    this.readout.className = 'readout';
    this.root.append(this.stage, this.readout);
    host.body.append(this.root);
    const parts = { isPair: pictures.length === 2, isFloat: this.album.hasFloats };
    this.toolbar = new PictureToolbar(host, parts, {
      mode: (mode) => this.setMode(mode),
      position: (position) => this.setPosition(position),
      channels: (channels) => this.setChannels(channels),
      exposure: (stops) => this.setExposure(stops),
      tolerance: (tolerance) => this.setTolerance(tolerance),
      zoom: (factor) => this.zoom(factor),
      fit: () => this.fit(),
      actual: () => this.showAt(centred(this.size(), this.paneSize(), 1)),
      goToChange: () => this.goToChange(),
    });
    listenToInput(this.stage, this, this.stopped.signal);
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.stage);
    this.setMode('side');
    this.album.askForDrawing();
    this.album.askForComparison();
    this.stage.focus();
  }

  dispose(): void {
    this.stopped.abort();
    this.resized.disconnect();
    this.album.dispose();
    this.root.remove();
  }

  setMode(mode: Mode): void {
    this.mode = this.isPair() ? mode : 'side';
    const titles = this.mode === 'side' ? this.sides.map((side) => captionOf(side)) : [this.titleOfBoth()];
    this.panes = [];
    this.stage.replaceChildren(
      ...titles.map((title, i) => {
        const problem = this.mode === 'side' ? this.sides[i]?.problem : undefined;
        return figureOf(title, problem === undefined ? this.newPane(title).canvas : paragraphOf(problem));
      }),
    );
    this.view = undefined;
    this.album.wantsDifference = this.mode === 'difference';
    this.album.askForDrawing();
    this.draw();
    this.tell();
  }

  setPosition(position: number): void {
    this.position = Math.min(1, Math.max(0, position));
    this.draw();
    this.showControls();
  }

  zoom(factor: number, point?: { x: number; y: number }): void {
    const { width, height } = this.paneSize();
    const { x, y } = point ?? { x: width / 2, y: height / 2 };
    if (this.view) this.showAt(zoomAt(this.view, factor, x, y));
  }

  pan(dx: number, dy: number): void {
    if (this.view) this.showAt(pan(this.view, dx, dy));
  }

  fit(): void {
    this.showAt(fit(this.size(), this.paneSize()));
  }

  goToChange(): void {
    const { box, first } = this.album.difference ?? {};
    if (!box || !first) return;
    this.view = fitBox(box, this.paneSize());
    this.setCursor(first);
  }

  changeExposure(stops: number): void {
    if (this.album.hasFloats) this.setExposure(this.album.look.exposure + stops);
  }

  pointAt(point: { x: number; y: number } | undefined): void {
    this.readout.ariaLive = 'off';
    const at = point && this.view ? pixelAt(this.view, point.x, point.y) : this.cursor;
    if (at && this.holds(at)) this.album.askForPixel(at.x, at.y);
  }

  moveCursor(dx: number, dy: number): void {
    const middle = this.paneSize();
    const from = this.cursor ?? (this.view && pixelAt(this.view, middle.width / 2, middle.height / 2));
    if (!from) return;
    const { width, height } = this.size();
    this.setCursor({
      x: Math.min(width - 1, Math.max(0, from.x + dx)),
      y: Math.min(height - 1, Math.max(0, from.y + dy)),
    });
  }

  paneOf(target: EventTarget | null): HTMLCanvasElement | undefined {
    return (this.panes.find(({ canvas }) => canvas === target) ?? this.panes[0])?.canvas;
  }

  paneSize(): Size {
    const { clientWidth: width = 1, clientHeight: height = 1 } = this.panes[0]?.canvas ?? {};
    return { width, height };
  }

  private setChannels(channels: Channels): void {
    this.album.look = { ...this.album.look, channels };
    this.album.askForDrawing();
  }

  private setExposure(stops: number): void {
    const exposure = Math.min(MOST_EXPOSURE, Math.max(-MOST_EXPOSURE, stops));
    this.album.look = { ...this.album.look, exposure };
    this.album.askForDrawing();
    this.tell();
  }

  private setTolerance(tolerance: number): void {
    this.album.tolerance = tolerance;
    this.album.askForComparison();
    this.album.askForDrawing();
  }

  private setCursor(pixel: { x: number; y: number }): void {
    this.cursor = pixel;
    this.readout.ariaLive = 'polite';
    this.album.askForPixel(pixel.x, pixel.y);
    this.draw();
  }

  private showAt(view: View): void {
    this.view = view;
    this.draw();
  }

  private draw(): void {
    const { album, mode, position } = this;
    const [before, after] = album.pictures;
    this.view ??= fit(this.size(), this.paneSize());
    for (const [i, pane] of this.panes.entries()) {
      const layers: Record<Mode, (Layer | undefined)[]> = {
        side: [album.pictures[i] && { picture: album.pictures[i] }],
        swipe: [before && { picture: before }, after && { picture: after, from: position }],
        onion: [before && { picture: before }, after && { picture: after, opacity: position }],
        difference: [{ picture: album.seenDifference }],
      };
      pane.layers = layers[mode].filter((layer) => layer !== undefined);
      pane.marked = this.cursor;
      pane.draw(this.view);
    }
    const isDrawn = this.panes.every(({ layers }) => layers.every(({ picture }) => picture.bitmap));
    this.stage.ariaBusy = String(!isDrawn);
  }

  /** The line beside the toolbar, and the figures for the extension. */
  private tell(): void {
    const { album, host, mode, problems, notes } = this;
    const { difference, tolerance, look } = album;
    const [a, b] = album.pictures;
    const exposure = album.hasFloats ? look.exposure : undefined;
    const isOtherSize = a !== undefined && b !== undefined && (a.width !== b.width || a.height !== b.height);
    const translate: ViewerHost['translate'] = (text, ...values) => host.translate(text, ...values);
    const told = { problems, notes, difference, tolerance, exposure, isOtherSize, language: language() };
    host.showStatus(statusOf(translate, told));
    const changes = difference && {
      changedPixels: difference.changed,
      pixels: difference.total,
      box: difference.box,
    };
    host.report({ mode, problems, notes, tolerance, exposure, ...changes });
    this.showControls();
  }

  private showControls(): void {
    const { album, mode, position } = this;
    this.toolbar.show(mode, position, album.look.exposure, album.difference?.box !== undefined);
  }

  private newPane(label: string): Pane {
    const pane = new Pane(label);
    this.panes.push(pane);
    return pane;
  }

  private isPair(): boolean {
    return this.album.pictures.length === 2;
  }

  private size(): Size {
    return this.album.seenDifference;
  }

  private holds({ x, y }: { x: number; y: number }): boolean {
    const { width, height } = this.size();
    return x >= 0 && y >= 0 && x < width && y < height;
  }

  private titleOfBoth(): string {
    return this.sides.map(({ file }) => file.label).join(' ↔ ');
  }
}

function captionOf({ file: { label, facts }, picture }: Side): string {
  const size = picture ? [`${picture.width} × ${picture.height}`] : [];
  return [label, ...size, ...facts.map(([, value]) => value)].join(' · ');
}

function figureOf(title: string, content: HTMLElement): HTMLElement {
  const figure = document.createElement('figure');
  const caption = document.createElement('figcaption');
  caption.textContent = title;
  figure.append(caption, content);
  return figure;
}

function paragraphOf(problem: string): HTMLElement {
  const paragraph = document.createElement('p');
  paragraph.className = 'problem';
  paragraph.textContent = problem;
  return paragraph;
}
