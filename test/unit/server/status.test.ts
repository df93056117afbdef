// Tests the language server's answers, on a repository made of answers.
import assert from 'node:assert/strict';
import { ForgeError } from '../../../core/errors.ts';
import type { Change } from '../../../core/repo/types.ts';
import { summarise } from '../../../server/status.ts';

describe('server/status', () => {
  const change: Change = { path: 'a', state: 'modified', kind: 'asset', size: 1, staged: false };

  it('counts changes and closes the repository', async () => {
    let closed = 0;
    const summary = await summarise({ folder: '/project/maps' }, (folder) => {
      assert.equal(folder, '/project/maps');
      return Promise.resolve({
        root: '/project',
        status: () =>
          Promise.resolve({ branch: 'main', commit: 'c', changes: [change, change], problems: [] }),
        close: () => Promise.resolve(void closed++),
      });
    });
    assert.deepEqual(summary, { root: '/project', branch: 'main', commit: 'c', changes: 2 });
    assert.equal(closed, 1);
  });

  it('answers null where there is no repository, and passes other errors on', async () => {
    const failing = (code: 'NO_REPOSITORY' | 'CORRUPT') => () =>
      Promise.reject(new ForgeError(code, 'no', 'do'));
    assert.equal(await summarise({ folder: '/' }, failing('NO_REPOSITORY')), null);
    await assert.rejects(summarise({ folder: '/' }, failing('CORRUPT')), { code: 'CORRUPT' });
  });
});
