// Tests the built language server over its own protocol, as an editor starts it and as `forge lsp` does.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type FolderInfo,
  openFoldersRequest,
  repositoryChanged,
  type RepositoryUpdate,
} from '../../core/protocol/repositories.ts';
import { FORGE, Sandbox } from '../support/forgeCommand.ts';
import { Client } from '../support/serverClient.ts';

describe('language server', () => {
  const server = path.join(path.dirname(FORGE), 'dist/server.cjs');
  for (const [name, command, args] of [
    ['as an editor starts it', process.execPath, [server, '--stdio']],
    ['as `forge lsp`', FORGE, ['lsp']],
  ] as const) {
    it(`opens a repository and tells its state ${name}`, async () => {
      const box = await Sandbox.withRepository();
      await writeFile(box.path('a.bin'), 'a\0');
      box.forge('commit', '-q', '-m', 'x');
      await writeFile(box.path('b.bin'), 'b\0');
      const client = new Client(command, [...args], box);
      await client.request('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
      const folders = [box.folder, box.home];
      const infos = await client.request<FolderInfo[]>(openFoldersRequest.method, { folders });
      assert.deepEqual(infos, [{ folder: box.folder, root: box.folder }, { folder: box.home }]);
      const update = await client.notification<RepositoryUpdate>(repositoryChanged.method);
      assert.equal(update.head.branch, 'main');
      assert.deepEqual(
        update.changes.map(({ path, state }) => [path, state]),
        [['b.bin', 'untracked']],
      );
      assert.match(update.head.commit ?? '', /^[0-9a-f]{40}$/);
      await client.request('shutdown', undefined);
      const ended = once(client.process, 'exit');
      client.notify('exit');
      assert.deepEqual(await ended, [0, null]);
    });
  }

  it('opens the folder that another editor names, one that tells of settings too', async () => {
    const box = await Sandbox.withRepository();
    const client = new Client(process.execPath, [server, '--stdio'], box);
    try {
      const workspace = { configuration: true, didChangeConfiguration: { dynamicRegistration: true } };
      const rootUri = pathToFileURL(box.folder).href;
      await client.request('initialize', { processId: null, rootUri, capabilities: { workspace } });
      client.notify('initialized', {});
      const { root } = await client.notification<RepositoryUpdate>(repositoryChanged.method);
      assert.equal(root, box.folder);
    } finally {
      client.process.kill();
    }
  });
});
