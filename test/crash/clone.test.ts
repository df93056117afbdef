// A clone is killed, before changes it makes to the file system and at random moments: the source stays as it was, and at the target is a
// whole repository, or none, and then the same command makes one. FORGE_TEST_EVERY_STEP kills before every change, and at
// 100 random moments.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ForgeError } from '../../core/errors.ts';
import type { CloneResult } from '../../core/sync/clone.ts';
import { assertWhole, clone, fingerprint, freshTarget, makeSource, type Source } from '../support/clones.ts';
import { planes } from '../support/planes.ts';

const HERE = import.meta.dirname;
const STRIDE = process.env.FORGE_TEST_EVERY_STEP ? 1 : 31;
const KILLS = process.env.FORGE_TEST_EVERY_STEP ? 100 : 4;
/** A clone that changes the file system more often than this has gone wrong. */
const MOST_STEPS = 2000;

interface Ended {
  isKilled: boolean;
  stdout: string;
}

/** Runs a clone in a process of its own; `kill` may end it. */
async function run(
  args: [source: string, target: string],
  environment: NodeJS.ProcessEnv,
  kill?: (child: ReturnType<typeof spawn>) => void,
): Promise<Ended> {
  const hook = pathToFileURL(join(HERE, 'killHook.ts')).href;
  const child = spawn(process.execPath, ['--import', hook, join(HERE, 'cloneChild.ts'), ...args], {
    env: { ...process.env, ...environment },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => {
    if (stdout === '') kill?.(child);
    stdout += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (...end) => resolve(end));
  });
  if (signal !== 'SIGKILL') assert.equal(code, 0, stderr);
  return { isKilled: signal === 'SIGKILL', stdout };
}

for (const { name: planeName, create } of planes) {
  describe(`a clone on the ${planeName} plane that is killed`, function () {
    this.timeout(process.env.FORGE_TEST_EVERY_STEP ? 3_600_000 : 300_000);
    const plane = create();
    let source: Source;
    let before: Map<string, string>;

    beforeEach(async () => {
      source = await makeSource(() => plane);
      // A sealed segment, which the next try can take over.
      await source.repository.collectGarbage({ retention: 0 });
      await source.repository.close();
      const store = join(source.root, '.forge/store');
      const [packed] = await readdir(store);
      await plane.sealSegment(join(store, packed));
      before = await fingerprint(source.root);
    });
    after(() => plane.close());

    /** What a kill left. Returns whether the clone was there, and what the next try made use of. */
    async function check(target: string, at: string): Promise<{ wasThere: boolean; resumedBytes: number }> {
      const isRepository = existsSync(join(target, '.forge'));
      let resumedBytes = 0;
      if (!isRepository) {
        try {
          ({ resumedBytes } = await clone(source.root, target, () => plane));
        } catch (error) {
          // Killed while its parts were moved into a folder that was there: told, and nothing is touched.
          assert.ok(
            error instanceof ForgeError && error.code === 'ALREADY_EXISTS',
            `${at}: ${String(error)}`,
          );
          assert.match(error.message, /clone that was killed at its very end/);
          for (const name of await readdir(target)) await rm(join(target, name), { recursive: true });
          await clone(source.root, target, () => plane);
        }
      }
      await assertWhole(target, source.author, () => plane);
      return { wasThere: isRepository, resumedBytes };
    }

    for (const isThere of [false, true]) {
      it(`at some of its steps, ${isThere ? 'into an empty folder' : 'to a new folder'}`, async () => {
        const seen = { killed: 0, whole: 0, resumed: 0 };
        for (let step = 1, isDone = false; !isDone; step += STRIDE) {
          assert.ok(step < MOST_STEPS);
          const target = await freshTarget();
          if (isThere) await mkdir(target);
          const environment = { FORGE_TEST_KILL_AT: String(step), FORGE_TEST_PLANE: planeName };
          const { isKilled } = await run([source.root, target], environment);
          isDone = !isKilled;
          if (isKilled) seen.killed++;
          const { wasThere, resumedBytes } = await check(target, `step ${step}`);
          if (wasThere) seen.whole++;
          if (resumedBytes > 0) seen.resumed++;
          await rm(dirname(target), { recursive: true });
        }
        assert.ok(seen.killed > 2 && seen.resumed > 0, JSON.stringify(seen));
        assert.deepEqual(await fingerprint(source.root), before);
        if (STRIDE === 1) console.log(`      ${JSON.stringify(seen)}`);
      });
    }

    it('at random moments', async () => {
      const seen = { killed: 0, done: 0, resumed: 0 };
      let latest = 400;
      while (seen.killed < KILLS) {
        assert.ok(seen.done < 4 * KILLS, `only ${seen.killed} clones were killed before they were done`);
        const target = await freshTarget();
        let timer: NodeJS.Timeout | undefined;
        const { isKilled, stdout } = await run(
          [source.root, target],
          { FORGE_TEST_PLANE: planeName },
          (child) => {
            timer = setTimeout(() => child.kill('SIGKILL'), latest * Math.random());
          },
        );
        clearTimeout(timer);
        if (isKilled) seen.killed++;
        else {
          seen.done++;
          assert.equal((JSON.parse(stdout.split('\n')[1]) as CloneResult).root, target);
        }
        latest *= isKilled ? 1.1 : 0.8;
        if ((await check(target, 'a random moment')).resumedBytes > 0) seen.resumed++;
        await rm(dirname(target), { recursive: true });
      }
      assert.deepEqual(await fingerprint(source.root), before);
      if (KILLS > 50) console.log(`      ${JSON.stringify(seen)}`);
    });
  });
}
