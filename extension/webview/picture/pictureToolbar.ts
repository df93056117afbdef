// Owns the buttons and fields of the picture viewer.
import type { ViewerHost } from '../viewer.ts';
import type { Channels } from './display.ts';

export type Mode = 'side' | 'swipe' | 'onion' | 'difference';

export const MODES: [Mode, string][] = [
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
/** In stops. */
export const MOST_EXPOSURE = 12;

export interface ToolbarActions {
  mode(mode: Mode): void;
  /** 0 to 1. */
  position(position: number): void;
  channels(channels: Channels): void;
  exposure(stops: number): void;
  tolerance(tolerance: number): void;
  zoom(factor: number): void;
  fit(): void;
  actual(): void;
  goToChange(): void;
}

/** What is there to work with. */
export interface ToolbarParts {
  /** Two pictures to compare. */
  isPair: boolean;
  /** One of them has floats. */
  isFloat: boolean;
}

export class PictureToolbar {
  private readonly host: ViewerHost;
  private readonly modes = new Map<Mode, HTMLButtonElement>();
  private readonly slider: HTMLInputElement;
  private readonly exposure: HTMLInputElement;
  private readonly change: HTMLButtonElement;

  constructor(host: ViewerHost, { isPair, isFloat }: ToolbarParts, actions: ToolbarActions) {
    this.host = host;
    if (isPair) {
      host.toolbar.setAttribute('aria-label', host.translate('Compare modes'));
      MODES.forEach(([mode, text], i) =>
        this.modes.set(
          mode,
          this.button(text, String(i + 1), () => actions.mode(mode)),
        ),
      );
    }
    this.slider = this.field('Position', { type: 'range', min: '0', max: '1', step: '0.01' }, (value) =>
      actions.position(value),
    );
    this.button('Fit', '0', () => actions.fit());
    this.button('Actual size', '1:1', () => actions.actual());
    showSign(
      '+',
      this.button('Zoom in', '+', () => actions.zoom(1.25)),
    );
    showSign(
      '−',
      this.button('Zoom out', '-', () => actions.zoom(0.8)),
    );
    const channels = document.createElement('select');
    channels.setAttribute('aria-label', host.translate('Channels'));
    for (const [value, text] of CHANNELS) channels.add(new Option(host.translate(text), value));
    channels.addEventListener('change', () => actions.channels(channels.value as Channels));
    host.toolbar.append(channels);
    const stops = { min: String(-MOST_EXPOSURE), max: String(MOST_EXPOSURE), step: '0.5', value: '0' };
    this.exposure = this.field('Exposure', { type: 'range', ...stops }, (value) => actions.exposure(value));
    this.exposure.title = `${host.translate('Exposure')} (e, Shift+E)`;
    hide(this.exposure, !isFloat);
    const tolerance = this.field(
      'Tolerance',
      { type: 'number', min: '0', step: 'any', value: '0' },
      (value) => actions.tolerance(value),
    );
    tolerance.title = host.translate('Tolerance: values that differ by no more are equal');
    hide(tolerance, !isPair);
    this.change = this.button('Go to change', 'n', () => actions.goToChange());
    this.change.hidden = true;
  }

  show(mode: Mode, position: number, exposure: number, hasChange: boolean): void {
    for (const [one, button] of this.modes) button.setAttribute('aria-pressed', String(one === mode));
    hide(this.slider, mode !== 'swipe' && mode !== 'onion');
    this.slider.value = String(position);
    this.exposure.value = String(exposure);
    this.change.hidden = !hasChange;
  }

  private button(text: string, key: string, run: () => void): HTMLButtonElement {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = this.host.translate(text);
    made.title = `${this.host.translate(text)} (${key})`;
    made.addEventListener('click', run);
    this.host.toolbar.append(made);
    return made;
  }

  /** Calls `run` with every number that is entered. */
  private field(
    label: string,
    attributes: Record<string, string>,
    run: (value: number) => void,
  ): HTMLInputElement {
    const made = document.createElement('input');
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.addEventListener('input', () => {
      if (made.value !== '' && made.validity.valid) run(made.valueAsNumber);
    });
    const around = document.createElement('label');
    around.append(this.host.translate(label), made);
    this.host.toolbar.append(around);
    return made;
  }
}

/** Its text stays what screen readers say. */
function showSign(sign: string, button: HTMLButtonElement): void {
  button.setAttribute('aria-label', button.textContent);
  button.textContent = sign;
}

/** With its label, which is around it. */
function hide(field: HTMLInputElement, isHidden: boolean): void {
  if (field.parentElement) field.parentElement.hidden = isHidden;
}
