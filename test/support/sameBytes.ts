// Owns comparing long runs of bytes in tests.
import assert from 'node:assert/strict';

/**
 * Asserts that both hold the same bytes. `assert.deepEqual` would spell the difference out byte by byte, for which it takes
 * gigabytes of memory when a few hundred kilobytes differ.
 */
export function sameBytes(actual: Buffer, expected: Buffer): void {
  if (actual.equals(expected)) return;
  let at = 0;
  while (actual[at] === expected[at]) at += 1;
  assert.fail(`${actual.length} bytes differ from the ${expected.length} expected, first at ${at}`);
}
