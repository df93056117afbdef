// Owns a child process that reads a store in a loop, in every way there is, until its standard input ends. Says how often it went round.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Blake3 } from '../../core/dataplane/portable/blake3.ts';
import type { Pointer } from '../../core/model/pointer.ts';
import { ChunkStore } from '../../core/store/chunkStore.ts';
import { planes } from '../support/planes.ts';

const [, , root, planeName, folder] = process.argv;
const pointers = JSON.parse(readFileSync(join(folder, 'pointers.json'), 'utf8')) as Pointer[];
const plane = planes.find(({ name }) => name === planeName)!.create();
const store = await ChunkStore.open({ forgeFolder: join(root, '.forge'), plane, cores: 1, readOnly: true });
const hasher = await Blake3.create();
let isOver = false;
process.stdin.on('end', () => (isOver = true)).resume();
process.stdout.write('ready\n');

let rounds = 0;
while (!isOver) {
  for (const pointer of pointers) {
    const parts: Buffer[] = [];
    for await (const part of store.read(pointer)) {
      parts.push(part);
      // Whatever another process does comes between two chunks.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (hasher.hash(Buffer.concat(parts)).toString('hex') !== pointer.blake3)
      throw new Error('read wrong bytes');
  }
  const target = join(folder, `restored-${process.pid}-${rounds}`);
  mkdirSync(target);
  const files = pointers.map((pointer, i) => {
    const path = join(target, String(i));
    return { path, temporary: `${path}.part`, pointer, mode: 0o644, expect: 'absent' as const };
  });
  for await (const results of store.restore(files)) {
    for (const { result } of results)
      if (result.state !== 'done') throw new Error(`restore: ${JSON.stringify(result)}`);
  }
  rmSync(target, { recursive: true });
  const { problems, badPlaces } = await store.verify({ full: true });
  const all = [
    ...problems.map(({ message }) => message),
    ...[...badPlaces.values()].map(({ message }) => message),
  ];
  // A segment that another process is just making is not known until it is done, whichever moment that is.
  const real = all.filter(
    (message) => !/^The index does not know the segment .*[0-9a-f]{32}\.seg$/.test(message),
  );
  if (real.length > 0) throw new Error(`verify: ${real.slice(0, 3).join('; ')}`);
  rounds++;
}
process.stdout.write(`${rounds}\n`);
await store.close();
await plane.close();
