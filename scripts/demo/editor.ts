// Owns the demo in the editor: the demo's repository, with work that is not committed yet, in a real workbench on loopback.
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { EditorServer, projectRoot } from '../../test/editor/support/editorServer.ts';
import { makeProject } from './madeProject.ts';
import { Stage } from './stage.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });

const home = await mkdtemp(path.join(await realpath(os.tmpdir()), 'forge-demo-'));
let server: EditorServer | undefined;
const stopped = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});
try {
  const folder = path.join(home, 'Höhle');
  await mkdir(folder);
  await makeRepository(folder);
  server = await EditorServer.start({
    port: Number(values.port),
    settings: { 'workbench.startupEditor': 'none' },
  });
  console.log(`\nOpen this address in a browser of this machine:\n\n  ${server.urlOf(folder)}\n`);
  console.log('Ctrl+C ends the demo and removes its files.');
  await stopped;
} catch (error) {
  console.error(`demo: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await server?.close();
  await rm(home, { recursive: true, force: true });
}

/** Commits all rounds of the demo's story but the last, whose edits wait in the panel. */
async function makeRepository(folder: string): Promise<void> {
  const stage = new Stage(projectRoot, folder, (line) => console.log(line), process.stdout.isTTY);
  stage.say('Making a small game project');
  const { rounds } = await makeProject(folder);
  stage.forge(['init']);
  stage.forge(['config', 'user.name', 'Demo']);
  stage.forge(['config', 'user.email', 'demo@example.org']);
  stage.forge(['commit', '-m', 'Import everything']);
  for (const [i, { message, edits }] of rounds.entries()) {
    for (const edit of edits) await edit.apply();
    if (i < rounds.length - 1) stage.forge(['commit', '-m', message]);
  }
  stage.forge(['status']);
}
