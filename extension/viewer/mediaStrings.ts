// Owns the translations of what the viewers of sounds and videos say.
import * as vscode from 'vscode';

/** By their English text. */
export function mediaStrings(): Record<string, string> {
  return {
    Player: vscode.l10n.t('Player'),
    Play: vscode.l10n.t('Play'),
    Pause: vscode.l10n.t('Pause'),
    'Play position': vscode.l10n.t('Play position'),
    'What is heard': vscode.l10n.t('What is heard'),
    'Hear older': vscode.l10n.t('Hear older'),
    'Hear newer': vscode.l10n.t('Hear newer'),
    'Hear difference': vscode.l10n.t('Hear difference'),
    'First difference': vscode.l10n.t('First difference'),
    'Decoding…': vscode.l10n.t('Decoding…'),
    'Difference: newer minus older': vscode.l10n.t('Difference: newer minus older'),
    'Peak: {0} dBFS': vscode.l10n.t('Peak: {0} dBFS'),
    'Peak: {0} dBFS, stretched to the full height': vscode.l10n.t(
      'Peak: {0} dBFS, stretched to the full height',
    ),
    'Loudness (RMS): {0} dBFS': vscode.l10n.t('Loudness (RMS): {0} dBFS'),
    'Drawn at {0} Hz': vscode.l10n.t('Drawn at {0} Hz'),
    'The sounds are equal': vscode.l10n.t('The sounds are equal'),
    '{0} of {1} samples differ, from {2} on': vscode.l10n.t('{0} of {1} samples differ, from {2} on'),
    'The sample rates differ: no difference is shown': vscode.l10n.t(
      'The sample rates differ: no difference is shown',
    ),
    'The numbers of channels differ: no difference is shown': vscode.l10n.t(
      'The numbers of channels differ: no difference is shown',
    ),
    'There is no sound in it': vscode.l10n.t('There is no sound in it'),
    'The sound cannot be decoded: {0}': vscode.l10n.t('The sound cannot be decoded: {0}'),
    'The sound cannot be decoded; its codec is {0}: {1}': vscode.l10n.t(
      'The sound cannot be decoded; its codec is {0}: {1}',
    ),
    'Decoding took longer than {0} seconds': vscode.l10n.t('Decoding took longer than {0} seconds'),
    'It does not say how long it is, and is too large to be decoded for a waveform': vscode.l10n.t(
      'It does not say how long it is, and is too large to be decoded for a waveform',
    ),
    'It is too long for a waveform: at its rate, {0} minutes are shown': vscode.l10n.t(
      'It is too long for a waveform: at its rate, {0} minutes are shown',
    ),
    'The editor cannot play sound here: {0}': vscode.l10n.t('The editor cannot play sound here: {0}'),
    'Previous frame': vscode.l10n.t('Previous frame'),
    'Next frame': vscode.l10n.t('Next frame'),
    'Next difference': vscode.l10n.t('Next difference'),
    'Nothing differs from here on': vscode.l10n.t('Nothing differs from here on'),
    Speed: vscode.l10n.t('Speed'),
    Loop: vscode.l10n.t('Loop'),
    Mute: vscode.l10n.t('Mute'),
    'The video cannot be decoded: {0}': vscode.l10n.t('The video cannot be decoded: {0}'),
    'The video cannot be decoded; it is {0} ({1}): {2}': vscode.l10n.t(
      'The video cannot be decoded; it is {0} ({1}): {2}',
    ),
    'It does not say how long it is': vscode.l10n.t('It does not say how long it is'),
    'Its sound cannot be decoded; its codec is {0}': vscode.l10n.t(
      'Its sound cannot be decoded; its codec is {0}',
    ),
    'Pictures of more than {0} million pixels are not compared': vscode.l10n.t(
      'Pictures of more than {0} million pixels are not compared',
    ),
    'The editor cannot play this here: {0}': vscode.l10n.t('The editor cannot play this here: {0}'),
    'The file cannot be read: {0}': vscode.l10n.t('The file cannot be read: {0}'),
  };
}
