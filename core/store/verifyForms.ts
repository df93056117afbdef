// Owns checking that assets stored by their plain form come out right: intact records may still be a form and a recipe that do not belong
// together.
import type { StoredForm } from '../dataplane/dataPlane.ts';
import { ForgeError } from '../errors.ts';
import type { Pointer } from '../model/pointer.ts';
import { throwIfAborted, type OperationOptions } from '../progress.ts';
import { batchesOf, workersFor } from './batches.ts';
import type { StoreContext } from './storeContext.ts';
import { storedForm, StoreReader } from './storeReader.ts';
import type { TouchedAsset } from './verify.ts';

/** Files in a call of the data plane, by their bytes. */
const BATCH_BYTES = 128 * 1024 * 1024;

interface Form {
  pointer: Pointer;
  file: StoredForm;
}

/**
 * Those of `pointers` that are stored by a plain form and do not come out of it. Assets that lack a record, or whose records cannot be
 * read, are left to findAssetsTouched. Reads and rebuilds every such asset: as much work as restoring them all, without the writing.
 */
export async function* findBadForms(
  context: StoreContext,
  pointers: readonly Pointer[],
  options: OperationOptions,
): AsyncGenerator<TouchedAsset> {
  let before = { files: 0, bytes: 0 };
  for (const { items } of batchesOf(pointers, ({ size }) => size, BATCH_BYTES)) {
    throwIfAborted(options.signal);
    const check = new FormCheck(context, {
      signal: options.signal,
      onProgress: ({ files, bytes }) =>
        options.onProgress?.({
          phase: 'verify',
          files: before.files + files,
          totalFiles: 0,
          bytes: before.bytes + bytes,
          totalBytes: 0,
          newBytes: 0,
          storedBytes: 0,
        }),
    });
    const bad = await check.run(items);
    // Another process may have packed the records elsewhere since: whatever is wrong for good is so again.
    const messages = bad.length > 0 ? await check.run(bad.map(({ pointer }) => pointer)) : [];
    yield* messages;
    before = { files: before.files + check.files, bytes: before.bytes + check.bytes };
  }
}

class FormCheck {
  files = 0;
  bytes = 0;
  private readonly context: StoreContext;
  private readonly hooks: Parameters<StoreContext['plane']['checkForms']>[1];

  constructor(context: StoreContext, hooks: Parameters<StoreContext['plane']['checkForms']>[1]) {
    this.context = context;
    this.hooks = hooks;
  }

  async run(pointers: readonly Pointer[]): Promise<TouchedAsset[]> {
    const { context } = this;
    const reader = new StoreReader(context.files, context.index);
    await reader.paths.refresh(context.index);
    reader.prefetch(pointers);
    const plan = reader.plan();
    const forms: Form[] = [];
    for (const pointer of pointers) {
      const file = await planForm(reader, plan, pointer);
      if (file) forms.push({ pointer, file });
    }
    if (forms.length === 0) return [];
    const bytes = forms.reduce((sum, { pointer }) => sum + pointer.size, 0);
    const found = await context.plane.checkForms(
      {
        records: plan.table(),
        files: forms.map(({ file }) => file),
        workers: workersFor(bytes, context.cores),
      },
      this.hooks,
    );
    this.files += forms.length;
    this.bytes += bytes;
    return forms.flatMap(({ pointer }, i) => {
      const message = found[i];
      return message === undefined ? [] : [{ pointer, message: `It cannot be rebuilt: ${message}` }];
    });
  }
}

async function planForm(
  reader: StoreReader,
  plan: ReturnType<StoreReader['plan']>,
  pointer: Pointer,
): Promise<StoredForm | undefined> {
  try {
    const list = await reader.chunksOf(pointer);
    if (list?.recipe === undefined && !list?.isParts) return undefined;
    const planned = await reader.planAsset(plan, pointer);
    if ('lacks' in planned) return undefined;
    const { blake3, size } = pointer;
    return { blake3, size, ...storedForm(planned) };
  } catch (error) {
    if (error instanceof ForgeError && error.code === 'CORRUPT') return undefined;
    throw error;
  }
}
