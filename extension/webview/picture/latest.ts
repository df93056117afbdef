// Owns doing something again that was asked for while it was being done, once for all that asked.

export class Latest {
  private readonly run: () => Promise<void>;
  private readonly failed: (error: unknown) => void;
  private isRunning = false;
  private isWanted = false;

  constructor(run: () => Promise<void>, failed: (error: unknown) => void) {
    this.run = run;
    this.failed = failed;
  }

  ask(): void {
    this.isWanted = true;
    if (!this.isRunning) void this.runAll();
  }

  private async runAll(): Promise<void> {
    this.isRunning = true;
    try {
      while (this.isWanted) {
        this.isWanted = false;
        await this.run();
      }
    } catch (error) {
      this.failed(error);
    } finally {
      this.isRunning = false;
    }
  }
}
