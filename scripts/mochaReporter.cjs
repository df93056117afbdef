// Owns the mocha reporter of `npm test`: the spec reporter, which also leaves its counts in the file that FORGE_TEST_COUNTS names.
const { writeFileSync } = require('node:fs');
const Mocha = require('mocha');

class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const counts = { passed: passes, failed: failures, skipped: pending };
      if (process.env.FORGE_TEST_COUNTS) writeFileSync(process.env.FORGE_TEST_COUNTS, JSON.stringify(counts));
    });
  }
}

module.exports = CountingReporter;
