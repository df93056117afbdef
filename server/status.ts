// Owns the answer to `forge/status`.
import { ForgeError } from '../core/errors.ts';
import type { StatusParams, StatusSummary } from '../core/protocol/requests.ts';
import type { Repository } from '../core/repo/repository.ts';

/** Opens the repository for this one question. Resolves to null where there is none. @throws ForgeError as `status` does */
export async function summarise(
  { folder }: StatusParams,
  open: (folder: string) => Promise<Pick<Repository, 'root' | 'status' | 'close'>>,
): Promise<StatusSummary | null> {
  let repository;
  try {
    repository = await open(folder);
  } catch (error) {
    if (error instanceof ForgeError && error.code === 'NO_REPOSITORY') return null;
    throw error;
  }
  try {
    const { branch, commit, changes } = await repository.status({});
    return { root: repository.root, branch, commit, changes: changes.length };
  } finally {
    await repository.close();
  }
}
