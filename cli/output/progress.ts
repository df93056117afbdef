// Owns showing how far a long operation is: a bar on a terminal, a plain line every few seconds elsewhere.
import type { SingleBar } from 'cli-progress';
import type { Progress } from '../../core/progress.ts';
import type { Output } from './output.ts';
import { formatBytes, formatDuration, formatNumber } from './units.ts';

/** What is faster than this shows nothing, in milliseconds. */
const QUIET_START_MS = 400;
const PLAIN_EVERY_MS = 5_000;
const BAR_WIDTH = 10;
/** Rates are those of about this many last milliseconds. */
const RATE_WINDOW_MS = 4_000;

const PHASES: Record<Progress['phase'], string> = {
  scan: 'Looking',
  store: 'Storing',
  git: 'Recording',
  restore: 'Restoring',
  verify: 'Checking',
  rebuild: 'Rebuilding',
  recode: 'Recoding',
  mark: 'Marking',
  repack: 'Packing',
  copy: 'Copying',
};

/** What is counted, where it is not files. */
const UNITS: Partial<Record<Progress['phase'], string>> = { repack: 'records', copy: 'segments' };

/** Follows one operation; `report` is its `onProgress`, `finish` takes the bar away. */
export class ProgressReporter {
  private readonly output: Output;
  private readonly now: () => number;
  private readonly meter: RateMeter;
  private readonly start: number;
  private lastPlain: number;
  private latest: Progress | undefined;
  private bar: SingleBar | undefined;
  private loading = false;
  private finished = false;

  constructor(output: Output, now: () => number = Date.now) {
    this.output = output;
    this.now = now;
    this.meter = new RateMeter();
    this.start = now();
    this.lastPlain = this.start;
  }

  report = (progress: Progress): void => {
    if (this.finished) return;
    const now = this.now();
    if (progress.phase !== this.latest?.phase) this.meter.restart();
    this.meter.add(now, progress.bytes);
    this.latest = { ...progress };
    if (now - this.start < QUIET_START_MS) return;
    if (this.output.isTerminal) this.draw();
    else if (now - this.lastPlain >= PLAIN_EVERY_MS) {
      this.lastPlain = now;
      void this.output.write(`${formatProgress(this.latest, this.meter.rate())}\n`);
    }
  };

  finish(): void {
    this.finished = true;
    this.bar?.stop();
  }

  private draw(): void {
    if (this.bar) {
      const { value, total } = share(this.latest as Progress);
      this.bar.setTotal(total);
      this.bar.update(value);
    } else if (!this.loading) {
      this.loading = true;
      void this.createBar();
    }
  }

  /** The library is loaded once it is clear that a bar is needed, so that fast commands start fast. */
  private async createBar(): Promise<void> {
    const { default: cliProgress } = await import('cli-progress');
    if (this.finished) return;
    this.bar = new cliProgress.SingleBar({
      stream: this.output.stream,
      clearOnComplete: true,
      hideCursor: true,
      linewrap: false,
      format: () => this.line(),
    });
    const { value, total } = share(this.latest as Progress);
    this.bar.start(total, value);
  }

  private line(): string {
    const progress = this.latest as Progress;
    const { value, total } = share(progress);
    const { cyan } = this.output.colours;
    const done = total === 0 ? 0 : Math.round((value / total) * BAR_WIDTH);
    const bar = total === 0 ? '' : `${cyan('█'.repeat(done))}${'░'.repeat(BAR_WIDTH - done)}  `;
    const room = this.output.columns - (total === 0 ? 0 : BAR_WIDTH + 2);
    return bar + formatProgress(progress, this.meter.rate()).slice(0, Math.max(room - 1, 10));
  }
}

/** Bytes per second over the last few seconds. */
export class RateMeter {
  private samples: { time: number; bytes: number }[] = [];

  restart(): void {
    this.samples = [];
  }

  add(time: number, bytes: number): void {
    this.samples.push({ time, bytes });
    while (this.samples.length > 2 && time - this.samples[0].time > RATE_WINDOW_MS) this.samples.shift();
  }

  /** Undefined until there is something to go by. */
  rate(): number | undefined {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last.time === first.time) return undefined;
    return ((last.bytes - first.bytes) * 1000) / (last.time - first.time);
  }
}

/** `Storing: 1,234 of 5,252 files, 312 MB of 700 MB, 412 MB/s, 2 s left`; what is not known is left out. */
export function formatProgress(progress: Progress, rate: number | undefined): string {
  const { phase, files, totalFiles, bytes, totalBytes } = progress;
  const parts = [
    `${formatNumber(files)}${totalFiles > 0 ? ` of ${formatNumber(totalFiles)}` : ''} ${UNITS[phase] ?? 'files'}`,
  ];
  if (bytes > 0 || totalBytes > 0)
    parts.push(formatBytes(bytes) + (totalBytes > 0 ? ` of ${formatBytes(totalBytes)}` : ''));
  if (rate !== undefined && rate > 0) {
    parts.push(`${formatBytes(Math.round(rate))}/s`);
    if (totalBytes > bytes) parts.push(`${formatDuration(Math.max((totalBytes - bytes) / rate, 1))} left`);
  }
  return `${PHASES[phase]}: ${parts.join(', ')}`;
}

/** Bytes say more than files about how long it takes; both totals may be unknown (0). */
function share({ files, totalFiles, bytes, totalBytes }: Progress): { value: number; total: number } {
  return totalBytes > 0
    ? { value: Math.min(bytes, totalBytes), total: totalBytes }
    : { value: Math.min(files, totalFiles), total: totalFiles };
}
