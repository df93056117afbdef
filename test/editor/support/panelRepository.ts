// Owns what most tests of the panel start from: one window on one repository, which is put back to its first commit before each of them.
import assert from 'node:assert/strict';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { OperationInfo, StatusResult } from '../../../core/repo/types.ts';
import { Sandbox } from '../../support/forgeCommand.ts';
import type { ServerOptions } from './editorServer.ts';
import { useWorkbench } from './useWorkbench.ts';
import type { Workbench } from './workbench.ts';

/** The texts of its commit, each with one line; there is an asset beside them. */
export const NAMES = ['plain.txt', 'with space.txt', 'Größe \'ñ\' "q".txt', '日本/語.txt'];
const FILES = new Map<string, string>([
  ...NAMES.map((name): [string, string] => [name, 'first line\n']),
  ['asset.bin', 'a\0'.repeat(5000)],
]);

export class PanelRepository {
  readonly box: Sandbox;
  private readonly start: string;

  private constructor(box: Sandbox, start: string) {
    this.box = box;
    this.start = start;
  }

  /** A repository with one commit, "Start". */
  static async make(): Promise<PanelRepository> {
    const box = await Sandbox.withRepository();
    await writeFiles(box);
    box.forge('commit', '-q', '-m', 'Start');
    const operations = box.json<OperationInfo[]>('op', 'log');
    return new PanelRepository(box, operations[0].id);
  }

  /** Takes everything back that was done since: branches, commits, what is staged, and files. */
  async reset(): Promise<void> {
    const { box } = this;
    box.forge('op', 'restore', '-q', this.start);
    const known = new Set([...FILES.keys()].map((name) => name.split('/')[0]));
    for (const name of await readdir(box.folder)) {
      if (name !== '.forge' && !known.has(name)) await rm(box.path(name), { recursive: true });
    }
    await writeFiles(box);
    assert.deepEqual(this.status().changes, []);
  }

  path(...names: string[]): string {
    return this.box.path(...names);
  }

  status(): StatusResult {
    return this.box.json<StatusResult>('status');
  }

  /** Messages of the commits of this branch, newest first. */
  messages(): string[] {
    return this.box.git('log', '--format=%s').trim().split('\n');
  }
}

async function writeFiles(box: Sandbox): Promise<void> {
  for (const [name, text] of FILES) {
    await mkdir(path.dirname(box.path(name)), { recursive: true });
    await writeFile(box.path(name), text);
  }
}

/** One window on one repository for all tests of a block; before each, both are as at the start. */
export function usePanel(options: ServerOptions = {}): { repository: PanelRepository; current: Workbench } {
  const used = {} as { repository: PanelRepository; current: Workbench };
  const workbench = useWorkbench(async () => {
    used.repository = await PanelRepository.make();
    return used.repository.box.folder;
  }, options);
  let fresh = true;
  beforeEach(async () => {
    const { current } = workbench;
    used.current = current;
    if (!fresh) {
      await used.repository.reset();
      await tidy(current);
    }
    await current.showPanel();
    await current.panelUntil(
      'the state of the start',
      (rows) => rows.join() === 'Source Control Input,Changes',
    );
    await current.statusBarItem('main').waitFor();
    fresh = false;
  });
  afterEach(async function () {
    // What a failed test left open would be in the way of the next one.
    if (this.currentTest?.state === 'failed') await workbench.current.reload();
  });
  return used;
}

/** Closes editors and messages, and empties the box of the panel. */
async function tidy(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  if (await page.locator('.editor-instance').count()) await workbench.runCommand('View: Close All Editors');
  if (await page.locator('.notification-toast').count())
    await workbench.runCommand('Notifications: Clear All Notifications');
  await workbench.showPanel();
  if ((await workbench.message()) !== '') await workbench.typeMessage('');
}
