// Owns `.forge/config.json`: the repository's format number, where its Git directory is, and its settings.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import { writeDurably } from './durableFile.ts';

export const REPOSITORY_FORMAT = 1;

/** Every setting there is, with what it means; `forge config` refuses others. */
export const SETTINGS: Record<string, string> = {
  'user.name': 'Name that commits carry',
  'user.email': 'E-mail address that commits carry',
  'asset.threshold': 'Files above this many bytes are assets even when they are text (1048576)',
  'gc.retention': 'Days for which `forge gc` keeps what operations need to be undone (90)',
  'names.allowCollisions': 'true: allow names that differ only by case or Unicode form',
};

interface Document {
  format: number;
  git: string;
  settings: Record<string, string>;
}

export class Settings {
  private readonly path: string;
  private document: Document;

  private constructor(path: string, document: Document) {
    this.path = path;
    this.document = document;
  }

  /** `git` is the Git directory relative to the `.forge` folder. */
  static async create(forgeFolder: string, git: string): Promise<Settings> {
    const settings = new Settings(join(forgeFolder, 'config.json'), {
      format: REPOSITORY_FORMAT,
      git,
      settings: {},
    });
    await settings.save();
    return settings;
  }

  /** @throws ForgeError FORMAT_TOO_NEW, CORRUPT, UNREADABLE */
  static async load(forgeFolder: string): Promise<Settings> {
    const path = join(forgeFolder, 'config.json');
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      throw fromSystemError(error, path, 'reading');
    }
    let document: Document;
    try {
      document = JSON.parse(text) as Document;
    } catch (error) {
      throw new ForgeError(
        'CORRUPT',
        `${path} is not valid JSON`,
        'Mend it by hand: it holds format, git and settings.',
        { path, cause: error },
      );
    }
    if (document.format > REPOSITORY_FORMAT) {
      throw new ForgeError(
        'FORMAT_TOO_NEW',
        `${path} has repository format ${document.format}; this Forge knows up to ${REPOSITORY_FORMAT}`,
        'Install a newer Forge. Nothing was changed.',
        { path },
      );
    }
    if (typeof document.git !== 'string' || !Number.isInteger(document.format)) {
      throw new ForgeError(
        'CORRUPT',
        `${path} lacks its format or Git directory`,
        'Mend it by hand: {"format":1,"git":"git","settings":{}}.',
        { path },
      );
    }
    return new Settings(path, { ...document, settings: document.settings ?? {} });
  }

  get git(): string {
    return this.document.git;
  }

  get(key: string): string | undefined {
    return this.document.settings[key];
  }

  list(): Record<string, string> {
    return { ...this.document.settings };
  }

  /** Takes over what another process set meanwhile. @throws ForgeError as `load` does */
  async refresh(): Promise<void> {
    const { document } = await Settings.load(dirname(this.path));
    this.document = document;
  }

  /** @throws ForgeError USAGE for a key or value that means nothing to Forge */
  async set(key: string, value: string): Promise<void> {
    checkSetting(key, value);
    await this.change((settings) => ({ ...settings, [key]: value }));
  }

  async unset(key: string): Promise<void> {
    await this.change(({ [key]: removed, ...rest }) => {
      if (removed === undefined)
        throw new ForgeError(
          'NOT_FOUND',
          `${key} is not set`,
          'List what is set with `forge config --list`.',
        );
      return rest;
    });
  }

  /** Starts from what is on disk: another process may have changed another setting. */
  private async change(edit: (settings: Record<string, string>) => Record<string, string>): Promise<void> {
    await this.refresh();
    this.document = { ...this.document, settings: edit(this.document.settings) };
    await this.save();
  }

  private async save(): Promise<void> {
    await writeDurably(this.path, `${JSON.stringify(this.document, null, 2)}\n`);
  }
}

export function checkSetting(key: string, value: string): void {
  if (!(key in SETTINGS)) {
    const known = Object.keys(SETTINGS).join(', ');
    throw new ForgeError('USAGE', `${key} is not a setting`, `Known settings: ${known}.`);
  }
  if (key === 'asset.threshold' && !/^[0-9]{1,15}$/.test(value)) {
    throw new ForgeError(
      'USAGE',
      `asset.threshold must be a number of bytes, not "${value}"`,
      'For example 1048576.',
    );
  }
  if (key === 'gc.retention' && !/^[0-9]{1,5}$/.test(value)) {
    throw new ForgeError('USAGE', `gc.retention must be a number of days, not "${value}"`, 'For example 90.');
  }
  if (key === 'names.allowCollisions' && value !== 'true' && value !== 'false') {
    throw new ForgeError(
      'USAGE',
      `names.allowCollisions is true or false, not "${value}"`,
      'Give one of the two.',
    );
  }
}
