// Owns the form in which the extension host's suite tells its results.

export interface HostResult {
  /** With the titles of the blocks around it. */
  title: string;
  state: 'passed' | 'failed' | 'skipped';
  message?: string;
  stack?: string;
}
