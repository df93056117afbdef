// Owns saying what core says of media files in the editor's language. The texts are those of extension/viewer/reasonStrings.ts.
import * as l10n from '@vscode/l10n';
import type { Reason } from '../core/formats/reason.ts';

const { t: translate } = l10n;

/** In English where nobody has translated it. */
export function said({ text, values }: Reason): string {
  return translate(text, ...values);
}

/** What core refuses with, or what was said already. */
export function saidRefusal({ reason, why }: { reason: string; why?: Reason }): string {
  return why ? said(why) : reason;
}
