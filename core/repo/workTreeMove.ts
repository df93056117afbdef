// Owns operations that change the working tree and refs together, so that a crash leaves either side of them or something to undo.
import type { ObjectBatch } from '../git/objectBatch.ts';
import type { RefChange as RefUpdate } from '../git/refs.ts';
import type { GitIndex } from '../model/gitIndex.ts';
import type { OperationOptions } from '../progress.ts';
import type { RepositoryContext } from './context.ts';
import type { Operation } from './operationLog.ts';
import { carryOut, type UpdateOutcome, type UpdatePlan } from './workTreeUpdate.ts';

export interface WorkTreeMove {
  operation: Operation;
  updates: RefUpdate[];
  plan: UpdatePlan;
  index: GitIndex;
  /** Brings `index` in line with what was done to the working tree; with a failure, with as much as was. */
  settle: (outcome: UpdateOutcome) => Promise<void>;
}

/**
 * Without changes to files one transaction does it all. With them, an interim operation is logged first, which holds what the
 * files were: whatever interrupts the checkout, refs have not moved and `undo` brings the files back. At the end the real
 * operation takes its place, in the transaction that moves refs and index.
 * @throws what stopped the checkout
 */
export async function moveWorkTree(
  context: RepositoryContext,
  move: WorkTreeMove,
  batch: ObjectBatch,
  options: OperationOptions,
): Promise<{ id: string; outcome: UpdateOutcome }> {
  const { operation, updates, plan, index, settle } = move;
  if (plan.changes.length === 0) {
    const outcome = await carryOut(context, plan, options);
    await settle(outcome);
    return { id: (await context.record(operation, batch, updates, index)).id, outcome };
  }
  const interim = {
    ...operation,
    summary: `${operation.summary} (interrupted)`,
    headAfter: operation.headBefore,
    refs: [],
    undoes: undefined,
  };
  const { id: interimId } = await context.record(interim, batch, [], undefined);
  const outcome = await carryOut(context, plan, options);
  await settle(outcome);
  if (outcome.failure) {
    await context.transaction.replaceIndex(index.encodePieces());
    throw outcome.failure;
  }
  const { id } = await context.withBatch((last) =>
    context.record(operation, last, updates, index, interimId),
  );
  return { id, outcome };
}
