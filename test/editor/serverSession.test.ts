// Tests that the state which a session keeps by what the watcher tells is what a look at everything finds, after any steps.
import assert from 'node:assert/strict';
import { link, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import type { Change, RepositoryUpdate } from '../../core/protocol/repositories.ts';
import { Repository } from '../../core/repo/repository.ts';
import { nextChanges } from '../../extension/model/nextChanges.ts';
import { RepositorySession } from '../../server/session/repositorySession.ts';
import { makeRepository, testDeps } from '../support/repositories.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { anyStep, takeStep } from '../support/treeSteps.ts';

const LONGEST_WAIT_MS = 15_000;

describe('the state that a session keeps', () => {
  let repository: Repository;
  let session: RepositorySession;
  let known: readonly Change[];
  let updates: RepositoryUpdate[];
  let warnings: string[];
  let elsewhere: string;

  beforeEach(async () => {
    known = [];
    updates = [];
    warnings = [];
    const made = await makeRepository();
    for (const path of ['a.bin', 'b.bin', 'c.txt']) await writeFile(join(made.root, path), `\0${path}`);
    elsewhere = await tempFolder();
    await link(join(made.root, 'b.bin'), join(elsewhere, 'b.bin'));
    await made.commit({ message: 'all', paths: [] });
    // Another process, as far as the session can tell.
    repository = made;
    const events = {
      warning: (message: string) => void warnings.push(message),
      updated: (update: RepositoryUpdate) => {
        updates.push(update);
        known = nextChanges(known, update);
      },
      activity: () => undefined,
    };
    const times = { again: 0, after: 600_000, askedAfter: 0 };
    session = new RepositorySession(await Repository.open(made.root, testDeps()), events, times);
    await session.watch();
  });
  afterEach(async () => {
    await session.close();
    await repository.close();
  });

  /** Waits until the session has told what a look at everything finds. */
  async function settled(after: string): Promise<void> {
    const end = performance.now() + LONGEST_WAIT_MS;
    for (;;) {
      const { changes } = await repository.status({});
      try {
        assert.deepEqual(known, changes, after);
        return;
      } catch (error) {
        if (performance.now() > end) throw error;
        await setTimeout(20);
      }
    }
  }

  it('follows a save by a small look and a small update', async () => {
    const looks = session.wholeLooks;
    await writeFile(join(session.root, 'a.bin'), '\0other');
    await settled('a save');
    assert.equal(session.wholeLooks, looks, 'the rest was not looked at');
    assert.deepEqual(
      updates.at(-1)?.changes.map(({ path }) => path),
      ['a.bin'],
    );
    await writeFile(join(session.root, 'b.bin'), '\0other');
    await settled('another save');
    assert.equal(session.wholeLooks, looks);
  });

  it('follows any steps, one after another', async function () {
    this.timeout(300_000);
    const steps = fc.sample(anyStep, {
      numRuns: 60,
      seed: Number(process.env.FORGE_TEST_SEED ?? Date.now()),
    });
    for (const [at, step] of steps.entries()) {
      takeStep(session.root, step);
      await settled(`step ${at} of ${JSON.stringify(steps.slice(0, at + 1))}`);
    }
    await session.check();
    await setTimeout(2_500);
    assert.deepEqual(warnings, [], `after ${JSON.stringify(steps)}`);
  });

  it('follows many steps at a time', async function () {
    this.timeout(300_000);
    const steps = fc.sample(anyStep, {
      numRuns: 400,
      seed: Number(process.env.FORGE_TEST_SEED ?? Date.now()),
    });
    for (let at = 0; at < steps.length; at += 40) {
      for (const step of steps.slice(at, at + 40)) takeStep(session.root, step);
      await settled(`steps before ${at + 40} of ${JSON.stringify(steps)}`);
    }
  });

  it('follows what another process commits and stages', async () => {
    await writeFile(join(session.root, 'a.bin'), '\0other');
    await settled('a save');
    await repository.add(['a.bin'], {});
    await settled('staging');
    await repository.commit({ message: 'two', paths: [] });
    await settled('a commit');
    await writeFile(join(session.root, 'a.bin'), '\0third');
    await settled('a save after it');
  });

  it('follows what it does itself by small looks', async () => {
    const { signal } = new AbortController();
    await writeFile(join(session.root, 'a.bin'), '\0other');
    await settled('a save');
    const looks = session.wholeLooks;
    const nothing = (): string[] => [];
    await session.change('stage', signal, (own) => own.add(['a.bin'], {}), nothing);
    assert.deepEqual(
      known.map(({ path, staged }) => [path, staged]),
      [['a.bin', true]],
    );
    assert.deepEqual(await session.largeFiles(true, 1), [{ path: 'a.bin', size: 6 }]);
    assert.deepEqual(await session.largeFiles(true, 6), []);
    await session.change('commit', signal, (own) => own.commit({ message: 'two', paths: [] }), nothing);
    assert.deepEqual(known, []);
    const moved = ({ restored, removed }: { restored: string[]; removed: string[] }): string[] => [
      ...restored,
      ...removed,
    ];
    await session.change('undo', signal, (own) => own.undo({}), moved);
    assert.deepEqual(
      known.map(({ path, staged }) => [path, staged]),
      [['a.bin', true]],
    );
    await session.change('unstage', signal, (own) => own.unstage(['a.bin'], {}), nothing);
    await session.change('discard', signal, (own) => own.discard(['a.bin'], {}), moved);
    assert.deepEqual(known, []);
    assert.equal(session.wholeLooks, looks, 'the rest was not looked at');
    await assert.rejects(
      session.change('stage', signal, (own) => own.add(['none'], {}), nothing),
      { code: 'NOT_FOUND' },
    );
    assert.equal(session.wholeLooks, looks + 1, 'what failed may have left anything');
  });

  it('warns of a path that was not told of, and tells its state', async () => {
    await writeFile(join(session.root, 'a.bin'), '\0other');
    await settled('a save');
    // By its name in another folder, of which the watcher of this one hears nothing.
    await writeFile(join(elsewhere, 'b.bin'), '\0other');
    await session.check();
    await settled('a check');
    await setTimeout(2_500);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /b\.bin/);
  });
});
