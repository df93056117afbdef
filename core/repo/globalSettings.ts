// Owns a user's own settings, which every repository falls back on: a flat JSON object in one file.
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import { writeDurably } from './durableFile.ts';
import { readGlobalSettings } from './identity.ts';
import { checkSetting } from './settings.ts';

export class GlobalSettings {
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws ForgeError CORRUPT when the file is no JSON */
  list(): Promise<Record<string, string>> {
    return readGlobalSettings(this.path);
  }

  /** @throws ForgeError USAGE for a key or value that means nothing to Forge */
  async set(key: string, value: string): Promise<void> {
    checkSetting(key, value);
    await this.write({ ...(await this.list()), [key]: value });
  }

  /** @throws ForgeError NOT_FOUND */
  async unset(key: string): Promise<void> {
    const { [key]: removed, ...rest } = await this.list();
    if (removed === undefined)
      throw new ForgeError(
        'NOT_FOUND',
        `${key} is not set`,
        'List what is set with `forge config --global --list`.',
      );
    await this.write(rest);
  }

  private async write(settings: Record<string, string>): Promise<void> {
    try {
      await mkdir(dirname(this.path), { recursive: true });
    } catch (error) {
      throw fromSystemError(error, dirname(this.path), 'creating the folder');
    }
    await writeDurably(this.path, `${JSON.stringify(settings, null, 2)}\n`);
  }
}
