// Owns the viewer of sounds: one wave, or two above each other on one time scale with their difference, and one player for both.
import { language } from '../language.ts';
import { controlsOf, isForPage } from '../media/controls.ts';
import { MediaProblem } from '../media/mediaProblem.ts';
import { openInMediaStyle } from '../media/mediaStyle.ts';
import { openUnplayable, type Problems, wordsOf } from '../media/unplayable.ts';
import type { ShowMessage, ViewedFile } from '../messages.ts';
import type { Viewer, ViewerHost } from '../viewer.ts';
import { type DecodedSound, decodeSound, whyTooLong } from './decodeSound.ts';
import {
  columnsFor,
  decibels,
  differenceOf,
  durationOf,
  envelopeOf,
  formatTime,
  levelsOf,
  type SoundDifference,
  whyNoDifference,
} from './samples.ts';
import { type Heard, Transport } from './transport.ts';
import { Wave, type WaveOptions } from './wave.ts';

const ZOOM_STEP = 2;
/** A page is no wider than this, in pixels, however far a wave is zoomed. */
const WIDEST = 8_000_000;
/** What an arrow moves, in seconds; with Shift. */
const STEP = 1;
const FINE_STEP = 0.1;

const COLOURS: Record<Heard, string> = {
  before: '--vscode-charts-blue',
  after: '--vscode-charts-green',
  difference: '--vscode-charts-red',
};

interface Side {
  file: ViewedFile;
  heard: Heard;
  sound: DecodedSound;
}

/** What cannot be decoded is told beside the sound that can. */
export function openSounds(host: ViewerHost, message: ShowMessage): Promise<Viewer> {
  return openInMediaStyle(() => openDecoded(host, message));
}

async function openDecoded(host: ViewerHost, message: ShowMessage): Promise<Viewer> {
  const { files } = message;
  const tooLong = files.map((file) => (file.url === undefined ? undefined : whyTooLong(file)));
  if (tooLong.some(Boolean)) return openUnplayable(host, message, tooLong, 'audio');
  host.showStatus(host.translate('Decoding…'));
  const problems: Problems = files.map(() => undefined);
  const sides: Side[] = [];
  // One after the other: the bytes of one are gone before those of the next come.
  for (const [i, file] of files.entries()) {
    try {
      const sound = await decodeSound(file);
      if (sound.buffer.length === 0) throw new MediaProblem('There is no sound in it');
      sides.push({ file, heard: i === files.length - 1 && i > 0 ? 'after' : 'before', sound });
    } catch (error) {
      if (!(error instanceof MediaProblem)) throw error;
      problems[i] = error;
    }
  }
  if (sides.length === 0) return openUnplayable(host, message, problems);
  const viewer = new SoundViewer(host, sides, wordsOf(host, files, problems));
  await viewer.drawn();
  return viewer;
}

class SoundViewer implements Viewer {
  private readonly host: ViewerHost;
  private readonly sides: Side[];
  private readonly problems: string[];
  private readonly transport: Transport;
  private readonly list = document.createElement('div');
  private readonly sections = new Map<Heard, HTMLElement>();
  private readonly stopped = new AbortController();
  private readonly themes: MutationObserver;
  private readonly waves: Wave[] = [];
  private readonly difference: SoundDifference | undefined;
  private readonly seconds: number;
  private readonly columns: number;
  private readonly playButton: HTMLButtonElement;
  private readonly showHeard: ((heard: Heard) => void) | undefined;
  private readonly showPosition: (seconds: number) => void;
  private heard: Heard;
  /** Pixels a second; 0 is all of it. */
  private scale = 0;
  private scroll = 0;
  private frame = 0;

  constructor(host: ViewerHost, sides: Side[], problems: string[]) {
    this.host = host;
    this.sides = sides;
    this.problems = problems;
    this.transport = new Transport(sides.map(({ sound }) => sound.buffer));
    this.seconds = this.transport.duration;
    this.columns = columnsFor(this.seconds, Math.max(...sides.map(({ sound }) => sound.sampleRate)));
    this.heard = sides.length > 1 ? 'after' : sides[0].heard;
    this.list.className = 'sounds';
    this.list.tabIndex = 0;
    this.list.setAttribute('role', 'group');
    this.list.setAttribute('aria-label', sides.map(({ file }) => file.label).join(' ↔ '));
    host.body.append(this.list);

    const controls = controlsOf(host);
    this.playButton = controls.button('Play', 'Space', () => void this.toggle());
    this.showPosition = controls.seekBar(this.seconds, formatTime, (seconds) => this.seek(seconds));
    const [before, after] = sides;
    const obstacle = after && whyNoDifference(before.sound, after.sound);
    if (after) {
      const options: [Heard, string, string][] = [
        ['before', 'Hear older', 'a'],
        ['after', 'Hear newer', 'b'],
      ];
      if (!obstacle) options.push(['difference', 'Hear difference', 'd']);
      this.showHeard = controls.choice('What is heard', options, (heard) => this.listenTo(heard));
    }
    for (const side of sides) this.addSide(side);
    if (after && !obstacle) {
      this.difference = differenceOf(before.sound, after.sound, this.seconds, this.columns);
      this.addDifference(this.difference);
      const { first } = this.difference;
      if (first !== undefined) controls.button('First difference', 'n', () => this.seek(first));
    } else if (obstacle)
      problems.push(
        host.translate(
          obstacle === 'rate'
            ? 'The sample rates differ: no difference is shown'
            : 'The numbers of channels differ: no difference is shown',
        ),
      );
    controls.button('Fit', '0', () => void this.zoom(0));
    controls.sign('+', 'Zoom in', '+', () => this.zoomBy(ZOOM_STEP));
    controls.sign('−', 'Zoom out', '-', () => this.zoomBy(1 / ZOOM_STEP));

    this.transport.onEnd = () => this.showState();
    this.themes = new MutationObserver(() => this.waves.forEach((wave) => wave.recolour()));
    this.themes.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    this.listenTo(this.heard);
    this.showTime();
    this.tell();
    this.list.focus();
  }

  /** Waits for the waves; it takes keys from then on. */
  async drawn(): Promise<void> {
    await Promise.all(this.waves.map(({ ready }) => ready));
    addEventListener('keydown', (event) => this.press(event), { signal: this.stopped.signal });
    this.report();
  }

  dispose(): void {
    this.stopped.abort();
    this.themes.disconnect();
    cancelAnimationFrame(this.frame);
    this.transport.dispose();
    for (const wave of this.waves) wave.dispose();
    this.list.remove();
  }

  private addSide({ file, heard, sound }: Side): void {
    const { peak, rms } = levelsOf(sound);
    const { host } = this;
    const facts = [
      ...file.facts.map(([name, value]) => `${name}: ${value}`),
      host.translate('Peak: {0} dBFS', decibels(peak, language())),
      host.translate('Loudness (RMS): {0} dBFS', decibels(rms, language())),
    ];
    if (!sound.isExact) facts.push(host.translate('Drawn at {0} Hz', sound.sampleRate));
    this.add(heard, file.label, facts.join(' · '), {
      ...envelopeOf(sound, this.seconds, this.columns),
      end: durationOf(sound),
    });
  }

  private addDifference(difference: SoundDifference): void {
    const { host } = this;
    const text =
      difference.differing === 0
        ? host.translate('The sounds are equal')
        : host.translate(
            'Peak: {0} dBFS, stretched to the full height',
            decibels(difference.peak, language()),
          );
    const title = host.translate('Difference: newer minus older');
    this.add('difference', title, text, { ...difference, end: this.seconds, isStretched: true });
  }

  private add(
    kind: Heard,
    title: string,
    text: string,
    wave: Pick<WaveOptions, 'upper' | 'lower' | 'end' | 'isStretched'>,
  ): void {
    const section = document.createElement('section');
    const heading = document.createElement('h2');
    heading.textContent = title;
    const facts = document.createElement('p');
    facts.textContent = text;
    section.append(heading, facts);
    this.list.append(section);
    this.sections.set(kind, section);
    this.waves.push(
      new Wave(section, {
        ...wave,
        seconds: this.seconds,
        colour: COLOURS[kind],
        onSeek: (seconds) => this.seek(seconds),
        onScroll: (pixels) => this.scrollTo(pixels),
      }),
    );
  }

  private async toggle(): Promise<void> {
    try {
      if (this.transport.isPlaying) this.transport.pause();
      else await this.transport.play();
    } catch (error) {
      this.host.showStatus(this.host.translate('The editor cannot play sound here: {0}', String(error)));
    }
    this.showState();
  }

  private seek(seconds: number): void {
    this.transport.seek(seconds);
    this.showState();
  }

  private listenTo(heard: Heard): void {
    this.heard = heard;
    this.transport.listenTo(heard);
    this.showHeard?.(heard);
    for (const [one, section] of this.sections)
      section.classList.toggle('heard', one === heard && this.sections.size > 1);
    this.report();
  }

  private zoomBy(factor: number): void {
    const least = this.list.clientWidth / this.seconds;
    const most = Math.max(least, Math.min(WIDEST, 4 * this.columns) / this.seconds);
    const scale = Math.min(most, (this.scale || this.waves[0].scale) * factor);
    void this.zoom(scale <= least ? 0 : scale);
  }

  private async zoom(scale: number): Promise<void> {
    this.scale = scale;
    // A button may be pressed before the waves are there.
    await Promise.all(this.waves.map(({ ready }) => ready));
    if (this.stopped.signal.aborted) return;
    for (const wave of this.waves) wave.zoom(this.scale);
    this.report();
  }

  private scrollTo(pixels: number): void {
    if (Math.abs(pixels - this.scroll) < 1) return;
    this.scroll = pixels;
    for (const wave of this.waves) wave.scrollTo(pixels);
  }

  /** After playing began or ended, or the position was set. */
  private showState(): void {
    const { isPlaying } = this.transport;
    this.playButton.textContent = this.host.translate(isPlaying ? 'Pause' : 'Play');
    this.showTime();
    this.report();
    cancelAnimationFrame(this.frame);
    if (isPlaying) this.frame = requestAnimationFrame(() => this.follow());
  }

  private follow(): void {
    this.showTime();
    if (this.transport.isPlaying) this.frame = requestAnimationFrame(() => this.follow());
  }

  private showTime(): void {
    const { time } = this.transport;
    this.showPosition(time);
    for (const wave of this.waves) wave.showTime(time);
  }

  private tell(): void {
    const lines = [...this.problems];
    if (this.difference) {
      const { differing, total, first } = this.difference;
      lines.push(
        first === undefined
          ? this.host.translate('The sounds are equal')
          : this.host.translate(
              '{0} of {1} samples differ, from {2} on',
              differing,
              total,
              formatTime(first),
            ),
      );
    }
    this.host.showStatus(lines.join(' · '));
  }

  private report(): void {
    const { differing, total, first } = this.difference ?? {};
    this.host.report({
      playing: this.transport.isPlaying,
      time: this.transport.time,
      duration: this.seconds,
      heard: this.heard,
      scale: this.waves[0]?.scale,
      sides: this.sides.length,
      problems: this.problems,
      ...(this.difference && { differing, total, first }),
    });
  }

  private press(event: KeyboardEvent): void {
    if (!isForPage(event)) return;
    const step = event.shiftKey ? FINE_STEP : STEP;
    const { time, duration } = this.transport;
    const hasTwo = this.sides.length > 1;
    const { first } = this.difference ?? {};
    const actions: Record<string, (() => unknown) | false | undefined> = {
      ' ': () => this.toggle(),
      ArrowLeft: () => this.seek(time - step),
      ArrowRight: () => this.seek(time + step),
      Home: () => this.seek(0),
      End: () => this.seek(duration),
      a: hasTwo && (() => this.listenTo('before')),
      b: hasTwo && (() => this.listenTo('after')),
      d: this.difference && (() => this.listenTo('difference')),
      n: first !== undefined && (() => this.seek(first)),
      '+': () => this.zoomBy(ZOOM_STEP),
      '=': () => this.zoomBy(ZOOM_STEP),
      '-': () => this.zoomBy(1 / ZOOM_STEP),
      '0': () => this.zoom(0),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    void action();
  }
}
