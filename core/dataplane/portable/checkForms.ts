// Owns a worker's share of a check of plain forms: files are rebuilt and hashed, and kept nowhere.
import type { StoredForm } from '../dataPlane.ts';
import type { JobContext } from './jobContext.ts';
import { writeContent } from './recode.ts';
import { BadRecord, RecordReader } from './recordReader.ts';
import { isSystemError } from './systemCalls.ts';
import type { CheckFormsJob, JobResults } from './workerMessages.ts';

export function runCheckForms(job: CheckFormsJob, context: JobContext): JobResults['checkForms'] {
  const reader = new RecordReader(job.records);
  const results: JobResults['checkForms'] = [];
  try {
    for (let i = context.next(); i !== undefined; i = context.next()) {
      results.push([i, findProblem(job.files[i], reader, context)]);
      context.progress({ files: 1, bytes: job.files[i].size });
    }
  } finally {
    reader.close();
  }
  return results;
}

function findProblem(file: StoredForm, reader: RecordReader, context: JobContext): string | undefined {
  const hasher = context.hashers.file;
  hasher.start();
  let written = 0;
  try {
    writeContent(reader, file, context, (bytes) => {
      hasher.update(bytes);
      written += bytes.length;
    });
  } catch (error) {
    if (error instanceof BadRecord || isSystemError(error)) return error.message;
    throw error;
  }
  const isRight = written === file.size && hasher.finish().toString('hex') === file.blake3;
  return isRight ? undefined : 'the recipe does not make the file it should';
}
