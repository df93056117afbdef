// Owns the language pack that lets a workbench speak another language where none can be fetched: it translates nothing of the editor itself.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes the list of packs that the server reads from its `data` folder, and the one pack in it. What the pack does not translate stays
 * English, and every extension is told of the language: its own texts are what it speaks then.
 */
export async function writeLanguagePack(data: string, language: string): Promise<void> {
  const translations = path.join(data, `${language}.i18n.json`);
  await writeFile(translations, JSON.stringify({ version: '1.0.0', contents: {} }));
  // Of the extension that would have brought it only the name is read; without one, the server lists no extension at all.
  const extensions = [{ extensionIdentifier: { id: `forge.pack-${language}` }, version: '1.0.0' }];
  const pack = { hash: language, label: language, extensions, translations: { vscode: translations } };
  await writeFile(path.join(data, 'languagepacks.json'), JSON.stringify({ [language]: pack }));
}
