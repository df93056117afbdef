// Owns `npm run l10n`: writes the bundle of English texts anew from the code, and says what each language lacks.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectTexts } from './collectTexts.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): Record<string, string> =>
  JSON.parse(readFileSync(path.join(root, name), 'utf8')) as Record<string, string>;

const { texts, ofWebviews, handedToWebviews, unreadable } = collectTexts(root);
const problems = unreadable.map((place) => `${place}: the text is not written out in the call`);
for (const text of ofWebviews)
  if (!handedToWebviews.has(text)) problems.push(`extension/viewer/viewerStrings.ts lacks: ${text}`);
const english = Object.fromEntries([...texts].sort().map((text) => [text, text]));
writeFileSync(path.join(root, 'l10n/bundle.l10n.json'), `${JSON.stringify(english, undefined, 2)}\n`);
console.log(`l10n/bundle.l10n.json  ${texts.size} texts`);
for (const name of globSync('l10n/bundle.l10n.*.json', { cwd: root })) compare(name, Object.keys(english));
for (const name of globSync('package.nls.*.json', { cwd: root }))
  compare(name, Object.keys(read('package.nls.json')));
for (const problem of problems) console.log(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function compare(name: string, wanted: string[]): void {
  const there = read(name);
  for (const text of wanted) if (!Object.hasOwn(there, text)) problems.push(`${name} lacks: ${text}`);
  for (const text of Object.keys(there))
    if (!wanted.includes(text)) problems.push(`${name} has, and nobody says: ${text}`);
}
