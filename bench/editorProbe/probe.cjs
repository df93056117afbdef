// Owns what `npm run bench -- editor` measures inside the extension host: how soon a hover is answered, as an extension sees it.
const { writeFileSync } = require('node:fs');
const vscode = require('vscode');

const REPEATED = 10;

exports.activate = ({ subscriptions }) => {
  subscriptions.push(vscode.commands.registerCommand('forgeBench.hover', measure));
};

/** Hovers over the first asset of the active document, then again; leaves milliseconds in the file that the benchmark names. */
async function measure() {
  const { document } = vscode.window.activeTextEditor;
  const at = document.positionAt(document.getText().indexOf('.bin'));
  const [first, text] = await hover(document.uri, at);
  const started = performance.now();
  for (let told = text; /still being read/.test(told);) [, told] = await hover(document.uri, at);
  const complete = first + performance.now() - started;
  const repeated = [];
  for (let i = 0; i < REPEATED; i++) repeated.push((await hover(document.uri, at))[0]);
  writeFileSync(process.env.FORGE_BENCH_PROBE, JSON.stringify({ first, complete, repeated, text }));
}

async function hover(uri, at) {
  const started = performance.now();
  const hovers = await vscode.commands.executeCommand('vscode.executeHoverProvider', uri, at);
  const milliseconds = performance.now() - started;
  return [milliseconds, hovers.flatMap(({ contents }) => contents.map(({ value }) => value)).join('\n')];
}
