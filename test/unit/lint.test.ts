// Tests that the lint rules hold the walls: an import in the wrong direction is an error, and so is core looking at the machine.
import assert from 'node:assert/strict';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Messages of the rules that guard imports, globals and exports, for text that pretends to be the file at `file`. */
async function problems(file: string, text: string): Promise<string[]> {
  const eslint = new ESLint({
    cwd: root,
    // The walls need no types, and a file that is only text has none.
    overrideConfig: [
      { files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked },
      { languageOptions: { parserOptions: { projectService: false } } },
    ],
    ruleFilter: ({ ruleId }) => /restricted|no-console/.test(ruleId),
  });
  const [result] = await eslint.lintText(text, { filePath: path.join(root, file) });
  assert.equal(result.fatalErrorCount, 0, JSON.stringify(result.messages));
  return result.messages.map(({ message }) => message);
}

const type = (specifier: string) => `import type { X } from '${specifier}';\nexport type Y = X;\n`;
const value = (specifier: string) => `import { x } from '${specifier}';\nexport const y = x;\n`;
const dynamic = (specifier: string) => `export const load = () => import('${specifier}');\n`;

const allowed: [string, string][] = [
  ['core/model/pointer.ts', value('node:zlib')],
  ['core/model/pointer.ts', value('./record.ts')],
  ['core/model/gitIndex.ts', type('../dataplane/dataPlane.ts')],
  ['core/dataplane/native.ts', value('../model/record.ts')],
  ['core/dataplane/portable/cut.ts', value('../../errors.ts')],
  ['core/dataplane/portable/blake3.ts', value('hash-wasm')],
  ['core/store/chunkStore.ts', value('../dataplane/recordTable.ts')],
  ['core/git/refs.ts', value('../model/gitIndex.ts')],
  ['core/git/refs.ts', type('../dataplane/dataPlane.ts')],
  ['core/worktree/scanner.ts', value('../git/gitObjects.ts')],
  ['core/repo/repository.ts', value('../worktree/scanner.ts')],
  ['core/protocol/requests.ts', type('../repo/types.ts')],
  ['cli/main.ts', value('../core/repo/repository.ts')],
  ['cli/main.ts', value('commander')],
  ['server/main.ts', value('vscode-languageserver/node')],
  ['extension/extension.ts', value('../core/protocol/requests.ts')],
  ['extension/extension.ts', value('vscode')],
  ['extension/webview/picture/decodeFile.ts', value('../../../core/formats/pictureCodec.ts')],
];

const refused: [string, string][] = [
  ['core/model/pointer.ts', value('../store/chunkStore.ts')],
  ['core/model/pointer.ts', value('../dataplane/dataPlane.ts')],
  ['core/model/pointer.ts', value('hash-wasm')],
  ['core/dataplane/native.ts', value('../store/chunkStore.ts')],
  ['core/dataplane/portable/cut.ts', type('../../repo/types.ts')],
  ['core/store/chunkStore.ts', value('../git/gitObjects.ts')],
  ['core/store/chunkStore.ts', dynamic('../repo/repository.ts')],
  ['core/git/refs.ts', value('../worktree/scanner.ts')],
  ['core/git/refs.ts', value('../dataplane/recordTable.ts')],
  ['core/worktree/scanner.ts', value('../repo/repository.ts')],
  ['core/repo/repository.ts', value('../../cli/run.ts')],
  ['core/repo/repository.ts', type('../../server/main.ts')],
  ['core/repo/repository.ts', dynamic('../../extension/extension.ts')],
  ['core/repo/repository.ts', value('vscode')],
  ['core/repo/repository.ts', value('vscode-languageserver/node')],
  ['core/repo/repository.ts', value('picocolors')],
  ['core/progress.ts', value('./repo/repository.ts')],
  ['core/protocol/requests.ts', value('../repo/repository.ts')],
  ['cli/main.ts', value('../server/main.ts')],
  ['cli/main.ts', value('vscode')],
  ['server/main.ts', value('../cli/run.ts')],
  ['server/main.ts', value('vscode')],
  ['extension/extension.ts', value('../core/repo/repository.ts')],
  ['extension/extension.ts', type('../core/repo/types.ts')],
  ['extension/extension.ts', dynamic('../server/main.ts')],
  ['core/repo/repository.ts', 'console.log(1);\n'],
  ['core/repo/repository.ts', 'export const home = process.env.HOME;\n'],
  ['core/repo/repository.ts', "import { env } from 'node:process';\nexport const home = env.HOME;\n"],
  ['core/repo/repository.ts', "import { homedir } from 'node:os';\nexport const home = homedir();\n"],
  ['core/repo/repository.ts', "import os from 'node:os';\nexport const home = os.homedir();\n"],
  ['cli/run.ts', 'export default 1;\n'],
  ['cli/run.ts', "export * from './main.ts';\n"],
  ['core/repo/repository.ts', "export { x } from './status.ts';\n"],
  ['extension/webview/picture/decodeFile.ts', value('../../../core/formats/describe.ts')],
  ['extension/webview/viewer.ts', value('../../core/formats/pictureCodec.ts')],
];

describe('lint', () => {
  for (const [file, text] of allowed) {
    it(`allows ${file}: ${text.split('\n', 1)[0]}`, async () =>
      assert.deepEqual(await problems(file, text), []));
  }
  for (const [file, text] of refused) {
    it(`refuses ${file}: ${text.split('\n', 1)[0]}`, async () =>
      assert.equal((await problems(file, text)).length, 1));
  }
});
