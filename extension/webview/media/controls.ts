// Owns the controls that players of sounds and videos share: buttons, and the slider of the play position.
import type { ViewerHost } from '../viewer.ts';

/** Of the slider: finer than a pixel of any screen. */
const STEPS = 10_000;

export interface Controls {
  button(text: string, key: string, run: () => void): HTMLButtonElement;
  /** A button that shows a sign in place of its text. */
  sign(sign: string, text: string, key: string, run: () => void): HTMLButtonElement;
  /** A button that stays pressed; returns what presses and releases it. */
  toggle(text: string, key: string, run: () => void): (isPressed: boolean) => void;
  /** A list to choose from; returns what chooses another. */
  select(
    name: string,
    key: string,
    options: [value: string, text: string][],
    choose: (value: string) => void,
  ): (value: string) => void;
  /** A number, with its name before it; returns what shows another, or with undefined hides it. */
  number(
    name: string,
    attributes: Record<string, string>,
    enter: (value: number) => void,
  ): (value: number | undefined) => void;
  /** A group of buttons of which one is pressed; returns what presses another. */
  choice<T extends string>(
    name: string,
    options: [value: T, text: string, key: string][],
    choose: (value: T) => void,
  ): (value: T) => void;
  /** Returns what moves the slider. `text` tells a time in words. */
  seekBar(duration: number, text: (seconds: number) => string, seek: (seconds: number) => void): Show;
}

type Show = (seconds: number) => void;

export function controlsOf(host: ViewerHost): Controls {
  const { toolbar } = host;
  toolbar.setAttribute('aria-label', host.translate('Player'));
  const make = (text: string, key: string, run: () => void): HTMLButtonElement => {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = host.translate(text);
    made.title = `${host.translate(text)} (${key})`;
    made.addEventListener('click', run);
    return made;
  };
  return {
    button(text, key, run) {
      const made = make(text, key, run);
      toolbar.append(made);
      return made;
    },
    sign(sign, text, key, run) {
      const made = make(text, key, run);
      made.setAttribute('aria-label', made.textContent);
      made.textContent = sign;
      toolbar.append(made);
      return made;
    },
    toggle(text, key, run) {
      const made = make(text, key, run);
      made.setAttribute('aria-pressed', 'false');
      toolbar.append(made);
      return (isPressed) => made.setAttribute('aria-pressed', String(isPressed));
    },
    select(name, key, options, choose) {
      const made = document.createElement('select');
      made.setAttribute('aria-label', host.translate(name));
      made.title = `${host.translate(name)} (${key})`;
      for (const [value, text] of options) made.add(new Option(text, value));
      made.addEventListener('change', () => choose(made.value));
      toolbar.append(made);
      return (value) => {
        made.value = value;
      };
    },
    number(name, attributes, enter) {
      const made = document.createElement('input');
      for (const [one, value] of Object.entries(attributes)) made.setAttribute(one, value);
      made.addEventListener('input', () => {
        if (made.value !== '' && made.validity.valid) enter(made.valueAsNumber);
      });
      const around = document.createElement('label');
      around.append(host.translate(name), made);
      toolbar.append(around);
      return (value) => {
        around.hidden = value === undefined;
        // What is being written is left alone.
        if (value !== undefined && made.valueAsNumber !== value) made.value = String(value);
      };
    },
    choice(name, options, choose) {
      const group = document.createElement('div');
      group.className = 'choice';
      group.setAttribute('role', 'group');
      group.setAttribute('aria-label', host.translate(name));
      const buttons = new Map(
        options.map(([value, text, key]) => [value, make(text, key, () => choose(value))] as const),
      );
      group.append(...buttons.values());
      toolbar.append(group);
      return (value) => {
        for (const [one, button] of buttons) button.setAttribute('aria-pressed', String(one === value));
      };
    },
    seekBar(duration, text, seek) {
      const slider = document.createElement('input');
      const time = document.createElement('output');
      slider.className = 'seek';
      Object.assign(slider, { type: 'range', min: '0', max: String(STEPS), step: '1', value: '0' });
      slider.setAttribute('aria-label', host.translate('Play position'));
      slider.addEventListener('input', () => seek((Number(slider.value) / STEPS) * duration));
      time.className = 'time';
      // What plays is not said all the time.
      time.setAttribute('aria-live', 'off');
      toolbar.append(slider, time);
      return (seconds) => {
        slider.value = String(Math.round((seconds / duration) * STEPS));
        slider.setAttribute('aria-valuetext', `${text(seconds)} / ${text(duration)}`);
        time.textContent = `${text(seconds)} / ${text(duration)}`;
      };
    },
  };
}

/** Whether a key is for the page: not with a modifier, and not what the focused control does itself. */
export function isForPage({ target, key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey) return false;
  if (target instanceof HTMLButtonElement) return key !== ' ' && key !== 'Enter';
  if (target instanceof HTMLMediaElement || target instanceof HTMLSelectElement) return false;
  if (!(target instanceof HTMLInputElement)) return true;
  return target.type === 'range' && !/^(Arrow|Home|End|Page)/.test(key);
}
