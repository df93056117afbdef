// Owns `verify`: that every version of every file can be rebuilt, and who is touched where it cannot.
import type { Pointer } from '../model/pointer.ts';
import type { OperationOptions } from '../progress.ts';
import type { RepositoryContext } from './context.ts';
import type { VerifyProblem, VerifyResult } from './types.ts';
import { fileVersions } from './versions.ts';

interface Use {
  path: string;
  commit: string;
}

export async function verifyRepository(
  context: RepositoryContext,
  options: { full: boolean } & OperationOptions,
): Promise<VerifyResult> {
  const store = await context.store();
  const problems: VerifyProblem[] = [];
  let files = 0;
  let bytes = 0;
  const missing = new Map<string, { pointer: Pointer; uses: Use[] }>();
  for await (const { path, commit, oid, pointer } of fileVersions(context)) {
    options.signal?.throwIfAborted();
    files++;
    bytes += pointer?.size ?? (await context.objects.size(oid));
    if (!pointer || store.has(pointer)) continue;
    const known = missing.get(pointer.blake3) ?? { pointer, uses: [] };
    known.uses.push({ path, commit });
    missing.set(pointer.blake3, known);
  }
  for (const { pointer, uses } of missing.values()) {
    problems.push({
      kind: 'asset',
      message: 'The store lacks this asset',
      id: pointer.blake3,
      files: uses,
      repaired: false,
    });
  }
  return { ok: problems.length === 0, files, bytes, problems };
}
