// Owns the buttons of the picture viewer.
import type { ViewerHost } from '../viewer.ts';
import type { Channels } from './difference.ts';

export type Mode = 'side' | 'swipe' | 'onion' | 'difference';

const MODES: [Mode, string][] = [
  ['side', 'Side by side'],
  ['swipe', 'Swipe'],
  ['onion', 'Onion skin'],
  ['difference', 'Difference'],
];
const CHANNELS: [Channels, string][] = [
  ['all', 'All channels'],
  ['red', 'Red'],
  ['green', 'Green'],
  ['blue', 'Blue'],
  ['alpha', 'Alpha'],
  ['opaque', 'Without alpha'],
];

export interface ToolbarActions {
  mode(mode: Mode): void;
  /** 0 to 1. */
  position(position: number): void;
  channels(channels: Channels): void;
  zoom(factor: number): void;
  fit(): void;
  actual(): void;
}

export class PictureToolbar {
  private readonly modes = new Map<Mode, HTMLButtonElement>();
  private readonly slider = document.createElement('input');

  /** `pair`: there are two pictures to compare. */
  constructor(host: ViewerHost, pair: boolean, actions: ToolbarActions) {
    const { toolbar } = host;
    const button = (text: string, key: string, run: () => void): HTMLButtonElement => {
      const made = document.createElement('button');
      made.type = 'button';
      made.textContent = host.translate(text);
      made.title = `${host.translate(text)} (${key})`;
      made.addEventListener('click', run);
      toolbar.append(made);
      return made;
    };
    if (pair) {
      toolbar.setAttribute('aria-label', host.translate('Compare modes'));
      MODES.forEach(([mode, text], i) =>
        this.modes.set(
          mode,
          button(text, String(i + 1), () => actions.mode(mode)),
        ),
      );
      Object.assign(this.slider, { type: 'range', min: '0', max: '1', step: '0.01' });
      this.slider.setAttribute('aria-label', host.translate('Position'));
      this.slider.addEventListener('input', () => actions.position(Number(this.slider.value)));
      toolbar.append(this.slider);
    }
    button('Fit', '0', () => actions.fit());
    button('Actual size', '1:1', () => actions.actual());
    button('Zoom in', '+', () => actions.zoom(1.25)).textContent = '+';
    button('Zoom out', '-', () => actions.zoom(0.8)).textContent = '−';
    const channels = document.createElement('select');
    channels.setAttribute('aria-label', host.translate('Channels'));
    for (const [value, text] of CHANNELS) channels.add(new Option(host.translate(text), value));
    channels.addEventListener('change', () => actions.channels(channels.value as Channels));
    toolbar.append(channels);
  }

  show(mode: Mode, position: number): void {
    for (const [one, button] of this.modes) button.setAttribute('aria-pressed', String(one === mode));
    this.slider.hidden = mode !== 'swipe' && mode !== 'onion';
    this.slider.value = String(position);
  }
}
