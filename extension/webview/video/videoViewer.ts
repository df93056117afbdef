// Owns the viewer of videos: one, or two beside and on top of each other, under one set of controls.
import { factTable } from '../factTable.ts';
import { rowsOfFacts } from '../factRows.ts';
import { MediaProblem, messageOf } from '../media/mediaProblem.ts';
import { openInMediaStyle } from '../media/mediaStyle.ts';
import { openUnplayable, type Problems, wordsOf } from '../media/unplayable.ts';
import type { ShowMessage, ViewedFile } from '../messages.ts';
import type { Difference } from '../picture/difference.ts';
import type { Mode } from '../picture/pictureToolbar.ts';
import { language } from '../language.ts';
import { statusOf } from '../picture/pictureTexts.ts';
import type { Viewer, ViewerHost } from '../viewer.ts';
import { FrameComparer, MOST_COMPARED } from './compareFrames.ts';
import { type LoadedVideo, loadVideo } from './loadVideo.ts';
import { type Heard, Players, SPEEDS } from './players.ts';
import { listenToKeys, type VideoActions, VideoControls } from './videoControls.ts';
import { VideoStage } from './videoStage.ts';
import { frameOf, stepped, USUAL_RATE } from './videoTime.ts';

/** Sound that was to be heard for this long, in seconds, and of which nothing was decoded, cannot be. */
const SILENT_SECONDS = 0.5;

interface Side {
  file: ViewedFile;
  heard: Heard;
  video?: LoadedVideo;
}

/** What cannot be decoded is told beside the video that can. */
export function openVideos(host: ViewerHost, message: ShowMessage): Promise<Viewer> {
  return openInMediaStyle(() => openDecoded(host, message));
}

async function openDecoded(host: ViewerHost, message: ShowMessage): Promise<Viewer> {
  const { files } = message;
  host.showStatus(host.translate('Decoding…'));
  const problems: Problems = files.map(() => undefined);
  const sides = await Promise.all(
    files.map(async (file, i): Promise<Side> => {
      const heard = i === 0 && files.length > 1 ? 'before' : 'after';
      try {
        return { file, heard, video: await loadVideo(file) };
      } catch (error) {
        if (!(error instanceof MediaProblem)) throw error;
        problems[i] = error;
        return { file, heard };
      }
    }),
  );
  if (sides.every(({ video }) => !video)) return openUnplayable(host, message, problems);
  return new VideoViewer(host, sides, problems);
}

class VideoViewer implements Viewer, VideoActions {
  private readonly host: ViewerHost;
  private readonly sides: Side[];
  private readonly problems: string[];
  private readonly players: Players;
  private readonly stage: VideoStage;
  private readonly controls: VideoControls;
  private readonly comparer: FrameComparer | undefined;
  private readonly root = document.createElement('div');
  private readonly stopped = new AbortController();
  private readonly frameRate: number;
  private heard: Heard = 'after';
  private speed = 1;
  private tolerance = 0;
  private difference: Difference | undefined;
  private frame = 0;
  /** Goes on from picture to picture until one differs. */
  private isSearching = false;
  private foundNothing = false;
  private comparing: ReturnType<typeof setTimeout> | undefined;
  /** Seconds that the video which is heard has been played. */
  private listened = 0;
  private lastTime = 0;

  constructor(host: ViewerHost, sides: Side[], problems: Problems) {
    this.host = host;
    this.sides = sides;
    const files = sides.map(({ file }) => file);
    this.problems = wordsOf(host, files, problems);
    const videos = sides.flatMap(({ video }) => video ?? []);
    this.frameRate = Math.max(0, ...files.map(({ media }) => media?.frameRate ?? 0)) || USUAL_RATE;
    this.players = new Players(videos, this.frameRate);
    this.stage = new VideoStage(
      sides.map(({ file, heard, video }, i) => {
        const problem = problems[i];
        return {
          heard,
          title: captionOf(file),
          ...(video && { video: video.element }),
          ...(problem && { problem: host.translate(problem.message, ...problem.values) }),
        };
      }),
    );
    this.root.className = 'videos';
    for (const { element } of videos) element.hidden = true;
    this.root.append(this.stage.element, ...videos.map(({ element }) => element), this.facts());
    host.body.append(this.root);
    const [before, after] = videos.map(({ element }) => element);
    if (after && FrameComparer.canCompare(before, after)) this.comparer = new FrameComparer(before, after);
    else if (after)
      this.problems.push(
        host.translate('Pictures of more than {0} million pixels are not compared', MOST_COMPARED / 1e6),
      );
    const isPair = after !== undefined;
    this.controls = new VideoControls(host, isPair, this);
    listenToKeys(this, isPair, this.stopped.signal);
    this.players.onChange = () => this.showState();
    this.stage.onPosition = () => this.showControls();
    this.showState();
    this.stage.element.focus();
  }

  get duration(): number {
    return this.players.duration;
  }

  dispose(): void {
    this.stopped.abort();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.comparing);
    this.players.dispose();
    this.stage.dispose();
    this.root.remove();
  }

  toggle(): void {
    this.endSearch();
    if (this.players.isPlaying) return this.players.pause();
    this.players.play().catch((error: unknown) => {
      this.problems.push(this.host.translate('The editor cannot play this here: {0}', messageOf(error)));
      this.showState();
    });
  }

  move(seconds: number): void {
    this.endSearch();
    this.players.seek(this.players.time + seconds);
  }

  seek(seconds: number): void {
    this.endSearch();
    this.players.seek(seconds);
  }

  step(frames: number): void {
    this.endSearch();
    this.players.step(frames);
  }

  findDifference(): void {
    if (!this.comparer) return;
    const wasSearching = this.isSearching;
    this.endSearch();
    // A second time it ends the search.
    if (wasSearching) return;
    this.isSearching = true;
    this.players.step(1);
  }

  changeSpeed(steps: 1 | -1): void {
    this.setSpeed(SPEEDS[SPEEDS.indexOf(this.speed) + steps] ?? this.speed);
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    this.players.setSpeed(speed);
    this.showControls();
  }

  loop(): void {
    this.players.isLooping = !this.players.isLooping;
    this.showControls();
  }

  mute(): void {
    this.players.mute(!this.players.isMuted);
    this.showControls();
  }

  listenTo(heard: Heard): void {
    this.heard = heard;
    this.players.listenTo(heard);
    this.listened = 0;
    this.showControls();
  }

  setMode(mode: Mode): void {
    this.stage.setMode(mode);
    this.showControls();
  }

  setPosition(position: number): void {
    this.stage.setPosition(position);
  }

  movePosition(distance: number): void {
    const { mode, position } = this.stage;
    if (mode === 'swipe' || mode === 'onion') this.stage.setPosition(position + distance);
  }

  setTolerance(tolerance: number): void {
    this.tolerance = tolerance;
    this.showState();
  }

  zoom(factor: number): void {
    this.stage.zoom(factor);
    this.report();
  }

  fit(): void {
    this.stage.fit();
    this.report();
  }

  pan(dx: number, dy: number): void {
    this.stage.pan(dx, dy);
    this.report();
  }

  /** After playing began or ended, or the videos have gone somewhere. */
  private showState(): void {
    const { players } = this;
    clearTimeout(this.comparing);
    if (!players.isSettled) this.forget();
    // Keys that are held down come first: what they lead to is compared once.
    else if (this.comparer) this.comparing = setTimeout(() => this.compare());
    this.stage.draw();
    this.controls.showTime(players.time);
    this.tell();
    this.showControls();
    cancelAnimationFrame(this.frame);
    this.lastTime = players.time;
    if (players.isPlaying) this.frame = requestAnimationFrame(() => this.follow());
  }

  private follow(): void {
    const { players } = this;
    players.correct();
    this.stage.draw();
    this.controls.showTime(players.time);
    this.listen();
    if (players.isPlaying) this.frame = requestAnimationFrame(() => this.follow());
  }

  private forget(): void {
    this.difference = undefined;
    this.stage.difference = undefined;
  }

  private compare(): void {
    const { comparer } = this;
    if (!comparer || !this.players.isSettled) return;
    this.difference = comparer.compare(this.tolerance);
    this.stage.difference = { ...comparer.size, bitmap: comparer.canvas };
    this.stage.draw();
    if (this.isSearching) this.searchOn(this.difference.changed);
    this.tell();
    this.report();
  }

  private searchOn(changed: number): void {
    const { players } = this;
    const isLast = stepped(players.time, 1, this.frameRate, players.duration) <= players.time;
    this.isSearching = changed === 0 && !isLast;
    this.foundNothing = changed === 0 && isLast;
    if (this.isSearching) players.step(1);
  }

  private endSearch(): void {
    this.isSearching = false;
    this.foundNothing = false;
  }

  /** A browser without the decoder of the sound plays the pictures alone, and says nothing. */
  private listen(): void {
    const { players } = this;
    const passed = players.time - this.lastTime;
    this.lastTime = players.time;
    const side = this.sides.find(({ video }) => video?.element === players.heardVideo);
    if (players.isMuted || passed <= 0 || !side?.video || side.file.media?.channels === undefined) return;
    this.listened += passed;
    if (this.listened - passed > SILENT_SECONDS || this.listened <= SILENT_SECONDS) return;
    const { webkitAudioDecodedByteCount: decoded } = side.video.element as {
      webkitAudioDecodedByteCount?: number;
    };
    if (decoded !== 0) return;
    const { label, media } = side.file;
    const problem = `${label}: ${this.host.translate('Its sound cannot be decoded; its codec is {0}', media.codec ?? '?')}`;
    if (this.problems.includes(problem)) return;
    this.problems.push(problem);
    this.tell();
  }

  private tell(): void {
    const { difference, host, tolerance } = this;
    const problems = [...this.problems];
    if (this.foundNothing) problems.push(host.translate('Nothing differs from here on'));
    const [a, b] = this.sides.map(({ video }) => video?.element);
    const isOtherSize = a && b ? a.videoWidth !== b.videoWidth || a.videoHeight !== b.videoHeight : false;
    const translate: ViewerHost['translate'] = (text, ...values) => host.translate(text, ...values);
    const told = { problems, difference, tolerance, isOtherSize, language: language() };
    host.showStatus(statusOf(translate, told));
  }

  private showControls(): void {
    const { heard, players, speed, stage } = this;
    const { isLooping, isMuted, isPlaying } = players;
    const { mode, position } = stage;
    stage.showHeard(heard);
    this.controls.show({ isPlaying, isLooping, isMuted, speed, heard, mode, position });
    this.report();
  }

  private report(): void {
    const { difference, frameRate, heard, players, problems, speed, stage, tolerance } = this;
    this.host.report({
      mode: stage.mode,
      position: stage.position,
      view: stage.view,
      playing: players.isPlaying,
      settled: players.isSettled,
      time: players.time,
      frame: frameOf(players.time, frameRate),
      duration: players.duration,
      loop: players.isLooping,
      muted: players.isMuted,
      speed,
      heard,
      tolerance,
      problems,
      changedPixels: difference?.changed,
      pixels: difference?.total,
      box: difference?.box,
    });
  }

  /** Closed at first: the captions say the most of it. */
  private facts(): HTMLElement {
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    summary.textContent = this.host.translate('Facts');
    const files = this.sides.map(({ file }) => file);
    const rows = rowsOfFacts(files.map(({ facts }) => facts));
    details.append(
      summary,
      factTable(
        this.host,
        files.map(({ label }) => label),
        rows,
      ),
    );
    return details;
  }
}

function captionOf({ label, facts }: ViewedFile): string {
  return [label, ...facts.map(([, value]) => value)].join(' · ');
}
