// Owns running stock Git in tests, apart from the settings of the machine it runs on.
import { execFileSync, spawnSync } from 'node:child_process';

/** Whether a `git` is on the path; tests that compare with it skip themselves otherwise. */
export const gitIsHere = spawnSync('git', ['--version']).status === 0;

/** Settings from nowhere but the repository itself. */
export const GIT_ENVIRONMENT = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
};

/** Runs `git` in `folder` and returns what it prints. `accept` lists the exit codes that are fine besides 0. */
export function git(
  folder: string,
  args: string[],
  options: { input?: string | Buffer; accept?: number[] } = {},
): string {
  try {
    return execFileSync('git', args, {
      cwd: folder,
      env: GIT_ENVIRONMENT,
      input: options.input ?? '',
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 256 * 1024 * 1024,
      encoding: 'utf8',
    });
  } catch (error) {
    const { status, stdout } = error as { status: number | null; stdout: string };
    if (status !== null && options.accept?.includes(status)) return stdout;
    throw error;
  }
}
