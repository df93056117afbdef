// Owns what a hover over a reference says, as Markdown: picture, facts, state and the last versions with their links.
import * as l10n from '@vscode/l10n';
import { formatAgo, formatBytes } from '../../core/protocol/amounts.ts';
import { durationText } from '../../core/formats/tracks.ts';
import type { Thumbnail } from '../../core/protocol/files.ts';
import type { ChangeState } from '../../core/protocol/repositories.ts';
import { language } from '../texts.ts';
import type { ShownVersion } from './versions.ts';

export interface AssetFacts {
  /** Absolute. */
  file: string;
  /** Its `file:` URI. */
  uri: string;
  /** In the repository. */
  path: string;
  /** `PNG image`. */
  kind: string;
  /** Bytes; undefined where the file is not in the working tree. */
  size: number | undefined;
  /** Pixels. */
  width?: number;
  height?: number;
  /** Seconds. */
  duration?: number;
  state: ChangeState | undefined;
  thumbnail?: Thumbnail;
  /** Why there is no picture. */
  problem?: string;
  /** Undefined: they are still being read. */
  versions: ShownVersion[] | undefined;
  /** Absolute path of a path in the repository. */
  absolute: (path: string) => string;
}

/** The editor cuts a hover at 100,000 characters, and a picture that is cut shows as text. */
const MAX_PICTURE = 64_000;
/** The editor shows 250 pixels of a hover before it scrolls: picture, facts and three versions fit. */
const PICTURE_PIXELS = 96;
const MAX_MESSAGE = 72;

/** Asked for each time: the language is known only once an editor is there. */
const STATES: Record<ChangeState, () => string> = {
  added: () => l10n.t('new, staged'),
  modified: () => l10n.t('modified since the last commit'),
  deleted: () => l10n.t('deleted'),
  renamed: () => l10n.t('renamed'),
  untracked: () => l10n.t('not tracked yet'),
  conflicted: () => l10n.t('in conflict'),
};

/** Commands that a hover may run; the client trusts no others. */
export type HoverCommand =
  'forge.openVersion' | 'forge.compareVersions' | 'forge.restoreVersion' | 'forge.showHistory';

export function hoverText(facts: AssetFacts, now: number): string {
  const name = facts.path.slice(facts.path.lastIndexOf('/') + 1);
  const size = facts.size === undefined ? l10n.t('not in the working tree') : written(facts.size);
  const pixels =
    facts.width !== undefined && facts.height !== undefined ? [`${facts.width} × ${facts.height}`] : [];
  const time = facts.duration === undefined ? [] : [durationText(facts.duration)];
  const links = [
    `[${l10n.t('Open')}](${facts.uri})`,
    commandLink(l10n.t('History'), 'forge.showHistory', { file: facts.file }),
  ];
  const state = facts.state ? STATES[facts.state]() : l10n.t('as committed');
  const lines = [
    ...picture(facts.thumbnail, name),
    // Two blanks at the end of a line break it within the paragraph.
    `**${escape(name)}** — ${[facts.kind, ...pixels, ...time, size].join(', ')}  \n${[escape(facts.path), state, ...links].join(' · ')}`,
    ...(facts.problem === undefined
      ? []
      : [`_${escape(l10n.t('No picture is shown: {0}', facts.problem))}_`]),
    ...versionLines(facts, now),
  ];
  return lines.join('\n\n');
}

function written(bytes: number): string {
  return formatBytes(bytes, language());
}

function picture(thumbnail: Thumbnail | undefined, name: string): string[] {
  if (!thumbnail || thumbnail.base64.length > MAX_PICTURE) return [];
  const { mime, base64, width, height } = thumbnail;
  const scale = Math.min(1, PICTURE_PIXELS / Math.max(width, height, 1));
  // Where the size is not known, the height alone bounds it.
  const box =
    width > 0 && height > 0
      ? `width="${Math.max(1, Math.round(width * scale))}" height="${Math.max(1, Math.round(height * scale))}"`
      : `height="${PICTURE_PIXELS}"`;
  return [
    `<img src="data:${mime};base64,${base64}" alt="${escapeHtml(l10n.t('Preview of {0}', name))}" ${box}>`,
  ];
}

function versionLines({ versions, absolute }: AssetFacts, now: number): string[] {
  if (!versions) return [`_${l10n.t('Its versions are still being read; hover again in a moment.')}_`];
  if (versions.length === 0) return [];
  const rows = versions.map(({ commit, path, author, time, message, size, addedBytes }) => {
    const version = { file: absolute(path), revision: commit };
    const facts = [
      escape(author),
      formatAgo(Date.parse(time), now, language()),
      ...(size === undefined ? [] : [written(size)]),
      ...(addedBytes === undefined ? [] : [`+${written(addedBytes)}`]),
    ];
    const links = [
      commandLink(l10n.t('Open'), 'forge.openVersion', version),
      commandLink(l10n.t('Compare'), 'forge.compareVersions', version),
      commandLink(l10n.t('Restore'), 'forge.restoreVersion', version),
    ];
    return `- ${escape(shorten(message))} — ${facts.join(', ')} · ${links.join(' · ')}`;
  });
  return [rows.join('\n')];
}

function commandLink(label: string, command: HoverCommand, argument: object): string {
  // encodeURIComponent leaves parentheses, which would end the link.
  const query = encodeURIComponent(JSON.stringify([argument])).replace(
    /[()]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return `[${label}](command:${command}?${query})`;
}

function shorten(message: string): string {
  const [line] = message.split('\n', 1);
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE - 1)}…` : line || l10n.t('(no message)');
}

/** Text that is no Markdown and no HTML, whatever is in it: messages and names are written by others. */
function escape(text: string): string {
  // Markup first: the entities of HTML hold signs that would be taken for it.
  return escapeHtml(text.replace(/[\\`*_{}[\]()#+\-.!|~:$@]/g, '\\$&'));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"'\r\n]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
