// Owns the pictures that the shown files carry, large, with the modes of the picture viewer.
import type { ShowMessage, ViewedFile } from '../messages.ts';
import { openFacts } from '../facts.ts';
import { showPictures } from '../picture/pictureViewer.ts';
import type { PictureInFile } from '../questions.ts';
import type { Viewer, ViewerHost } from '../viewer.ts';

/** Of each side, and why there is none. */
export interface SidePictures {
  pictures: PictureInFile[];
  problem?: string;
}

export async function picturesOfSide(
  host: ViewerHost,
  file: ViewedFile,
  side: number,
): Promise<SidePictures> {
  if (file.size === 0) return { pictures: [], problem: file.absent };
  try {
    return (await host.ask('pictures', { side })) ?? { pictures: [], problem: file.absent };
  } catch (error) {
    return { pictures: [], problem: error instanceof Error ? error.message : String(error) };
  }
}

export class PackagePictures implements Viewer {
  readonly section = document.createElement('section');
  private readonly host: ViewerHost;
  private readonly message: ShowMessage;
  private readonly sides: SidePictures[];
  private readonly bar = document.createElement('span');
  private readonly stage = document.createElement('div');
  private viewer: Viewer | undefined;
  private showing: Promise<void> = Promise.resolve();
  private isDisposed = false;

  /** At least one side has a picture. */
  constructor(host: ViewerHost, message: ShowMessage, sides: SidePictures[]) {
    this.host = host;
    this.message = message;
    this.sides = sides;
    this.section.className = 'package-pictures';
    this.stage.className = 'package-stage';
    this.section.append(this.stage);
    const names = [...new Set(sides.flatMap(({ pictures }) => pictures.map(({ name }) => name)))];
    if (names.length > 1) host.toolbar.append(this.choice(names));
    host.toolbar.append(this.bar);
    this.bar.className = 'package-modes';
  }

  /** Shows the pictures of that name; without one the best of each side. One after the other. */
  show(name?: string): Promise<void> {
    const shown = this.showing.then(() => this.showNow(name));
    this.showing = shown.catch(() => undefined);
    return shown;
  }

  private async showNow(name: string | undefined): Promise<void> {
    if (this.isDisposed) return;
    this.viewer?.dispose();
    this.bar.replaceChildren();
    this.stage.replaceChildren();
    const files = this.message.files.map((file, side) => this.fileOf(file, side, name));
    const { host, bar, stage, message } = this;
    const viewer = await showPictures(
      { ...host, body: stage, toolbar: bar, report: (picture) => host.report({ picture }) },
      { ...message, viewer: 'image', files: files as ShowMessage['files'] },
      openFacts,
    );
    this.viewer = viewer;
    if (this.isDisposed) viewer.dispose();
  }

  dispose(): void {
    this.isDisposed = true;
    this.viewer?.dispose();
  }

  private fileOf(file: ViewedFile, side: number, name: string | undefined): ViewedFile {
    const { pictures, problem } = this.sides[side];
    const picture = pictures.find((one) => one.name === name) ?? pictures[0];
    // What the file is stands in the table below; the picture has facts of its own.
    const shared = { label: file.label, path: file.path, facts: [] };
    if (!picture) return { ...shared, url: undefined, size: 0, absent: problem ?? '' };
    const extension = /\.(png|jpg)(?:\?|$)/.exec(picture.url)?.[1] ?? 'png';
    return { ...shared, path: `${file.path}.${extension}`, url: picture.url, size: picture.size };
  }

  private choice(names: string[]): HTMLSelectElement {
    const select = document.createElement('select');
    select.setAttribute('aria-label', this.host.translate('Thumbnail'));
    for (const name of names) select.add(new Option(name, name));
    select.addEventListener('change', () => void this.show(select.value));
    return select;
  }
}
