// Owns what pointer, wheel and keys do to the picture viewer.
import { MODES, type Mode } from './pictureToolbar.ts';
import type { Size } from './view.ts';

const ZOOM_STEP = 1.25;
const PAN_STEP = 40;
const POSITION_STEP = 0.05;
const WHEEL_SPEED = 0.002;

const ARROWS: Record<string, [x: number, y: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Points are in pixels of the pane that they are in. */
export interface InputActions {
  readonly mode: Mode;
  readonly position: number;
  setMode(mode: Mode): void;
  setPosition(position: number): void;
  /** Around a point, else around the middle. */
  zoom(factor: number, point?: { x: number; y: number }): void;
  pan(dx: number, dy: number): void;
  fit(): void;
  goToChange(): void;
  changeExposure(stops: number): void;
  /** Reads the pixel at a point; undefined when the pointer left. */
  pointAt(point: { x: number; y: number } | undefined): void;
  /** Moves the pixel that is read, in pixels of the picture. */
  moveCursor(dx: number, dy: number): void;
  /** The canvas of a target, or the first one. */
  paneOf(target: EventTarget | null): HTMLCanvasElement | undefined;
  paneSize(): Size;
}

/** What the pointer and the wheel do. */
export type PointerActions = Pick<
  InputActions,
  'mode' | 'setPosition' | 'zoom' | 'pan' | 'pointAt' | 'paneOf' | 'paneSize'
>;

/** Listens until the signal. */
export function listenToInput(stage: HTMLElement, actions: InputActions, signal: AbortSignal): void {
  listenToPointer(stage, actions, signal);
  addEventListener(
    'keydown',
    (event) => {
      if (press(event, actions)) event.preventDefault();
    },
    { signal },
  );
}

/** Listens until the signal to what has no key: the keys are those of the viewer. */
export function listenToPointer(stage: HTMLElement, actions: PointerActions, signal: AbortSignal): void {
  const pointIn = (event: MouseEvent): { x: number; y: number } => {
    const { left = 0, top = 0 } = actions.paneOf(event.target)?.getBoundingClientRect() ?? {};
    return { x: event.clientX - left, y: event.clientY - top };
  };
  stage.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      actions.zoom(Math.exp(-event.deltaY * WHEEL_SPEED), pointIn(event));
    },
    { signal, passive: false },
  );
  stage.addEventListener('pointerdown', (event) => stage.setPointerCapture(event.pointerId), { signal });
  stage.addEventListener(
    'pointermove',
    (event) => {
      if (event.buttons !== 1) {
        actions.pointAt(event.target instanceof HTMLCanvasElement ? pointIn(event) : undefined);
      } else if (actions.mode === 'swipe') {
        actions.setPosition(pointIn(event).x / actions.paneSize().width);
      } else actions.pan(event.movementX, event.movementY);
    },
    { signal },
  );
  stage.addEventListener('pointerleave', () => actions.pointAt(undefined), { signal });
}

/** Whether the key was one of the viewer's. */
function press(event: KeyboardEvent, actions: InputActions): boolean {
  const { target, key, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (ctrlKey || metaKey || altKey) return false;
  if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return false;
  const arrow = ARROWS[key];
  const mode = MODES[Number(key) - 1];
  if (mode) actions.setMode(mode[0]);
  else if (key === '+' || key === '=') actions.zoom(ZOOM_STEP);
  else if (key === '-') actions.zoom(1 / ZOOM_STEP);
  else if (key === '0') actions.fit();
  else if (key === 'n') actions.goToChange();
  else if (key === 'e') actions.changeExposure(0.5);
  else if (key === 'E') actions.changeExposure(-0.5);
  else if (arrow && shiftKey) actions.moveCursor(...arrow);
  else if (arrow && arrow[0] !== 0 && (actions.mode === 'swipe' || actions.mode === 'onion'))
    actions.setPosition(actions.position + arrow[0] * POSITION_STEP);
  else if (arrow) actions.pan(-arrow[0] * PAN_STEP, -arrow[1] * PAN_STEP);
  else return false;
  return true;
}
