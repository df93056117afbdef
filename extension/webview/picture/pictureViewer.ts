// Owns the viewer of pictures: one, or two beside and on top of each other, with zoom and pan locked together.
import { openFacts } from '../facts.ts';
import type { ShowMessage, ViewedFile } from '../messages.ts';
import type { Viewer, ViewerHost } from '../viewer.ts';
import { decodePicture, PictureProblem } from './decode.ts';
import { type Channels, channelsOf, type Difference, differenceOf, type Pixels } from './difference.ts';
import { Pane } from './pane.ts';
import { PictureToolbar, type Mode } from './pictureToolbar.ts';
import { centred, fit, pan, type Size, type View, zoomAt } from './view.ts';

const ZOOM_STEP = 1.25;
const PAN_STEP = 40;
const WHEEL_SPEED = 0.002;

/** What is not there or cannot be decoded is told beside the picture that is. */
export async function openPictures(host: ViewerHost, message: ShowMessage): Promise<Viewer> {
  const problems: string[] = [];
  const pictures: Pixels[] = [];
  const shown: ViewedFile[] = [];
  for (const file of message.files) {
    try {
      if (file.url === undefined) throw new PictureProblem(file.absent ?? '');
      pictures.push(await decodePicture(file.url));
      shown.push(file);
    } catch (error) {
      if (!(error instanceof PictureProblem)) throw error;
      problems.push(`${file.label}: ${host.translate(error.message, ...error.values)}`);
    }
  }
  if (pictures.length === 0) {
    const facts = await openFacts(host, message);
    host.report({ problems });
    host.showStatus(problems.join(' '));
    return facts;
  }
  return new PictureViewer(host, pictures, shown, problems);
}

class PictureViewer implements Viewer {
  private readonly host: ViewerHost;
  private readonly originals: Pixels[];
  private readonly files: ViewedFile[];
  private readonly problems: string[];
  private readonly toolbar: PictureToolbar;
  private readonly stage = document.createElement('div');
  private readonly stopped = new AbortController();
  private readonly resized: ResizeObserver;
  private pictures: Pixels[];
  private difference: Difference | undefined;
  private panes: Pane[] = [];
  private view: View | undefined;
  private mode: Mode = 'side';
  private position = 0.5;

  constructor(host: ViewerHost, pictures: Pixels[], files: ViewedFile[], problems: string[]) {
    this.host = host;
    this.originals = pictures;
    this.pictures = pictures;
    this.files = files;
    this.problems = problems;
    this.stage.className = 'stage';
    this.stage.tabIndex = 0;
    host.body.append(this.stage);
    this.toolbar = new PictureToolbar(host, pictures.length === 2, {
      mode: (mode) => this.setMode(mode),
      position: (position) => this.setPosition(position),
      channels: (channels) => this.setChannels(channels),
      zoom: (factor) => this.zoom(factor),
      fit: () => this.showAt(fit(this.size(), this.paneSize())),
      actual: () => this.showAt(centred(this.size(), this.paneSize(), 1)),
    });
    this.listen();
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.stage);
    this.setMode('side');
    this.stage.focus();
  }

  dispose(): void {
    this.stopped.abort();
    this.resized.disconnect();
    this.stage.remove();
  }

  private setMode(mode: Mode): void {
    this.mode = this.pictures.length === 2 ? mode : 'side';
    this.toolbar.show(this.mode, this.position);
    const sides = this.mode === 'side' ? this.files.map(({ label }) => label) : [this.titleOfBoth()];
    this.panes = sides.map((label) => new Pane(label));
    this.stage.replaceChildren(
      ...this.panes.map((pane, i) => {
        const figure = document.createElement('figure');
        const caption = document.createElement('figcaption');
        caption.textContent = this.mode === 'side' ? this.captionOf(i) : sides[0];
        figure.append(caption, pane.canvas);
        return figure;
      }),
    );
    this.view = undefined;
    this.draw();
    this.tell();
  }

  private setPosition(position: number): void {
    this.position = Math.min(1, Math.max(0, position));
    this.toolbar.show(this.mode, this.position);
    this.draw();
  }

  private setChannels(channels: Channels): void {
    this.pictures = this.originals.map((picture) => channelsOf(picture, channels));
    this.draw();
  }

  private zoom(factor: number): void {
    const { width, height } = this.paneSize();
    if (this.view) this.showAt(zoomAt(this.view, factor, width / 2, height / 2));
  }

  private showAt(view: View): void {
    this.view = view;
    this.draw();
  }

  private draw(): void {
    const [before, after] = this.pictures;
    this.view ??= fit(this.size(), this.paneSize());
    this.panes.forEach((pane, i) => {
      if (this.mode === 'side') pane.layers = [{ picture: this.pictures[i] }];
      else if (this.mode === 'difference') pane.layers = [{ picture: this.differ() }];
      else if (this.mode === 'swipe')
        pane.layers = [{ picture: before }, { picture: after, from: this.position }];
      else pane.layers = [{ picture: before }, { picture: after, opacity: this.position }];
      pane.draw(this.view as View);
    });
  }

  private differ(): Difference {
    this.difference ??= differenceOf(this.originals[0], this.originals[1]);
    return this.difference;
  }

  /** The line beside the toolbar, and the figures for the extension. */
  private tell(): void {
    const lines = [...this.problems];
    const state: Record<string, unknown> = { mode: this.mode, problems: this.problems };
    if (this.originals.length === 2) {
      const { changed, total } = this.differ();
      const share = ((100 * changed) / total).toFixed(changed > 0 && changed / total < 0.001 ? 4 : 1);
      lines.push(
        changed === 0
          ? this.host.translate('The pictures are equal')
          : this.host.translate('{0} of {1} pixels differ ({2} %)', changed, total, share),
      );
      const [a, b] = this.originals;
      if (a.width !== b.width || a.height !== b.height)
        lines.push(this.host.translate('The sizes differ; both start at the top left'));
      Object.assign(state, { changedPixels: changed, pixels: total });
    }
    this.host.showStatus(lines.join(' · '));
    this.host.report(state);
  }

  private listen(): void {
    const { signal } = this.stopped;
    const { stage } = this;
    stage.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        const { x, y } = this.pointIn(event);
        if (this.view) this.showAt(zoomAt(this.view, Math.exp(-event.deltaY * WHEEL_SPEED), x, y));
      },
      { signal, passive: false },
    );
    stage.addEventListener('pointerdown', (event) => stage.setPointerCapture(event.pointerId), { signal });
    stage.addEventListener(
      'pointermove',
      (event) => {
        if (event.buttons !== 1 || !this.view) return;
        if (this.mode === 'swipe') this.setPosition(this.pointIn(event).x / this.paneSize().width);
        else this.showAt(pan(this.view, event.movementX, event.movementY));
      },
      { signal },
    );
    addEventListener('keydown', (event) => this.press(event), { signal });
  }

  private press(event: KeyboardEvent): void {
    const { target, key, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey || !this.view) return;
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return;
    const modes: Mode[] = ['side', 'swipe', 'onion', 'difference'];
    const arrows: Record<string, [number, number]> = {
      ArrowLeft: [1, 0],
      ArrowRight: [-1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
    };
    const arrow = arrows[key];
    const mode = modes[Number(key) - 1];
    if (mode) this.setMode(mode);
    else if (key === '+' || key === '=') this.zoom(ZOOM_STEP);
    else if (key === '-') this.zoom(1 / ZOOM_STEP);
    else if (key === '0') this.showAt(fit(this.size(), this.paneSize()));
    else if (arrow && (this.mode === 'swipe' || this.mode === 'onion') && arrow[0] !== 0)
      this.setPosition(this.position - arrow[0] * 0.05);
    else if (arrow) this.showAt(pan(this.view, arrow[0] * PAN_STEP, arrow[1] * PAN_STEP));
    else return;
    event.preventDefault();
  }

  private pointIn(event: MouseEvent): { x: number; y: number } {
    const pane = this.panes.find(({ canvas }) => canvas === event.target) ?? this.panes[0];
    const { left, top } = pane.canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  private size(): Size {
    return {
      width: Math.max(...this.originals.map(({ width }) => width)),
      height: Math.max(...this.originals.map(({ height }) => height)),
    };
  }

  private paneSize(): Size {
    const { clientWidth: width, clientHeight: height } = this.panes[0].canvas;
    return { width, height };
  }

  private titleOfBoth(): string {
    return this.files.map(({ label }) => label).join(' ↔ ');
  }

  private captionOf(i: number): string {
    const { width, height } = this.originals[i];
    const { label, facts } = this.files[i];
    return [label, `${width} × ${height}`, ...facts.map(([, value]) => value)].join(' · ');
  }
}
