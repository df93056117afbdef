// Tests the language features over the built server: hover, links, completion, missing assets and their fixes.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type CodeAction,
  type CompletionList,
  createProtocolConnection,
  type Diagnostic,
  type DocumentLink,
  type Hover,
  type MarkupContent,
  type ProtocolConnection,
} from 'vscode-languageserver-protocol/node';
import { openFoldersRequest, refreshRequest } from '../../core/protocol/repositories.ts';
import { FORGE, Sandbox } from '../support/forgeCommand.ts';

/** One pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const SOURCE =
  'auto a = TEXT("/Game/Props/Rock.Rock_C");\nauto b = "/Game/Props/Gone";\nauto c = "/Game/";\n';

describe('language features of the server', () => {
  let box: Sandbox;
  let child: ChildProcess;
  let server: ProtocolConnection;
  let waiting:
    { name: string; wanted: (count: number) => boolean; done: (told: Diagnostic[]) => void } | undefined;

  const uri = (...names: string[]): string => pathToFileURL(box.path(...names)).href;
  const at = (text: string, part: string): { line: number; character: number } => {
    const before = text.slice(0, text.indexOf(part) + part.length).split('\n');
    return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  };
  /** What is said of a document next, where that is what is wanted. */
  const told = (name: string, wanted: (count: number) => boolean = () => true): Promise<Diagnostic[]> =>
    new Promise((done) => (waiting = { name, wanted, done }));
  const open = (name: string, text: string): Promise<Diagnostic[]> => {
    const answer = told(name);
    const textDocument = { uri: uri(name), languageId: 'x', version: 1, text };
    void server.sendNotification('textDocument/didOpen', { textDocument });
    return answer;
  };
  const hover = async (name: string, text: string, part: string): Promise<string | undefined> => {
    const params = { textDocument: { uri: uri(name) }, position: at(text, part) };
    const answer = await server.sendRequest<Hover | null>('textDocument/hover', params);
    return answer === null ? undefined : (answer.contents as MarkupContent).value;
  };

  before(async () => {
    box = await Sandbox.withRepository();
    await mkdir(box.path('Content/Props'), { recursive: true });
    await mkdir(box.path('Source'));
    await writeFile(box.path('Forest.uproject'), '{}');
    await writeFile(box.path('Content/Props/Rock.uasset'), Buffer.alloc(70_000, 'rock\0'));
    await writeFile(box.path('Content/Props/Stone.uasset'), Buffer.alloc(50_000, 'stone\0'));
    await writeFile(box.path('icon.png'), PNG);
    await writeFile(box.path('Source/a.cpp'), SOURCE);
    box.forge('commit', '-q', '-m', 'Make the rock');
    await writeFile(box.path('Content/Props/Rock.uasset'), Buffer.alloc(90_000, 'rocky\0'));
    box.forge('commit', '-q', '-m', 'Make it *larger*');
    await writeFile(box.path('Content/Props/Rock.uasset'), Buffer.alloc(95_000, 'rocky!\0'));
    child = spawn(process.execPath, [path.join(path.dirname(FORGE), 'dist/server.cjs'), '--stdio'], {
      env: box.environment,
    });
    assert.ok(child.stdout && child.stdin);
    server = createProtocolConnection(child.stdout, child.stdin);
    server.onNotification(
      'textDocument/publishDiagnostics',
      (params: { uri: string; diagnostics: Diagnostic[] }) => {
        if (!waiting || params.uri !== uri(waiting.name)) return;
        if (waiting.wanted(params.diagnostics.length)) waiting.done(params.diagnostics);
      },
    );
    server.listen();
    await server.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
    await server.sendNotification('initialized', {});
    await server.sendRequest(openFoldersRequest.method, { folders: [box.folder] });
    await server.sendRequest(refreshRequest.method, { root: box.folder });
  });

  after(async () => {
    await server.sendRequest('shutdown');
    const ended = once(child, 'exit');
    await server.sendNotification('exit');
    await ended;
    server.dispose();
  });

  it('tells of the asset under the cursor, its state and its versions', async () => {
    await open('Source/a.cpp', SOURCE);
    let text;
    // The first answer does not wait for the history.
    do text = await hover('Source/a.cpp', SOURCE, '/Game/Props');
    while (text?.includes('still being read'));
    assert.match(text ?? '', /\*\*Rock\\\.uasset\*\* — Unreal package, 95 KB/);
    assert.match(text ?? '', /modified since the last commit/);
    assert.match(text ?? '', /- Make it \\\*larger\\\* — Mira, [^\n]*, 90 KB, \+[^\n]*forge\.restoreVersion/);
    assert.match(text ?? '', /- Make the rock — Mira, [^\n]*, 70 KB/);
    assert.equal(await hover('Source/a.cpp', SOURCE, 'auto'), undefined);
  });

  it('shows a picture with its dimensions', async () => {
    const text = '![icon](./icon.png)\n';
    assert.deepEqual(await open('notes.md', text), []);
    const shown = await hover('notes.md', text, './icon');
    assert.ok(shown?.includes(`<img src="data:image/png;base64,${PNG.toString('base64')}"`), shown);
    assert.match(shown ?? '', /PNG, 1 × 1/);
  });

  it('says why there is no picture where one is expected', async () => {
    await writeFile(box.path('cut.png'), PNG.subarray(0, -16));
    await writeFile(box.path('empty.tga'), '');
    await writeFile(box.path('sound.wav'), PNG);
    const text = '[a](./cut.png) [b](./empty.tga) [c](./sound.wav)\n';
    await open('broken.md', text);
    for (const name of ['./cut', './empty']) {
      let shown;
      // The first answer does not wait for the decoder.
      do shown = await hover('broken.md', text, name);
      while (!shown?.includes('No picture is shown'));
      assert.doesNotMatch(shown, /<img/);
    }
    assert.doesNotMatch((await hover('broken.md', text, './sound')) ?? '', /No picture/);
  });

  it('links to what there is', async () => {
    const links = await server.sendRequest<DocumentLink[]>('textDocument/documentLink', {
      textDocument: { uri: uri('Source/a.cpp') },
    });
    assert.deepEqual(
      links.map(({ target, tooltip }) => [target, tooltip]),
      [[uri('Content/Props/Rock.uasset'), 'Content/Props/Rock.uasset']],
    );
  });

  it('completes paths folder by folder', async () => {
    const { items } = await server.sendRequest<CompletionList>('textDocument/completion', {
      textDocument: { uri: uri('Source/a.cpp') },
      position: at(SOURCE, 'c = "/Game/'),
    });
    assert.deepEqual(
      items.map(({ label, detail }) => [label, detail]),
      [['Props', 'Folder']],
    );
  });

  it('says which assets are missing, and where they went', async () => {
    await writeFile(box.path('Content/Props/Gone.uasset'), Buffer.alloc(60_000, 'gone\0'));
    box.forge('commit', '-q', '-m', 'Add what goes');
    await mkdir(box.path('Content/Old'));
    await rename(box.path('Content/Props/Gone.uasset'), box.path('Content/Old/Kept.uasset'));
    box.forge('commit', '-q', '-m', 'Move it');
    await server.sendRequest(refreshRequest.method, { root: box.folder });
    const text = `${SOURCE}x = "/Game/Props/Roc";\n`;
    const diagnostics = await open('Source/b.cpp', text);
    assert.deepEqual(
      diagnostics.map(({ message, range }) => [message, range.start.line]),
      [
        ['There is no asset Content/Props/Gone.uasset.', 1],
        ['There is no asset Content/Props/Roc.uasset.', 3],
      ],
    );
    const fixes = [];
    for (const diagnostic of diagnostics) {
      const actions = await server.sendRequest<CodeAction[]>('textDocument/codeAction', {
        textDocument: { uri: uri('Source/b.cpp') },
        range: diagnostic.range,
        context: { diagnostics: [diagnostic] },
      });
      fixes.push(actions.map(({ title }) => title));
    }
    assert.deepEqual(fixes, [['It was moved: change to /Game/Old/Kept'], ['Change to /Game/Props/Rock']]);
  });

  it('takes back what it said when the asset appears', async () => {
    const diagnostics = await open('Source/c.cpp', 'x = "/Game/New/Tree";\n');
    assert.equal(diagnostics.length, 1);
    const again = told('Source/c.cpp', (count) => count === 0);
    await mkdir(box.path('Content/New'));
    await writeFile(box.path('Content/New/Tree.uasset'), 'tree\0');
    await server.sendRequest(refreshRequest.method, { root: box.folder });
    assert.deepEqual(await again, []);
  });

  it('says nothing in documents outside of repositories', async () => {
    const outside = pathToFileURL(path.join(box.home, 'a.cpp')).href;
    const textDocument = { uri: outside, languageId: 'x', version: 1, text: SOURCE };
    await server.sendNotification('textDocument/didOpen', { textDocument });
    const params = { textDocument: { uri: outside }, position: at(SOURCE, '/Game/Props') };
    assert.equal(await server.sendRequest('textDocument/hover', params), null);
    assert.deepEqual(await server.sendRequest('textDocument/documentLink', params), []);
  });
});
