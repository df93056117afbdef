// Tests that the pages of a file's history are cut from one walk, and what happens when nothing is known of the page before.
import assert from 'node:assert/strict';
import type { FileHistoryEntry } from '../../../core/repo/types.ts';
import { HistoryPages } from '../../../server/session/historyPages.ts';

const { signal } = new AbortController();

describe('the pages of a history', () => {
  let head: string;
  let commits: string[];
  let walked: number;
  let pages: HistoryPages;

  beforeEach(() => {
    head = 'c0';
    commits = Array.from({ length: 100 }, (_, i) => `c${i}`);
    walked = 0;
    pages = new HistoryPages({
      headCommit: () => Promise.resolve(head),
      // eslint-disable-next-line @typescript-eslint/require-await -- stands for a walk that reads
      async *fileHistory() {
        for (const commit of [...commits]) {
          walked++;
          yield { commit, path: 'a' } as FileHistoryEntry;
        }
      },
    });
  });

  const page = async (limit: number, after?: string, path = 'a'): Promise<[string[], boolean]> => {
    const { entries, more } = await pages.page(path, limit, after, signal);
    return [entries.map(({ commit }) => commit), more];
  };

  it('follow each other without walking any part twice', async () => {
    const found: string[] = [];
    for (let after: string | undefined, more = true; more; after = found.at(-1)) {
      const next = await page(10, after);
      found.push(...next[0]);
      more = next[1];
    }
    assert.deepEqual(found, commits);
    assert.equal(walked, 100);
  });

  it('are the same when asked for again, and walk no further than one entry ahead', async () => {
    const first = await page(10);
    assert.deepEqual(await page(10), first);
    assert.deepEqual(await page(5, 'c4'), [commits.slice(5, 10), true]);
    assert.equal(walked, 11);
  });

  it('start anew when HEAD moved, but go on where they were', async () => {
    await page(10);
    head = 'new';
    commits.unshift('new');
    assert.deepEqual(await page(2, 'c9'), [['c10', 'c11'], true]);
    assert.equal(walked, 13);
    assert.deepEqual(await page(2), [['new', 'c0'], true]);
  });

  it('are found by a walk from the start where nothing is known of the one before', async () => {
    assert.deepEqual(await page(10, 'c89'), [commits.slice(90), false]);
    assert.equal(walked, 100);
  });

  it('keep the entries of one commit together', async () => {
    commits = ['c0', 'c1', 'c1', 'c1', 'c2'];
    assert.deepEqual(await page(2), [['c0', 'c1', 'c1', 'c1'], true]);
    assert.deepEqual(await page(2, 'c1'), [['c2'], false]);
  });

  it('refuse a commit that is none of the history', async () => {
    await assert.rejects(page(10, 'elsewhere'), { code: 'UNKNOWN_REVISION', path: 'a' });
    assert.deepEqual(await page(1), [['c0'], true]);
  });

  it('stop when they are cancelled, and can be asked for again', async () => {
    await assert.rejects(pages.page('a', 10, undefined, AbortSignal.abort()), { code: 'ABORTED' });
    assert.deepEqual(await page(1), [['c0'], true]);
  });

  it('are right when asked for at the same time', async () => {
    await page(1);
    const [one, two] = await Promise.all([page(20, 'c0'), page(30, 'c0')]);
    assert.deepEqual(one[0], commits.slice(1, 21));
    assert.deepEqual(two[0], commits.slice(1, 31));
  });

  it('keep only the histories asked for last', async () => {
    for (const path of ['a', 'b', 'c', 'd', 'e']) await page(10, undefined, path);
    walked = 0;
    await page(10, undefined, 'e');
    assert.equal(walked, 0);
    await page(10, undefined, 'a');
    assert.equal(walked, 11);
  });
});
