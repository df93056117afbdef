// Owns the language in which the server speaks: the translations and the locale that the editor names, else English.
import { readFile } from 'node:fs/promises';
import * as l10n from '@vscode/l10n';

/** Translations by their English text, as VS Code's `l10n.bundle` holds them. */
export type Bundle = Record<string, string>;

let locale = 'en';

/** The language that numbers and times are written in, as BCP 47. */
export function language(): string {
  return locale;
}

/**
 * Speaks another language from now on. Where the editor hands over no `bundle`, the one in `folder` for the language is taken:
 * `bundle.l10n.de.json`. A language that there is none for leaves the texts English.
 */
export async function speak(
  name: string | undefined,
  bundle: Bundle | undefined,
  folder: string,
): Promise<void> {
  locale = known(name);
  l10n.config({ contents: bundle ?? (await readBundle(locale, folder)) });
}

async function readBundle(name: string, folder: string): Promise<Bundle> {
  // A region without texts of its own has those of its language: `de-CH` speaks `de`.
  for (const one of new Set([name.toLowerCase(), name.toLowerCase().split('-')[0]])) {
    try {
      return JSON.parse(await readFile(`${folder}/bundle.l10n.${one}.json`, 'utf8')) as Bundle;
    } catch {
      // Another language, or none.
    }
  }
  return {};
}

/** What no language goes by would make every number fail. */
function known(name: string | undefined): string {
  try {
    return Intl.getCanonicalLocales(name ?? 'en')[0] ?? 'en';
  } catch {
    return 'en';
  }
}
