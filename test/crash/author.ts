// Owns an author who makes a small repository with everything in it that a collection handles: deltas, containers that are stored
// inflated, many small files of one kind (whose dictionary the native plane trains), and versions that nothing reaches any more.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Repository } from '../../core/repo/repository.ts';
import { rows, zip } from '../support/containers.ts';
import { sameBytes } from '../support/sameBytes.ts';
import { noise } from '../unit/store/support.ts';

const MESHES = 80;
const MESH_LINES = 500;
const LAYER_LINES = 4000;

interface Kept {
  commit: string;
  path: string;
  bytes: Buffer;
}

/** Each `work` commits versions that differ a little from those before, and one that a deleted branch then leaves unreachable. */
export class Author {
  /** Every version of every file that must stay. */
  readonly kept: Kept[] = [];
  private bytes = noise(180_000);
  private count = 0;
  private readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  async work(repository: Repository): Promise<void> {
    await this.commit(repository);
    await repository.createBranch(`side${this.count}`);
    await repository.switch({ target: `side${this.count}` });
    await writeFile(join(this.root, 'lost.bin'), noise(100_000));
    await repository.commit({ message: 'lost', paths: [] });
    await repository.switch({ target: 'main' });
    await repository.deleteBranch(`side${this.count}`, true);
    await this.commit(repository);
  }

  private async commit(repository: Repository): Promise<void> {
    const at = (this.count * 17_001) % 150_000;
    this.bytes = Buffer.concat([this.bytes.subarray(0, at), noise(700), this.bytes.subarray(at + 300)]);
    const files: [string, Buffer][] = [
      ['a.bin', this.bytes],
      ['doc.kra', zip({ 'layer.bin': this.layer(), 'note.txt': rows(this.count, 30) })],
      [`meshes/${this.count % MESHES}.mesh`, mesh(1000 + this.count)],
    ];
    if (this.count === 0) for (let i = 1; i < MESHES; i++) files.push([`meshes/${i}.mesh`, mesh(i)]);
    await mkdir(join(this.root, 'meshes'), { recursive: true });
    for (const [path, bytes] of files) await writeFile(join(this.root, path), bytes);
    const { commit } = await repository.commit({ message: `version ${++this.count}`, paths: [] });
    for (const [path, bytes] of files) this.kept.push({ commit, path, bytes });
  }

  /** A picture with a stroke more in each version. */
  private layer(): Buffer {
    const bytes = rows(7, LAYER_LINES);
    for (let i = 0; i <= this.count; i++)
      bytes.fill(i, (i * 7919) % (bytes.length - 90), ((i * 7919) % (bytes.length - 90)) + 80);
    return bytes;
  }
}

/** A binary file that has much in common with its like, and nothing in particular with its earlier version. */
function mesh(seed: number): Buffer {
  const numbers = noise(MESH_LINES * 8);
  const lines = Array.from({ length: MESH_LINES }, (_, i) =>
    Buffer.concat([Buffer.from(`vertex ${i} normal `), numbers.subarray(8 * i, 8 * i + 8)]),
  );
  return Buffer.concat([Buffer.from(`mesh\0${seed}`), ...lines]);
}

/** Everything verifies, and the versions come back: all of them, or the last `newest` files and some others. */
export async function assertKept(repository: Repository, { kept }: Author, newest = Infinity): Promise<void> {
  assert.deepEqual((await repository.verify({ full: true })).problems, []);
  const older = Math.max(0, kept.length - newest);
  for (const [i, { commit, path, bytes }] of kept.entries()) {
    if (i < older && Math.random() * older > newest) continue;
    const parts: Buffer[] = [];
    for await (const part of repository.readFile(commit, path)) parts.push(part);
    sameBytes(Buffer.concat(parts), bytes);
  }
}
