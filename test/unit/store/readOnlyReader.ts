// Owns a process that reads an asset as somebody who may write nothing, and exits with the number of problems; readOnly.test.ts starts it.
import { ChunkStore } from '../../../core/store/chunkStore.ts';
import { newPlane } from './support.ts';

const [forgeFolder, blake3, size, user] = process.argv.slice(2);
if (user !== '') process.setuid?.(Number(user));
const store = await ChunkStore.open({ forgeFolder, plane: newPlane(), cores: 1 });
for await (const part of store.read({ blake3, size: Number(size) })) process.stdout.write(part);
const { problems } = store;
await store.close();
// A pipe takes what it is given later than it is given.
process.stdout.end(() => process.exit(problems.length));
