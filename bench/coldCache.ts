// Owns emptying the page cache before a run that is to be cold.
import { writeFileSync } from 'node:fs';
import { ask } from './measure.ts';

/** Writes everything to the disk and drops the page cache. @throws the system's error for anybody but root on Linux */
export async function dropCaches(): Promise<void> {
  await ask('sync', process.env);
  writeFileSync('/proc/sys/vm/drop_caches', '3');
}
