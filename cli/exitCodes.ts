// Owns the exit codes of `forge`.

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** Stopped by Ctrl+C. */
  stopped: 130,
} as const;
