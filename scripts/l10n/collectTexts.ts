// Owns which texts the editor's code has to be translated: read from the calls of `l10n.t` and of the webviews' `translate`.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

export interface CollectedTexts {
  /** English texts of the extension and the server. */
  texts: Set<string>;
  /** English texts that the webviews ask for. */
  ofWebviews: Set<string>;
  /** Keys of viewerStrings.ts and of what it takes in: what the webviews are handed. */
  handedToWebviews: Set<string>;
  /** Calls whose text is not written out, so that nobody could translate it: `file:line`. */
  unreadable: string[];
}

const STRINGS_OF_VIEWERS = /^extension.viewer.\w+Strings\.ts$/;

export function collectTexts(root: string): CollectedTexts {
  const found: CollectedTexts = {
    texts: new Set(),
    ofWebviews: new Set(),
    handedToWebviews: new Set(),
    unreadable: [],
  };
  for (const name of globSync('{extension,server}/**/*.ts', { cwd: root })) {
    const text = readFileSync(path.join(root, name), 'utf8');
    const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    const isWebview = name.startsWith(path.join('extension', 'webview'));
    const isHanding = STRINGS_OF_VIEWERS.test(name);
    visit(source, (node) => {
      if (isHanding && ts.isPropertyAssignment(node)) found.handedToWebviews.add(keyOf(node));
      if (!ts.isCallExpression(node)) return;
      if (isWebview && /(^|\.)translate$/.test(node.expression.getText()))
        for (const one of literals(node.arguments[0]) ?? []) found.ofWebviews.add(one);
      if (isWebview || !/(^|\.)l10n\.t$/.test(node.expression.getText())) return;
      const said = literals(node.arguments[0]);
      for (const one of said ?? []) found.texts.add(one);
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      if (!said) found.unreadable.push(`${name}:${line + 1}`);
    });
  }
  return found;
}

/** The texts that an argument may be; undefined where it is computed. */
function literals(node: ts.Expression | undefined): string[] | undefined {
  if (!node) return undefined;
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isParenthesizedExpression(node)) return literals(node.expression);
  if (ts.isConditionalExpression(node)) {
    const [yes, no] = [literals(node.whenTrue), literals(node.whenFalse)];
    return yes && no && [...yes, ...no];
  }
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  const message = node.properties.find(
    (one) => ts.isPropertyAssignment(one) && one.name.getText() === 'message',
  );
  return message && literals((message as ts.PropertyAssignment).initializer);
}

function keyOf({ name }: ts.PropertyAssignment): string {
  return ts.isStringLiteralLike(name) ? name.text : name.getText();
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

/** `{0}`, `{1}` of a text, sorted. */
export function placeholders(text: string): string[] {
  return [...new Set(text.match(/\{\d+\}/g) ?? [])].sort();
}
