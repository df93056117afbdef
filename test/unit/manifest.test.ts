// Shows that the extension's manifest is whole: every text it names exists, and every command can be found and understood.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')) as T;

interface Manifest {
  icon: string;
  enabledApiProposals?: string[];
  contributes: {
    commands: { command: string; title: string; category?: string }[];
    menus: Record<string, { command: string; when?: string }[]>;
    keybindings: { command: string }[];
    customEditors: { selector: { filenamePattern: string }[] }[];
  };
}

describe('manifest of the extension', () => {
  const manifest = read<Manifest>('package.json');
  const texts = read<Record<string, string>>('package.nls.json');
  const used = new Set([...JSON.stringify(manifest).matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key));
  const { commands, menus, keybindings } = manifest.contributes;
  const known = new Set(commands.map(({ command }) => command));

  it('names no text that package.nls.json lacks', () => {
    assert.ok(used.size > 0);
    assert.deepEqual(
      [...used].filter((key) => !(key in texts)),
      [],
    );
  });

  it('uses every text of package.nls.json', () => {
    assert.deepEqual(
      Object.keys(texts).filter((key) => !used.has(key)),
      [],
    );
  });

  it('gives every command a title to translate and the category Forge', () => {
    for (const { command, title, category } of commands) {
      assert.match(title, /^%command\.\w+%$/, command);
      assert.equal(category, 'Forge', command);
    }
  });

  it('has no two commands of one name', () => {
    assert.equal(known.size, commands.length);
  });

  it('lets menus and keys run only commands that it has', () => {
    const run = [...Object.values(menus).flat(), ...keybindings].map(({ command }) => command);
    assert.deepEqual(
      run.filter((command) => !known.has(command)),
      [],
    );
  });

  it('has an icon of at least 128 pixels a side', () => {
    const bytes = readFileSync(new URL(`../../${manifest.icon}`, import.meta.url));
    assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
    assert.ok(bytes.readUInt32BE(16) >= 128);
    assert.equal(bytes.readUInt32BE(16), bytes.readUInt32BE(20));
  });

  it('opens the preview for every kind of texture and paint file that has a decoder', () => {
    const { filenamePattern } = manifest.contributes.customEditors[0].selector[0];
    const extensions = filenamePattern.slice('*.{'.length, -1).split(',');
    const wanted = ['tga', 'exr', 'hdr', 'dds', 'ktx2', 'psd', 'psb'];
    assert.deepEqual(
      wanted.filter((one) => !extensions.includes(one)),
      [],
    );
  });

  it('asks for no proposed API', () => {
    assert.equal(manifest.enabledApiProposals, undefined);
  });
});
