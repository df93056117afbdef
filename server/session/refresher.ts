// Owns when a state is looked at anew: soon after a burst of changes, one look at a time, and never while it would be told twice.

/** Changes that come within this time, in milliseconds, are one. */
const SETTLE_MS = 30;

export class Refresher {
  private readonly look: () => Promise<void>;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private closed = false;

  /** `look` never rejects. */
  constructor(look: () => Promise<void>) {
    this.look = look;
  }

  /** Something changed: looks soon. */
  soon(): void {
    if (this.closed) return;
    if (this.running) this.again = true;
    else this.timer ??= setTimeout(() => void this.now(), SETTLE_MS);
  }

  /** Looks; resolves once a look has ended that began after this call. */
  async now(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    // A look under way may have missed what the caller knows of.
    while (this.running) await this.running;
    if (this.closed) return;
    this.running = this.look();
    await this.running;
    this.running = undefined;
    if (!this.again) return;
    this.again = false;
    this.soon();
  }

  /** Ends it: nothing is looked at any more. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.running;
  }
}
