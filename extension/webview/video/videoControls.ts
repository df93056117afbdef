// Owns the buttons and fields of the viewer of videos, and its keys.
import { controlsOf, isForPage } from '../media/controls.ts';
import { MODES, type Mode } from '../picture/pictureToolbar.ts';
import { formatTime } from '../sound/samples.ts';
import type { ViewerHost } from '../viewer.ts';
import { type Heard, SPEEDS } from './players.ts';

export interface VideoActions {
  readonly duration: number;
  toggle(): void;
  /** By seconds. */
  move(seconds: number): void;
  seek(seconds: number): void;
  step(frames: number): void;
  /** Goes on to the next picture that differs; again: ends that. */
  findDifference(): void;
  /** To the next faster one, or the next slower one. */
  changeSpeed(steps: 1 | -1): void;
  setSpeed(speed: number): void;
  loop(): void;
  mute(): void;
  listenTo(heard: Heard): void;
  setMode(mode: Mode): void;
  /** 0 to 1. */
  setPosition(position: number): void;
  movePosition(distance: number): void;
  setTolerance(tolerance: number): void;
  zoom(factor: number): void;
  fit(): void;
  /** In pixels of the pane. */
  pan(dx: number, dy: number): void;
}

/** What the controls show. */
export interface Shown {
  isPlaying: boolean;
  isLooping: boolean;
  isMuted: boolean;
  speed: number;
  heard: Heard;
  mode: Mode;
  position: number;
}

/** What an arrow moves, in seconds. */
const STEP = 1;
const ZOOM_STEP = 1.25;
const PAN_STEP = 40;
const POSITION_STEP = 0.05;

const HEARD: [Heard, string, string][] = [
  ['before', 'Hear older', 'a'],
  ['after', 'Hear newer', 'b'],
];

export class VideoControls {
  readonly showTime: (seconds: number) => void;
  readonly show: (shown: Shown) => void;

  constructor(host: ViewerHost, isPair: boolean, actions: VideoActions) {
    const controls = controlsOf(host);
    const play = controls.button('Play', 'Space', () => actions.toggle());
    controls.sign('‹', 'Previous frame', ',', () => actions.step(-1));
    controls.sign('›', 'Next frame', '.', () => actions.step(1));
    this.showTime = controls.seekBar(actions.duration, formatTime, (seconds) => actions.seek(seconds));
    const speeds = SPEEDS.map((speed): [string, string] => [String(speed), `${speed}×`]);
    const showSpeed = controls.select('Speed', '<, >', speeds, (speed) => actions.setSpeed(Number(speed)));
    const showLoop = controls.toggle('Loop', 'l', () => actions.loop());
    const showMuted = controls.toggle('Mute', 'm', () => actions.mute());
    const showPair = isPair ? pairControls(controls, actions) : () => undefined;
    controls.button('Fit', '0', () => actions.fit());
    controls.sign('+', 'Zoom in', '+', () => actions.zoom(ZOOM_STEP));
    controls.sign('−', 'Zoom out', '-', () => actions.zoom(1 / ZOOM_STEP));
    this.show = (shown) => {
      play.textContent = host.translate(shown.isPlaying ? 'Pause' : 'Play');
      showSpeed(String(shown.speed));
      showLoop(shown.isLooping);
      showMuted(shown.isMuted);
      showPair(shown);
    };
  }
}

function pairControls(
  controls: ReturnType<typeof controlsOf>,
  actions: VideoActions,
): (shown: Shown) => void {
  const showHeard = controls.choice('What is heard', HEARD, (heard) => actions.listenTo(heard));
  const modes = MODES.map(([mode, text], i): [Mode, string, string] => [mode, text, String(i + 1)]);
  const showMode = controls.choice('Compare modes', modes, (mode) => actions.setMode(mode));
  const range = { type: 'range', min: '0', max: '1', step: '0.01', value: '0.5' };
  const showPosition = controls.number('Position', range, (position) => actions.setPosition(position));
  const steps = { type: 'number', min: '0', max: '255', step: '1', value: '0' };
  controls.number('Tolerance', steps, (tolerance) => actions.setTolerance(tolerance));
  controls.button('Next difference', 'n', () => actions.findDifference());
  return ({ heard, mode, position }) => {
    showHeard(heard);
    showMode(mode);
    showPosition(mode === 'swipe' || mode === 'onion' ? position : undefined);
  };
}

/** Listens until the signal. */
export function listenToKeys(actions: VideoActions, isPair: boolean, signal: AbortSignal): void {
  const keys: Record<string, () => void> = {
    ' ': () => actions.toggle(),
    ArrowLeft: () => actions.move(-STEP),
    ArrowRight: () => actions.move(STEP),
    ',': () => actions.step(-1),
    '.': () => actions.step(1),
    Home: () => actions.seek(0),
    End: () => actions.seek(actions.duration),
    '<': () => actions.changeSpeed(-1),
    '>': () => actions.changeSpeed(1),
    l: () => actions.loop(),
    m: () => actions.mute(),
    '+': () => actions.zoom(ZOOM_STEP),
    '=': () => actions.zoom(ZOOM_STEP),
    '-': () => actions.zoom(1 / ZOOM_STEP),
    '0': () => actions.fit(),
    'Shift ArrowLeft': () => actions.pan(PAN_STEP, 0),
    'Shift ArrowRight': () => actions.pan(-PAN_STEP, 0),
    'Shift ArrowUp': () => actions.pan(0, PAN_STEP),
    'Shift ArrowDown': () => actions.pan(0, -PAN_STEP),
  };
  if (isPair) {
    for (const [heard, , key] of HEARD) keys[key] = () => actions.listenTo(heard);
    MODES.forEach(([mode], i) => (keys[String(i + 1)] = () => actions.setMode(mode)));
    keys.n = () => actions.findDifference();
    keys.ArrowUp = () => actions.movePosition(POSITION_STEP);
    keys.ArrowDown = () => actions.movePosition(-POSITION_STEP);
  }
  const press = (event: KeyboardEvent): void => {
    if (!isForPage(event)) return;
    const isArrow = event.key.startsWith('Arrow');
    const action = keys[isArrow && event.shiftKey ? `Shift ${event.key}` : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  addEventListener('keydown', press, { signal });
}
