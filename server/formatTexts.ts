// Owns the words for the facts of formats: core tells them in English, people read them in their language.
import * as l10n from '@vscode/l10n';
import type { Reason } from '../core/formats/reason.ts';
import type { Description } from '../core/protocol/files.ts';
import { said } from './reasonTexts.ts';

/** Labels of `core/formats`, and names of formats that are words. */
const TEXTS: Record<string, () => string> = {
  Animation: () => l10n.t('Animation'),
  Asset: () => l10n.t('Asset'),
  Binary: () => l10n.t('Binary'),
  Bits: () => l10n.t('Bits'),
  'Bits per pixel': () => l10n.t('Bits per pixel'),
  Channels: () => l10n.t('Channels'),
  Class: () => l10n.t('Class'),
  Codec: () => l10n.t('Codec'),
  Colour: () => l10n.t('Colour'),
  'Colour profile': () => l10n.t('Colour profile'),
  Compression: () => l10n.t('Compression'),
  Dependencies: () => l10n.t('Dependencies'),
  'Depends on': () => l10n.t('Depends on'),
  Duration: () => l10n.t('Duration'),
  Encoding: () => l10n.t('Encoding'),
  Engine: () => l10n.t('Engine'),
  Exports: () => l10n.t('Exports'),
  Exposure: () => l10n.t('Exposure'),
  'Frame rate': () => l10n.t('Frame rate'),
  Imports: () => l10n.t('Imports'),
  Interlaced: () => l10n.t('Interlaced'),
  Layers: () => l10n.t('Layers'),
  Layout: () => l10n.t('Layout'),
  'Made by': () => l10n.t('Made by'),
  'Mip levels': () => l10n.t('Mip levels'),
  Names: () => l10n.t('Names'),
  Parts: () => l10n.t('Parts'),
  'Picture size': () => l10n.t('Picture size'),
  Pixels: () => l10n.t('Pixels'),
  Resolution: () => l10n.t('Resolution'),
  'Sample rate': () => l10n.t('Sample rate'),
  'Saved by Blender': () => l10n.t('Saved by Blender'),
  'Unreal map': () => l10n.t('Unreal map'),
  'Unreal package': () => l10n.t('Unreal package'),
  Version: () => l10n.t('Version'),
  Meshes: () => l10n.t('Meshes'),
  Materials: () => l10n.t('Materials'),
  Textures: () => l10n.t('Textures'),
  Animations: () => l10n.t('Animations'),
  Nodes: () => l10n.t('Nodes'),
  Images: () => l10n.t('Images'),
};

/** The same description, its labels and its problem in the editor's language; a label that is not known here stays as it is. */
export function translated({ why, ...description }: Description & { why?: Reason }): Description {
  const details = description.details.map(([label, value]): [string, string] => [say(label), value]);
  return { ...description, format: say(description.format), details, ...(why && { problem: said(why) }) };
}

function say(text: string): string {
  return Object.hasOwn(TEXTS, text) ? TEXTS[text]() : text;
}
