// Tests when paths that a check found changed are taken for missed by the watcher.
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { MissedPaths } from '../../../server/session/missedPaths.ts';

describe('paths that the watcher missed', () => {
  const warnings: string[][] = [];
  let missed: MissedPaths;
  beforeEach(() => {
    warnings.length = 0;
    missed = new MissedPaths((paths) => warnings.push(paths));
  });
  afterEach(() => missed.close());

  it('are those that nobody tells of before or soon after', async () => {
    missed.suspect(['a/told before', 'b/told after', 'c/missed'], new Set(['a']));
    missed.touched(new Set(['b/told after', 'c/other']));
    assert.deepEqual(warnings, []);
    await setTimeout(2_200);
    assert.deepEqual(warnings, [['c/missed']]);
  });

  it('are none when anything may have changed', async () => {
    missed.suspect(['a'], new Set());
    missed.touched(undefined);
    await setTimeout(2_200);
    assert.deepEqual(warnings, []);
  });
});
