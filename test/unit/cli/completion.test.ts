// Tests the completion scripts; bash's is run by bash itself.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../../cli/run.ts';
import { fakeHost } from '../../support/fakeHost.ts';
import { tempFolder } from '../../support/tempFolder.ts';

async function script(shell: string): Promise<string> {
  const host = fakeHost();
  assert.equal(await run(['completion', shell], host), 0);
  return host.out.text;
}

describe('cli/completion', () => {
  describe('bash', () => {
    let source: string;
    let bin: string;
    before(async () => {
      source = await script('bash');
      bin = await tempFolder();
      await mkdir(path.join(bin, 'bin'));
      const fake = '#!/bin/sh\nprintf "* main  123 one\\n  night  456 two\\n"\n';
      await writeFile(path.join(bin, 'bin/forge'), fake, { mode: 0o755 });
    });

    /** What bash would offer for a command line that ends in the word being typed. */
    function complete(...typed: string[]): string[] {
      const list = typed.map((word) => `'${word}'`).join(' ');
      const line = `${source}\nCOMP_WORDS=(forge ${list}); COMP_CWORD=${typed.length}; _forge; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const done = spawnSync('bash', ['-c', line], {
        encoding: 'utf8',
        env: { ...process.env, PATH: `${path.join(bin, 'bin')}:${process.env.PATH}` },
      });
      assert.equal(done.stderr, '');
      return done.stdout.split('\n').filter((word) => word !== '');
    }

    it('offers commands', () => {
      assert.deepEqual(complete('st'), ['status', 'stats']);
      assert.deepEqual(complete('-C', 'folder', 'ver'), ['verify', 'version']);
    });

    it('offers the options of a command', () => {
      assert.deepEqual(complete('restore', '--s'), ['--staged']);
      assert.deepEqual(complete('commit', '--me'), ['--message']);
      assert.ok(complete('log', '--j').includes('--json'));
    });

    it('offers subcommands and branches', () => {
      assert.deepEqual(complete('op', 're'), ['restore']);
      assert.deepEqual(complete('switch', 'n'), ['night']);
    });
  });

  it('names every command and option for zsh and fish', async () => {
    const [zsh, fish] = [await script('zsh'), await script('fish')];
    assert.match(zsh, /^#compdef forge/);
    for (const name of ['init', 'restore', 'completion']) {
      assert.match(zsh, new RegExp(`^ {4}${name}\\) `, 'm'));
      assert.match(fish, new RegExp(`__fish_use_subcommand -a ${name} -d '`));
    }
    assert.match(zsh, /op\).*compadd -- log show restore/);
    assert.match(fish, /__fish_seen_subcommand_from restore' -l staged -d '/);
    assert.match(fish, /__fish_seen_subcommand_from commit' -s m -l message -d '/);
  });

  /** The path of a file that holds the script, or undefined where the shell is not installed. */
  async function scriptFile(shell: string): Promise<string | undefined> {
    if (spawnSync(shell, ['-c', 'true']).status !== 0) return undefined;
    const file = path.join(await tempFolder(), `forge.${shell}`);
    await writeFile(file, await script(shell));
    return file;
  }

  it('is zsh that parses, where zsh is installed', async function () {
    const file = await scriptFile('zsh');
    if (file === undefined) return this.skip();
    const checked = spawnSync('zsh', ['-n', file], { encoding: 'utf8' });
    assert.deepEqual([checked.status, checked.stderr], [0, '']);
  });

  it('completes in fish, where fish is installed', async function () {
    const file = await scriptFile('fish');
    if (file === undefined) return this.skip();
    const complete = (line: string) => {
      const asked = spawnSync('fish', ['-c', `source ${file}; complete -C '${line}'`], { encoding: 'utf8' });
      return asked.stdout.split('\n').flatMap((answer) => (answer === '' ? [] : [answer.split('\t')[0]]));
    };
    assert.deepEqual(complete('forge st').sort(), ['stats', 'status']);
    assert.ok(complete('forge restore --s').includes('--staged'));
    assert.ok(complete('forge op re').includes('restore'));
  });
});
