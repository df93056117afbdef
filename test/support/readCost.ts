// Owns counting what restoring a version reads from segments: its manifest, its chunks, and everything that these are made from, each once.
import { join } from 'node:path';
import type { DataPlane } from '../../core/dataplane/dataPlane.ts';
import { decodeRow, ROW_SIZE } from '../../core/dataplane/recordTable.ts';
import type { Pointer } from '../../core/model/pointer.ts';
import { ID_SIZE, RECORD_HEADER_SIZE, RecordType } from '../../core/model/record.ts';
import { SegmentFiles } from '../../core/store/segmentFiles.ts';
import { StoreIndex } from '../../core/store/storeIndex.ts';
import { StoreReader } from '../../core/store/storeReader.ts';

export interface ReadCost {
  records: number;
  /** Of payloads, and of record headers with their base ids. */
  payload: number;
  headers: number;
  /** Of the payloads, those of dictionaries. */
  dictionaries: number;
}

/** Costs of these assets, each as if it were restored alone. `root` is a repository's. */
export async function readCosts(root: string, plane: DataPlane, pointers: Pointer[]): Promise<ReadCost[]> {
  const forgeFolder = join(root, '.forge');
  const files = new SegmentFiles(join(forgeFolder, 'store'), plane);
  const index = await StoreIndex.open({ forgeFolder, files, plane, readOnly: true });
  const reader = new StoreReader(files, index.reading);
  const costs: ReadCost[] = [];
  for (const pointer of pointers) {
    const plan = reader.plan();
    const planned = await reader.planAsset(plan, pointer);
    if ('lacks' in planned) throw new Error(`the store lacks ${planned.lacks}`);
    plan.add(Buffer.from(pointer.blake3, 'hex'), RecordType.manifest);
    costs.push(costOf(plan.table().rows));
  }
  await index.close();
  return costs;
}

function costOf(rows: Buffer): ReadCost {
  const cost = { records: rows.length / ROW_SIZE, payload: 0, headers: 0, dictionaries: 0 };
  for (let row = 0; row < cost.records; row++) {
    const { storedLength, bases, type } = decodeRow(rows, row);
    cost.payload += storedLength;
    cost.headers += RECORD_HEADER_SIZE + ID_SIZE * bases.length;
    if (type === RecordType.dictionary) cost.dictionaries += storedLength;
  }
  return cost;
}
