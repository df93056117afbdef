// Owns a worker's share of a check: records are read, decoded and compared with what they are named after.
import { decodeManifest } from '../../model/manifest.ts';
import { RecordType } from '../../model/record.ts';
import type { JobContext } from './jobContext.ts';
import { BadRecord, RecordReader } from './recordReader.ts';
import { isSystemError } from './systemCalls.ts';
import type { CheckJob, JobResults } from './workerMessages.ts';

export function runCheck(job: CheckJob, context: JobContext): JobResults['check'] {
  const reader = new RecordReader(job.records);
  const problems: JobResults['check'] = [];
  try {
    for (let i = context.next(); i !== undefined; i = context.next()) {
      const row = job.rows[i];
      const message = findProblem(row, reader, context);
      if (message !== undefined) problems.push({ row, message });
      context.progress({ files: 1, bytes: reader.row(row).storedLength });
    }
  } finally {
    reader.close();
  }
  return problems;
}

function findProblem(row: number, reader: RecordReader, context: JobContext): string | undefined {
  try {
    const raw = reader.read(row);
    const { id, type } = reader.row(row);
    const isGood =
      type === RecordType.manifest
        ? decodeManifest(raw) !== undefined
        : context.hashers.chunk.hash(raw).equals(id);
    return isGood ? undefined : reader.describe(row, 'does not hold what it is named after');
  } catch (error) {
    if (error instanceof BadRecord || isSystemError(error)) return error.message;
    throw error;
  }
}
