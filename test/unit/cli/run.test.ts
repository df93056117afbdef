// Tests how `forge` takes its arguments, what it prints and how it ends, with a repository made of answers.
import assert from 'node:assert/strict';
import { run } from '../../../cli/run.ts';
import { ForgeError } from '../../../core/errors.ts';
import type { LogEntry } from '../../../core/repo/types.ts';
import { fakeHost, type FakeHost } from '../../support/fakeHost.ts';

const clean = { branch: 'main', commit: 'c'.repeat(40), changes: [], problems: [] };

function errorOf(host: FakeHost): { code: string; message: string; remedy: string } {
  const document = JSON.parse(host.out.text) as { error: { code: string; message: string; remedy: string } };
  assert.deepEqual(Object.keys(document), ['error']);
  assert.deepEqual(Object.keys(document.error), ['code', 'message', 'remedy']);
  return document.error;
}

describe('cli/run', () => {
  describe('usage', () => {
    const wrong: [string, RegExp][] = [
      ['status --nonsense', /unknown option '--nonsense'/],
      ['frobnicate', /unknown command 'frobnicate'/],
      ['comit', /Did you mean commit\?/],
      ['commit', /required option '-m, --message <text>'/],
      ['commit -m', /argument missing/],
      ['add', /missing required argument 'path'/],
      ['undo now', /too many arguments/],
      ['log -n 0', /Give a number from 1 on/],
      ['log -n five', /Give a number from 1 on/],
      ['completion tcsh', /Allowed choices are bash, zsh, fish/],
      ['op frobnicate', /unknown command/],
      ['branch -d', /Name the branch to delete/],
      ['branch -m old', /Name the branch to rename/],
      ['tag -m text', /Name the tag/],
      ['switch', /Name a branch or commit/],
      ['diff a b c', /c is a third revision/],
      ['-C', /argument missing/],
    ];
    for (const [line, message] of wrong) {
      it(`refuses \`forge ${line}\` with exit code 2`, async () => {
        const host = fakeHost();
        assert.equal(await run(line.split(' '), host), 2);
        assert.match(host.err.text, message);
        assert.match(host.err.text, /--help|Usage|List|Give/);
        assert.equal(host.out.text, '');
        assert.equal(host.closed, host.opened);
      });

      it(`refuses \`forge ${line} --json\` with one JSON document`, async () => {
        const host = fakeHost();
        assert.equal(
          await run([...line.split(' '), ...(line.endsWith('-m') || line === '-C' ? [] : ['--json'])], host),
          2,
        );
        if (line.endsWith('-m') || line === '-C') return;
        const error = errorOf(host);
        assert.equal(error.code, 'USAGE');
        assert.match(error.message, message);
        assert.equal(host.err.text, '');
      });
    }
  });

  describe('help', () => {
    it('lists every command', async () => {
      const host = fakeHost();
      assert.equal(await run(['--help'], host), 0);
      for (const name of 'init clone status add commit log show diff restore switch branch tag undo op verify gc stats config version completion lsp'.split(
        ' ',
      ))
        assert.match(host.out.text, new RegExp(`^  ${name}\\b`, 'm'));
    });

    it('shows it when nothing is asked', async () => {
      const host = fakeHost();
      assert.equal(await run([], host), 0);
      assert.match(host.out.text, /^Usage: forge/);
    });

    for (const line of [
      'init',
      'clone',
      'status',
      'add',
      'commit',
      'log',
      'show',
      'diff',
      'restore',
      'switch',
      'branch',
      'tag',
      'undo',
      'op log',
      'op show',
      'op restore',
      'verify',
      'gc',
      'stats',
      'config',
      'version',
      'completion',
      'lsp',
    ]) {
      it(`has examples for \`forge ${line}\``, async () => {
        const host = fakeHost();
        assert.equal(await run([...line.split(' '), '--help'], host), 0);
        assert.match(host.out.text, /Examples:\n {2}(forge|eval)/);
        assert.match(host.out.text, /--json/);
        assert.equal(host.opened, 0);
      });
    }
  });

  describe('errors', () => {
    const failing = (error: Error) => fakeHost({ status: () => Promise.reject(error) });

    it('prints message and remedy, and closes the repository', async () => {
      const host = failing(new ForgeError('CORRUPT', 'x is broken', 'Mend x.'));
      assert.equal(await run(['status'], host), 1);
      assert.equal(host.err.text, 'forge: x is broken\nMend x.\n');
      assert.equal(host.out.text, '');
      assert.equal(host.closed, 1);
    });

    it('gives programs the same as one document on standard output', async () => {
      const host = failing(new ForgeError('CORRUPT', 'x is broken', 'Mend x.'));
      assert.equal(await run(['status', '--json'], host), 1);
      assert.deepEqual(errorOf(host), { code: 'CORRUPT', message: 'x is broken', remedy: 'Mend x.' });
      assert.equal(host.err.text, '');
    });

    it('ends with 130 when stopped', async () => {
      assert.equal(await run(['status'], failing(new ForgeError('ABORTED', 'Stopped', 'Again.'))), 130);
      assert.equal(await run(['status'], failing(new DOMException('stop', 'AbortError'))), 130);
    });

    it('explains errors of the system', async () => {
      const host = failing(
        Object.assign(new Error('EACCES'), { code: 'EACCES', errno: -13, path: '/x', syscall: 'open' }),
      );
      assert.equal(await run(['status'], host), 1);
      assert.match(host.err.text, /No permission while open \/x/);
    });

    it('says of anything else that it is a mistake in Forge', async () => {
      const host = failing(new TypeError('undefined is not a function'));
      assert.equal(await run(['status', '--json'], host), 1);
      assert.equal(errorOf(host).code, 'INTERNAL');
    });

    it('lets no control character through to the terminal', async () => {
      const host = failing(new ForgeError('NOT_FOUND', 'a\u001b]0;evil\u0007b is missing', 'Look.'));
      await run(['status'], host);
      assert.ok(host.err.text.includes('a\\x1b]0;evil\\x07b'));
    });
  });

  describe('common options', () => {
    it('takes them before and after the command', async () => {
      for (const args of [
        ['--json', 'status'],
        ['status', '--json'],
      ]) {
        const host = fakeHost({ status: () => Promise.resolve(clean) });
        assert.equal(await run(args, host), 0);
        assert.deepEqual(JSON.parse(host.out.text), clean);
      }
    });

    it('opens the folder of -C, and paths are relative to it', async () => {
      const seen: string[][] = [];
      const host = fakeHost({
        status: ({ paths }) => {
          seen.push(paths ?? []);
          return Promise.resolve(clean);
        },
      });
      const open = host.open.bind(host);
      const folders: string[] = [];
      host.open = (folder, options) => {
        folders.push(folder);
        return open(folder, options);
      };
      host.cwd = '/';
      assert.equal(await run(['-C', 'project/maps', 'status', 'a', '..'], host), 0);
      assert.deepEqual(folders, ['/project/maps']);
      assert.deepEqual(seen, [['maps/a', '']]);
    });

    it('hands --no-wait on, and says whom it waits for', async () => {
      const host = fakeHost({ status: () => Promise.resolve(clean) });
      const open = host.open.bind(host);
      const waits: boolean[] = [];
      host.open = (folder, options) => {
        waits.push(options.wait);
        options.onWait('forge commit (process 7)');
        return open(folder, options);
      };
      await run(['status'], host);
      await run(['status', '--no-wait', '-q'], host);
      assert.deepEqual(waits, [true, false]);
      assert.equal(host.err.text, 'Waiting for forge commit (process 7)\n');
    });

    it('refuses paths outside the repository', async () => {
      const host = fakeHost();
      assert.equal(await run(['add', '../x', '--json'], host), 1);
      assert.equal(errorOf(host).code, 'PATH_ESCAPE');
    });
  });

  describe('commit', () => {
    const result = {
      commit: '1a2b3c4d5e'.padEnd(40, '0'),
      branch: 'main',
      files: 3,
      assets: 2,
      logicalBytes: 20_000_000,
      newBytes: 12_100_000,
      storedBytes: 40_000,
      seconds: 0.31,
      plane: 'native',
    };
    const host = () => fakeHost({ commit: () => Promise.resolve(result) });

    it('tells what it cost in one line', async () => {
      const fake = host();
      assert.equal(await run(['commit', '-m', 'Light the cave\n\nAll of it.'], fake), 0);
      assert.equal(
        fake.out.text,
        '[main 1a2b3c4d5e] Light the cave\n3 files, 2 assets, 12.1 MB changed, 40 KB stored, 0.3 s\n',
      );
    });

    it('gives programs exactly what the contract names', async () => {
      const fake = host();
      await run(['commit', '-q', '-m', 'x', '--json'], fake);
      assert.deepEqual(JSON.parse(fake.out.text), result);
    });

    it('says nothing with -q', async () => {
      const fake = host();
      assert.equal(await run(['commit', '-q', '-m', 'x'], fake), 0);
      assert.equal(fake.out.text + fake.err.text, '');
    });

    it('joins several -m as paragraphs', async () => {
      const messages: string[] = [];
      const fake = fakeHost({
        commit: ({ message }) => {
          messages.push(message);
          return Promise.resolve(result);
        },
      });
      await run(['commit', '-m', 'One', '-m', 'Two'], fake);
      assert.deepEqual(messages, ['One\n\nTwo']);
    });
  });

  describe('log', () => {
    const entries: LogEntry[] = [1, 2, 3].map((i) => ({
      commit: String(i).repeat(40),
      parents: [],
      author: { name: 'Mira', email: 'mira@example.com' },
      time: '2026-11-22T12:33:05+01:00',
      message: `Change ${i}\n\nMore.`,
    }));
    let given: number;
    // eslint-disable-next-line @typescript-eslint/require-await
    async function* log(): AsyncGenerator<LogEntry> {
      for (const entry of entries) {
        given += 1;
        yield entry;
      }
    }
    beforeEach(() => (given = 0));

    it('reads like Git’s', async () => {
      const host = fakeHost({ log });
      assert.equal(await run(['log'], host), 0);
      assert.ok(
        host.out.text.startsWith(
          `commit ${'1'.repeat(40)}\nAuthor: Mira <mira@example.com>\nDate:   2026-11-22 12:33:05 +0100\n\n    Change 1\n\n    More.\n\n`,
        ),
      );
    });

    it('is one document for programs', async () => {
      const host = fakeHost({ log });
      await run(['log', '--json'], host);
      assert.deepEqual(JSON.parse(host.out.text), entries);
    });

    it('stops reading when nobody reads any more', async () => {
      const host = fakeHost({ log });
      host.stdout.closed = true;
      assert.equal(await run(['log', '--oneline'], host), 0);
      assert.equal(given, 1);
    });
  });

  it('ends with 1 when verify finds damage, after saying what', async () => {
    const damaged = {
      ok: false,
      files: 2,
      bytes: 10,
      problems: [
        {
          kind: 'chunk',
          message: 'does not verify',
          id: 'ab'.repeat(32),
          files: [{ path: 'x', commit: 'c'.repeat(40) }],
          repaired: false,
        },
      ],
    };
    const host = fakeHost({ verify: () => Promise.resolve(damaged) });
    assert.equal(await run(['verify', '--full'], host), 1);
    assert.equal(
      host.out.text,
      'broken chunk ababababab: does not verify\n  x in cccccccccc\ndamaged: 1 problem in 2 versions of files, 10 B\n',
    );
  });

  it('prints the bytes of a file', async () => {
    const asked: string[][] = [];
    const host = fakeHost({
      async *readFile(revision, path) {
        asked.push([revision, path]);
        yield Buffer.from([0, 1]);
        yield await Promise.resolve(Buffer.from([255]));
      },
    });
    assert.equal(await run(['show', 'v1.0:maps/a.umap'], host), 0);
    assert.equal(host.out.text, '\u0000\u0001\u00ff');
    await run(['show', ':./a.umap', '--json'], host);
    assert.deepEqual(asked, [
      ['v1.0', 'maps/a.umap'],
      ['HEAD', 'a.umap'],
    ]);
  });

  it('tells its version in every way it is asked', async () => {
    for (const args of [['version'], ['--version'], ['-V']]) {
      const host = fakeHost();
      assert.equal(await run(args, host), 0);
      assert.equal(host.out.text, 'forge 1.2.3 (portable data plane, Node 24.0.0, linux-x64)\n');
    }
  });

  it('reads and changes settings', async () => {
    const host = fakeHost();
    assert.equal(await run(['config', '--global', 'user.name', 'Mira'], host), 0);
    assert.equal(await run(['config', '--global', 'user.name'], host), 0);
    assert.equal(host.out.text, 'Mira\n');
    assert.equal(await run(['config', '--global', '--unset', 'user.name'], host), 0);
    assert.equal(await run(['config', '--global', 'user.name'], host), 1);
    assert.match(host.err.text, /user.name is not set/);
    assert.equal(host.opened, 0);
  });
});
