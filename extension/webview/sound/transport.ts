// Owns playing one or two sounds as one: they start at the same sample and cannot drift; which is heard is a matter of volume.

/** Which side is heard, or newer minus older. */
export type Heard = 'before' | 'after' | 'difference';

/** Volumes of the older and the newer sound. */
const VOLUMES: Record<Heard, [number, number]> = {
  before: [1, 0],
  after: [0, 1],
  difference: [-1, 1],
};
/** A switch within this time, in seconds, makes no click. */
const SMOOTH = 0.005;

export class Transport {
  /** Of the longest sound, in seconds. */
  readonly duration: number;
  /** Called when the end is reached. */
  onEnd: () => void = () => undefined;
  private readonly buffers: AudioBuffer[];
  private context: AudioContext | undefined;
  private volumes: GainNode[] = [];
  private sources: AudioBufferSourceNode[] = [];
  private heard: Heard;
  /** Where playing began, in seconds; where the sound stands while it is not played. */
  private from = 0;
  /** The context's time then. */
  private startedAt = 0;
  private playing = false;

  /** `buffers`: one sound, or the older and the newer one. */
  constructor(buffers: AudioBuffer[]) {
    this.buffers = buffers;
    this.duration = Math.max(...buffers.map(({ duration }) => duration));
    this.heard = buffers.length > 1 ? 'after' : 'before';
  }

  get isPlaying(): boolean {
    return this.playing;
  }

  /** Seconds from the start. */
  get time(): number {
    if (!this.playing || !this.context) return this.from;
    return Math.min(this.duration, this.from + Math.max(0, this.context.currentTime - this.startedAt));
  }

  /** Plays from where it stands, from the start when that is the end. @throws what the browser says where it has no sound */
  async play(): Promise<void> {
    if (this.playing) return;
    if (this.from >= this.duration) this.from = 0;
    // Made by the first key or click: a page may not make sounds before.
    this.context ??= this.createContext();
    if (this.context.state === 'suspended') await this.context.resume();
    this.start();
  }

  pause(): void {
    if (!this.playing) return;
    this.from = this.time;
    this.stop();
  }

  seek(seconds: number): void {
    const { playing } = this;
    if (playing) this.stop();
    this.from = Math.min(this.duration, Math.max(0, seconds));
    if (playing && this.from < this.duration) this.start();
    else if (playing) this.onEnd();
  }

  listenTo(heard: Heard): void {
    this.heard = heard;
    this.setVolumes(SMOOTH);
  }

  dispose(): void {
    this.stop();
    void this.context?.close();
  }

  private createContext(): AudioContext {
    const context = new AudioContext();
    this.volumes = this.buffers.map(() => {
      const volume = context.createGain();
      volume.connect(context.destination);
      return volume;
    });
    return context;
  }

  private setVolumes(smooth: number): void {
    if (!this.context) return;
    const { currentTime } = this.context;
    const wanted = this.buffers.length > 1 ? VOLUMES[this.heard] : [1];
    for (const [i, { gain }] of this.volumes.entries()) {
      gain.cancelScheduledValues(currentTime);
      if (smooth === 0) gain.setValueAtTime(wanted[i], currentTime);
      else gain.setTargetAtTime(wanted[i], currentTime, smooth);
    }
  }

  private start(): void {
    const { context } = this;
    if (!context) return;
    this.setVolumes(0);
    // One time for all: the same sample.
    this.startedAt = context.currentTime;
    let left = 0;
    this.sources = this.buffers.flatMap((buffer, i) => {
      if (this.from >= buffer.duration) return [];
      const source = context.createBufferSource();
      source.buffer = buffer;
      source.connect(this.volumes[i]);
      source.onended = () => {
        left--;
        if (left === 0) this.end();
      };
      source.start(this.startedAt, this.from);
      left++;
      return [source];
    });
    this.playing = true;
  }

  private end(): void {
    this.stop();
    this.from = this.duration;
    this.onEnd();
  }

  private stop(): void {
    for (const source of this.sources) {
      source.onended = null;
      source.stop();
      source.disconnect();
    }
    this.sources = [];
    this.playing = false;
  }
}
