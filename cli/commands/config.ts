// Owns `forge config`.
import type { Command } from 'commander';
import { ForgeError } from '../../core/errors.ts';
import { addExamples } from '../output/examples.ts';
import { printable } from '../output/printable.ts';
import type { Runner } from '../run.ts';
import type { Session } from '../session.ts';

interface Options {
  global?: boolean;
  unset?: boolean;
  list?: boolean;
}

export function defineConfig(command: Command, runner: Runner): void {
  command
    .summary('read and change settings')
    .description('read and change settings of this repository, or with --global of this user')
    .argument('[key]', 'for example user.name')
    .argument('[value]', 'the new value')
    .option('--global', 'the user’s settings, which every repository falls back on')
    .option('--unset', 'remove the setting')
    .option('--list', 'list what is set')
    .action((key: string | undefined, value: string | undefined, options: Options) =>
      runner.run(async (session) => {
        const settings = await openSettings(session, options.global === true);
        if (options.list || key === undefined) return list(session, settings);
        if (options.unset) {
          await settings.unset(key);
          return session.done({ key, value: null }, () => []);
        }
        if (value !== undefined) {
          await settings.set(key, value);
          return session.done({ key, value }, () => []);
        }
        await print(session, settings, key);
      }),
    );
  addExamples(command, [
    ['forge config user.name "Mira Noor"', 'who commits here are by'],
    ['forge config --global user.email mira@example.com', 'in every repository'],
    ['forge config user.name', 'print a setting'],
    ['forge config --list', 'all that is set'],
  ]);
}

interface SettingsView {
  list(): Record<string, string> | Promise<Record<string, string>>;
  set(key: string, value: string): Promise<void>;
  unset(key: string): Promise<void>;
}

async function openSettings(session: Session, global: boolean): Promise<SettingsView> {
  if (global) return session.host.globalSettings();
  const repository = await session.open();
  return {
    list: () => repository.listConfig(),
    set: (key, value) => repository.setConfig(key, value),
    unset: (key) => repository.unsetConfig(key),
  };
}

async function list(session: Session, settings: SettingsView): Promise<void> {
  const all = await settings.list();
  await session.show(all, () => Object.entries(all).map(([key, value]) => `${key}=${printable(value)}`));
}

async function print(session: Session, settings: SettingsView, key: string): Promise<void> {
  const value = (await settings.list())[key];
  if (value === undefined) {
    throw new ForgeError('NOT_FOUND', `${key} is not set`, `Set it with: forge config ${key} VALUE`);
  }
  await session.show({ key, value }, () => [printable(value)]);
}
