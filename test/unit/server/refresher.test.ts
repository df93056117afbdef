// Tests when a state is looked at anew.
import assert from 'node:assert/strict';
import { Refresher } from '../../../server/session/refresher.ts';

/** Looks that the test ends. */
function makeRefresher(): { refresher: Refresher; looks: (() => void)[]; begun: () => Promise<void> } {
  const looks: (() => void)[] = [];
  let tell: (() => void) | undefined;
  const refresher = new Refresher(
    () =>
      new Promise((resolve) => {
        looks.push(resolve);
        tell?.();
      }),
  );
  return { refresher, looks, begun: () => new Promise((resolve) => (tell = resolve)) };
}

describe('a refresher', () => {
  it('makes one look of a burst', async () => {
    const { refresher, looks, begun } = makeRefresher();
    const first = begun();
    for (let i = 0; i < 10; i++) refresher.soon();
    await first;
    assert.equal(looks.length, 1);
    looks[0]();
    await refresher.close();
  });

  it('looks once more after changes that came during a look', async () => {
    const { refresher, looks, begun } = makeRefresher();
    const first = begun();
    refresher.soon();
    await first;
    refresher.soon();
    refresher.soon();
    const second = begun();
    looks[0]();
    await second;
    assert.equal(looks.length, 2);
    looks[1]();
    await refresher.close();
  });

  it('answers who asks with a look that began after the question', async () => {
    const { refresher, looks, begun } = makeRefresher();
    void refresher.now();
    let answered = false;
    const second = begun();
    const asked = refresher.now().then(() => (answered = true));
    looks[0]();
    await second;
    assert.equal(answered, false);
    looks[1]();
    await asked;
    await refresher.close();
  });

  it('looks no more once it is closed', async () => {
    const { refresher, looks } = makeRefresher();
    await refresher.close();
    refresher.soon();
    await refresher.now();
    assert.equal(looks.length, 0);
  });
});
