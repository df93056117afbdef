// Owns playing one or two videos as one: one time, one speed, and which of them is heard.
import type { LoadedVideo } from './loadVideo.ts';
import { correctionOf, stepped } from './videoTime.ts';

export type Heard = 'before' | 'after';

export const SPEEDS = [0.1, 0.25, 0.5, 1, 1.5, 2, 4];

export class Players {
  /** Of the longest, in seconds. */
  readonly duration: number;
  isLooping = false;
  /** Called when playing begins or ends, and when every video shows the picture of the time that was gone to. */
  onChange: () => void = () => undefined;
  private readonly videos: LoadedVideo[];
  private readonly frameRate: number;
  private readonly stopped = new AbortController();
  private heard: Heard = 'after';
  private muted = false;
  private speed = 1;
  private playing = false;
  /** Where they stand while they are not played. */
  private at = 0;

  /** `videos`: one, or the older and the newer one. `frameRate` tells how far a step is. */
  constructor(videos: LoadedVideo[], frameRate: number) {
    this.videos = videos;
    this.frameRate = frameRate;
    this.duration = Math.max(...videos.map(({ duration }) => duration));
    const { signal } = this.stopped;
    for (const { element } of videos) {
      element.addEventListener('seeked', () => this.onSeeked(), { signal });
      element.addEventListener('ended', () => void this.onEnded(), { signal });
    }
    this.applyVolume();
  }

  get isPlaying(): boolean {
    return this.playing;
  }

  get isMuted(): boolean {
    return this.muted;
  }

  /** Seconds from the start. */
  get time(): number {
    return this.playing ? this.leader.element.currentTime : this.at;
  }

  /** Whether every video shows the picture of `time`. */
  get isSettled(): boolean {
    return !this.playing && this.videos.every(({ element }) => !element.seeking);
  }

  /** How far the videos are apart, in seconds: at most, of those that go on. */
  get drift(): number {
    const { currentTime } = this.leader.element;
    return Math.max(0, ...this.followers.map(({ element }) => Math.abs(element.currentTime - currentTime)));
  }

  /** From where they stand, from the start when that is the end. @throws what the browser says where it may not play */
  async play(): Promise<void> {
    if (this.playing) return;
    if (this.isAtEnd(this.at)) this.moveTo(0);
    this.playing = true;
    await this.start();
    this.onChange();
  }

  /** All stand at the same picture then. */
  pause(): void {
    if (!this.playing) return;
    const { time } = this;
    this.stop();
    this.moveTo(this.isAtEnd(time) ? time : stepped(time, 0, this.frameRate, this.duration));
    this.onChange();
  }

  /** To the middle of a picture, so that two videos show the same one: on the border of two, either may be shown. */
  seek(seconds: number): void {
    const isWithin = seconds > 0 && !this.isAtEnd(seconds);
    this.moveTo(isWithin ? stepped(seconds, 0, this.frameRate, this.duration) : seconds);
    if (this.playing) void this.start().catch(() => this.pause());
    this.onChange();
  }

  /** By pictures; stops playing. */
  step(frames: number): void {
    const { time } = this;
    if (this.playing) this.stop();
    this.moveTo(stepped(time, frames, this.frameRate, this.duration));
    this.onChange();
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    for (const { element } of this.videos) element.playbackRate = speed;
  }

  mute(isMuted: boolean): void {
    this.muted = isMuted;
    this.applyVolume();
  }

  listenTo(heard: Heard): void {
    this.heard = heard;
    this.applyVolume();
  }

  /** The video that is heard now. */
  get heardVideo(): HTMLVideoElement {
    return this.videos[this.heard === 'before' ? 0 : this.videos.length - 1].element;
  }

  /** Brings those that are not heard back to the one that is; to be called again and again while they play. */
  correct(): void {
    if (!this.playing) return;
    const leader = this.leader.element;
    if (leader.seeking) return;
    if (leader.playbackRate !== this.speed) leader.playbackRate = this.speed;
    for (const { element } of this.followers) {
      if (element.seeking) continue;
      const isCorrecting = element.playbackRate !== this.speed;
      const todo = correctionOf(element.currentTime - leader.currentTime, this.speed, isCorrecting);
      if (todo.jump) element.currentTime = leader.currentTime;
      const speed = todo.jump ? this.speed : todo.speed;
      // Each change costs the browser something.
      const isOther = Math.abs(element.playbackRate - speed) > 0.01 * this.speed;
      if (isOther || (speed === this.speed && isCorrecting)) element.playbackRate = speed;
    }
  }

  dispose(): void {
    this.stopped.abort();
    this.stop();
    for (const video of this.videos) video.release();
  }

  /** What tells the time: the one that is heard, as long as it goes on. */
  private get leader(): LoadedVideo {
    const heard = this.videos[this.heard === 'before' ? 0 : this.videos.length - 1];
    return heard.element.ended ? (this.videos.find(({ element }) => !element.ended) ?? heard) : heard;
  }

  private get followers(): LoadedVideo[] {
    const { leader } = this;
    return this.videos.filter((video) => video !== leader && !video.element.ended);
  }

  private isAtEnd(seconds: number): boolean {
    return seconds >= this.duration - 0.25 / this.frameRate;
  }

  private moveTo(seconds: number): void {
    this.at = Math.min(this.duration, Math.max(0, seconds));
    for (const { element, duration } of this.videos) {
      const target = Math.min(this.at, duration);
      // To go where it is already would make no event in some cases, and work in all.
      if (element.currentTime !== target) element.currentTime = target;
    }
  }

  private async start(): Promise<void> {
    try {
      await Promise.all(
        this.videos
          .filter(({ duration }) => this.at < duration)
          .map(({ element }) => {
            element.playbackRate = this.speed;
            return element.play();
          }),
      );
    } catch (error) {
      // Paused before it began.
      if (error instanceof DOMException && error.name === 'AbortError') return;
      this.stop();
      throw error;
    }
  }

  private stop(): void {
    this.playing = false;
    for (const { element } of this.videos) element.pause();
  }

  private onSeeked(): void {
    if (this.videos.every(({ element }) => !element.seeking)) this.onChange();
  }

  private async onEnded(): Promise<void> {
    if (!this.playing || this.videos.some(({ element }) => !element.ended)) return;
    if (this.isLooping) {
      this.moveTo(0);
      await this.start();
    } else {
      this.stop();
      this.at = this.duration;
    }
    this.onChange();
  }

  private applyVolume(): void {
    for (const { element } of this.videos) element.muted = this.muted || element !== this.heardVideo;
  }
}
