// Tests that the built language server tells what others do to a repository, without being asked.
import assert from 'node:assert/strict';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Change,
  openFoldersRequest,
  repositoryChanged,
  type RepositoryUpdate,
} from '../../core/protocol/repositories.ts';
import { stageRequest } from '../../core/protocol/sourceControl.ts';
import { nextChanges } from '../../extension/model/nextChanges.ts';
import { FORGE, Sandbox } from '../support/forgeCommand.ts';
import { Client } from '../support/serverClient.ts';

const SERVER = path.join(path.dirname(FORGE), 'dist/server.cjs');

describe('watching of the language server', () => {
  let box: Sandbox;
  let client: Client;
  let sequence = 0;
  let known: readonly Change[] = [];

  const nextUpdate = async (): Promise<RepositoryUpdate> => {
    const update = await client.notification<RepositoryUpdate>(repositoryChanged.method);
    known = nextChanges(known, update);
    assert.equal(known.length, update.total);
    return update;
  };

  /** Waits until the updates come to just these changes, as `state path`. */
  const until = async (...wanted: string[]): Promise<RepositoryUpdate> => {
    for (;;) {
      const update = await nextUpdate();
      assert.equal(update.sequence, ++sequence);
      const found = known.map(({ state, path: name, staged }) => `${staged ? '+' : ''}${state} ${name}`);
      if (!update.failure && found.join() === wanted.join()) return update;
    }
  };

  beforeEach(async () => {
    sequence = 0;
    known = [];
    box = await Sandbox.withRepository();
    await writeFile(box.path('a.bin'), '\0one');
    box.forge('commit', '-q', '-m', 'x');
    client = new Client(process.execPath, [SERVER, '--stdio'], box);
    await client.request('initialize', { processId: null, rootUri: null, capabilities: {} });
    await client.ask(openFoldersRequest, { folders: [box.folder] });
    await until();
  });

  afterEach(() => client.process.kill());

  it('tells a saved file, a new folder, a moved one and one that is gone', async () => {
    await writeFile(box.path('a.bin'), '\0two');
    await until('modified a.bin');
    await mkdir(box.path('deep/er'), { recursive: true });
    await writeFile(box.path('deep/er/b.bin'), '\0b');
    await until('modified a.bin', 'untracked deep/er/b.bin');
    await writeFile(box.path('deep/er/b.bin'), '\0b, longer');
    await until('modified a.bin', 'untracked deep/er/b.bin');
    await rename(box.path('deep'), box.path('moved'));
    await until('modified a.bin', 'untracked moved/er/b.bin');
    // Told of what is inside a moved folder too.
    await writeFile(box.path('moved/er/b.bin'), '\0b');
    await until('modified a.bin', 'untracked moved/er/b.bin');
    await rm(box.path('moved'), { recursive: true });
    await until('modified a.bin');
  });

  it('sends of a large state only what became different', async () => {
    await mkdir(box.path('many'));
    for (let i = 0; i < 50; i++) await writeFile(box.path(`many/${100 + i}.txt`), `${i}\n`);
    let update: RepositoryUpdate;
    do {
      update = await nextUpdate();
      sequence = update.sequence;
    } while (update.total < 50);
    await writeFile(box.path('many/120.txt'), 'other\n');
    const { reset, touched, changes } = await nextUpdate();
    assert.deepEqual(
      { reset, touched, sizes: changes.map(({ size }) => size) },
      {
        reset: false,
        touched: ['many/120.txt'],
        sizes: [6],
      },
    );
  });

  it('tells what rules of ignoring do', async () => {
    await writeFile(box.path('b.log'), 'b');
    await until('untracked b.log');
    await writeFile(box.path('.forgeignore'), '*.log\n');
    await until('untracked .forgeignore');
  });

  it('tells what the command line did', async () => {
    await writeFile(box.path('a.bin'), '\0two');
    await until('modified a.bin');
    box.forge('add', 'a.bin');
    await until('+modified a.bin');
    box.forge('commit', '-q', '-m', 'y');
    const { head } = await until();
    box.forge('undo');
    assert.notEqual((await until('+modified a.bin')).head.commit, head.commit);
    box.forge('switch', '-c', 'other');
    assert.equal((await until('+modified a.bin')).head.branch, 'other');
  });

  it('tells an operation of its own once', async () => {
    await writeFile(box.path('a.bin'), '\0two');
    await until('modified a.bin');
    await client.ask(stageRequest, { root: box.folder, paths: ['a.bin'] });
    await until('+modified a.bin');
    await writeFile(box.path('b.bin'), '\0b');
    const next = await nextUpdate();
    assert.equal(next.total, 2, 'nothing came between the operation and the next change');
  });

  it('says that the folder vanished, and goes on when it is back', async () => {
    const away = `${box.folder}-away`;
    await rename(box.folder, away);
    let update: RepositoryUpdate;
    do {
      update = await nextUpdate();
      sequence = update.sequence;
    } while (!update.failure);
    assert.equal(update.failure.code, 'NOT_FOUND');
    await rename(away, box.folder);
    await until();
    await writeFile(box.path('a.bin'), '\0two');
    await until('modified a.bin');
  });

  it('opens what an editor without requests of Forge names, and what it adds later', async () => {
    const other = new Client(FORGE, ['lsp'], box);
    try {
      const uri = (folder: string): string => pathToFileURL(folder).href;
      await other.request('initialize', { processId: null, rootUri: uri(box.folder), capabilities: {} });
      other.notify('initialized', {});
      const first = await other.notification<RepositoryUpdate>(repositoryChanged.method);
      assert.equal(first.root, box.folder);
      const second = await Sandbox.withRepository();
      const event = { added: [{ uri: uri(second.folder), name: 'second' }], removed: [] };
      other.notify('workspace/didChangeWorkspaceFolders', { event });
      const { root } = await other.notification<RepositoryUpdate>(repositoryChanged.method);
      assert.equal(root, second.folder);
    } finally {
      // The launcher would leave the server behind.
      await other.request('shutdown', undefined);
      other.notify('exit');
    }
  });
});
