// Shows that VS Code knows everything that package.json promises, once the extension is active.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';

interface Manifest {
  contributes: {
    commands: { command: string }[];
    configuration: { properties: Record<string, { default?: unknown }> };
    languages?: { id: string }[];
  };
}

export function contributions(): void {
  describe('the active extension', () => {
    const extension = vscode.extensions.getExtension('forge.forge');
    const { contributes } = (extension?.packageJSON ?? {}) as Manifest;

    before(async () => {
      assert.ok(extension, 'the extension is not installed');
      await extension.activate();
    });

    it('has every setting of its manifest, with its default', () => {
      for (const [name, { default: value }] of Object.entries(contributes.configuration.properties))
        assert.deepEqual(vscode.workspace.getConfiguration().get(name), value, name);
    });

    it('has registered every command of its manifest', async () => {
      const known = new Set(await vscode.commands.getCommands(true));
      const missing = contributes.commands.filter(({ command }) => !known.has(command));
      assert.deepEqual(missing, []);
    });

    it('has its languages', async () => {
      const languages = await vscode.languages.getLanguages();
      for (const { id } of contributes.languages ?? []) assert.ok(languages.includes(id), id);
    });

    it('runs in the extension host that has a Node with zstd', async () => {
      const { zstdCompressSync } = await import('node:zlib');
      assert.equal(typeof zstdCompressSync, 'function');
    });
  });
}
