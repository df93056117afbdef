// Runs the suite of test/editor/host inside the extension host, and shows each of its tests as one of this run.
import assert from 'node:assert/strict';
import path from 'node:path';
import Mocha from 'mocha';
import { Sandbox } from '../support/forgeCommand.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { runHostSuite, runHostSuiteIn } from './support/hostSuite.ts';
import { skipWithoutWorkbench } from './support/useWorkbench.ts';
import type { HostResult } from './host/results.ts';

describe('in the extension host', () => {
  let results: HostResult[];

  before(async function () {
    this.timeout(240_000);
    const executable = process.env.FORGE_VSCODE;
    if (executable === undefined) skipWithoutWorkbench(this);
    const { folder } = await Sandbox.withRepository();
    const file = path.join(await tempFolder(), 'results.json');
    results = await (executable === undefined
      ? runHostSuite(folder, file)
      : runHostSuiteIn(executable, folder, file));
    // Tests that are added now run after those that are there.
    for (const result of results) this.test!.parent!.addTest(asTest(result));
  });

  it('the suite reports', () => {
    assert.ok(results.length > 0);
  });
});

function asTest({ title, state, message, stack }: HostResult): Mocha.Test {
  if (state === 'skipped') return new Mocha.Test(title);
  return new Mocha.Test(title, () => {
    if (state === 'failed') throw Object.assign(new Error(message), { stack });
  });
}
