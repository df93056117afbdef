// Owns the translations of what the webviews say: the page itself has no way to them.
import * as vscode from 'vscode';

/** By their English text. */
export function viewerStrings(): Record<string, string> {
  return {
    'Side by side': vscode.l10n.t('Side by side'),
    Swipe: vscode.l10n.t('Swipe'),
    'Onion skin': vscode.l10n.t('Onion skin'),
    Difference: vscode.l10n.t('Difference'),
    'Compare modes': vscode.l10n.t('Compare modes'),
    Fit: vscode.l10n.t('Fit'),
    'Actual size': vscode.l10n.t('Actual size'),
    'Zoom in': vscode.l10n.t('Zoom in'),
    'Zoom out': vscode.l10n.t('Zoom out'),
    Channels: vscode.l10n.t('Channels'),
    'All channels': vscode.l10n.t('All channels'),
    Red: vscode.l10n.t('Red'),
    Green: vscode.l10n.t('Green'),
    Blue: vscode.l10n.t('Blue'),
    Alpha: vscode.l10n.t('Alpha'),
    'Without alpha': vscode.l10n.t('Without alpha'),
    Position: vscode.l10n.t('Position'),
    '{0} of {1} pixels differ ({2} %)': vscode.l10n.t('{0} of {1} pixels differ ({2} %)'),
    'The pictures are equal': vscode.l10n.t('The pictures are equal'),
    'The sizes differ; both start at the top left': vscode.l10n.t(
      'The sizes differ; both start at the top left',
    ),
    'The picture cannot be decoded: {0}': vscode.l10n.t('The picture cannot be decoded: {0}'),
    'It has {0} × {1} pixels, which is more than can be shown': vscode.l10n.t(
      'It has {0} × {1} pixels, which is more than can be shown',
    ),
    'Bytes of {0}': vscode.l10n.t('Bytes of {0}'),
    'Offset, or 0x…': vscode.l10n.t('Offset, or 0x…'),
    'Go to offset': vscode.l10n.t('Go to offset'),
    'Changed ranges: {0}': vscode.l10n.t('Changed ranges: {0}'),
    'Previous change (p)': vscode.l10n.t('Previous change (p)'),
    'Next change (n)': vscode.l10n.t('Next change (n)'),
    'There are no bytes to show.': vscode.l10n.t('There are no bytes to show.'),
    '{0}, changed': vscode.l10n.t('{0}, changed'),
  };
}
