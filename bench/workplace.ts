// Owns the folders and the environment in which the tools run: nothing of the user's own settings reaches them.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Tool } from './tools.ts';

export class Workplace {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;

  private constructor(home: string) {
    this.home = home;
    this.env = {
      PATH: process.env.PATH,
      LC_ALL: 'C.UTF-8',
      HOME: path.join(home, 'home'),
      XDG_CONFIG_HOME: path.join(home, 'home/.config'),
      XDG_CACHE_HOME: path.join(home, 'home/.cache'),
      GIT_CONFIG_NOSYSTEM: '1',
      RESTIC_PASSWORD: 'bench',
      BORG_BASE_DIR: path.join(home, 'home'),
      BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
      BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes',
    };
  }

  /** A new folder below `parent`, or below the temp folder. */
  static async create(parent: string = os.tmpdir()): Promise<Workplace> {
    const home = await mkdtemp(path.join(parent, 'forge-bench-'));
    await mkdir(path.join(home, 'home'));
    await writeFile(
      path.join(home, 'home/.gitconfig'),
      '[user]\nname = Bench\nemail = bench@example.org\n[init]\ndefaultBranch = main\n',
    );
    return new Workplace(home);
  }

  /** The environment of one tool. */
  envOf(tool: Tool): NodeJS.ProcessEnv {
    return { ...this.env, ...tool.env };
  }

  /** An empty folder for a tool's files; `../repository` does not exist. */
  async fresh(): Promise<string> {
    await this.clear();
    const files = path.join(this.home, 'work/files');
    await mkdir(files, { recursive: true });
    return files;
  }

  /** Removes what the last tool left, its caches included. */
  async clear(): Promise<void> {
    for (const name of ['work', 'home/.cache']) {
      await rm(path.join(this.home, name), { recursive: true, force: true });
    }
  }

  async remove(): Promise<void> {
    await rm(this.home, { recursive: true, force: true });
  }
}
