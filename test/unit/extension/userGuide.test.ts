// Shows that the user guide lists every command, setting and key of the extension, and no other.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const read = (name: string): string => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');

interface Manifest {
  contributes: {
    commands: { command: string; title: string }[];
    keybindings: { command: string; key: string; mac?: string }[];
    configuration: { properties: Record<string, { default: unknown }> };
  };
}

describe('docs/userGuide/editor.md', () => {
  const { contributes } = JSON.parse(read('package.json')) as Manifest;
  const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
  const guide = read('docs/userGuide/editor.md');
  const titleOf = (title: string): string => texts[title.replaceAll('%', '')] ?? title;

  /** Cells of the table below a heading, without its two head rows. */
  function table(heading: string): string[][] {
    const section = guide.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? '';
    const rows = section.split('\n').filter((line) => line.startsWith('| '));
    return rows.slice(2).map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  }

  it('lists every command', () => {
    const titles = contributes.commands.map(({ title }) => titleOf(title));
    assert.deepEqual(
      table('Commands')
        .map(([title]) => title)
        .sort(),
      titles.sort(),
    );
  });

  it('lists every setting with its default', () => {
    const settings = Object.entries(contributes.configuration.properties).map(([name, one]) => [
      `\`${name}\``,
      `\`${String(one.default)}\``,
    ]);
    const listed = table('Settings').map(([name, value]) => [name, value]);
    assert.deepEqual(listed.sort(), settings.sort());
  });

  it('lists every key', () => {
    const titles = new Map(contributes.commands.map(({ command, title }) => [command, titleOf(title)]));
    const rows = table('Keys');
    for (const { command, key, mac } of contributes.keybindings) {
      const keys = mac === undefined ? `\`${key}\`` : `\`${key}\` (macOS \`${mac}\`)`;
      assert.ok(
        rows.some(([cell, does]) => cell === keys && does === titles.get(command)),
        `${keys} ${command}`,
      );
    }
  });
});
