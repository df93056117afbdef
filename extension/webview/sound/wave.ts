// Owns one drawn wave: wavesurfer.js over an envelope, in the colours of the editor's theme, on a time scale that several waves share.
import WaveSurfer from 'wavesurfer.js';
import type { Envelope } from './samples.ts';

const HEIGHT = 120;

export interface WaveOptions extends Envelope {
  /** Of the time scale, in seconds. */
  seconds: number;
  /** Where the sound ends on it, in seconds. */
  end: number;
  /** Stretched to the full height. */
  isStretched?: boolean;
  /** CSS variables of the editor: the wave's colour. */
  colour: string;
  onSeek(seconds: number): void;
  onScroll(pixels: number): void;
}

export class Wave {
  /** Settles when it is drawn, or disposed of; it cannot be zoomed before. */
  readonly ready: Promise<void>;
  private readonly drawn: WaveSurfer;
  private readonly options: WaveOptions;

  constructor(container: HTMLElement, options: WaveOptions) {
    this.options = options;
    const { upper, lower, seconds, isStretched } = options;
    // It only draws: what plays is the transport.
    this.drawn = WaveSurfer.create({
      container,
      height: HEIGHT,
      peaks: [upper, lower],
      duration: seconds,
      normalize: isStretched ?? false,
      dragToSeek: true,
      autoScroll: true,
      cursorWidth: 2,
      ...this.colours(),
    });
    this.ready = new Promise((resolve) => {
      this.drawn.once('ready', () => resolve());
      this.drawn.once('destroy', () => resolve());
    });
    this.drawn.on('interaction', (time) => options.onSeek(time));
    this.drawn.on('drag', (x) => options.onSeek(x * seconds));
    this.drawn.on('scroll', (_start, _end, left) => options.onScroll(left));
    this.markEnd();
  }

  /** Moves the cursor. */
  showTime(seconds: number): void {
    this.drawn.setTime(seconds);
  }

  /** Pixels a second; 0 fits the whole scale into the page. */
  zoom(pixelsPerSecond: number): void {
    this.drawn.zoom(pixelsPerSecond);
  }

  /** Pixels a second of what is drawn now. */
  get scale(): number {
    return this.drawn.getWrapper().clientWidth / this.options.seconds;
  }

  scrollTo(pixels: number): void {
    if (Math.abs(this.drawn.getScroll() - pixels) >= 1) this.drawn.setScroll(pixels);
  }

  /** After a change of the theme. */
  recolour(): void {
    this.drawn.setOptions(this.colours());
  }

  dispose(): void {
    this.drawn.destroy();
  }

  private colours(): { waveColor: string; progressColor: string; cursorColor: string } {
    const { colour } = this.options;
    const style = getComputedStyle(document.documentElement);
    // A canvas knows no variables.
    const foreground = style.getPropertyValue('--vscode-editor-foreground') || 'gray';
    const wave = style.getPropertyValue(colour) || foreground;
    return { waveColor: wave, progressColor: wave, cursorColor: foreground };
  }

  /** Hatches what lies behind the end of a sound that is shorter than the scale. */
  private markEnd(): void {
    const { end, seconds } = this.options;
    if (end >= seconds) return;
    const behind = document.createElement('div');
    behind.setAttribute('part', 'behind');
    behind.style.left = `${(100 * end) / seconds}%`;
    this.drawn.getWrapper().append(behind);
  }
}
