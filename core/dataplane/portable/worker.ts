// Owns a worker thread of the portable plane: takes one job at a time and answers with its results.
import { parentPort } from 'node:worker_threads';
import { Blake3 } from './blake3.ts';
import { runCheck } from './check.ts';
import { runCheckForms } from './checkForms.ts';
import { runHash } from './hash.ts';
import { runIngest } from './ingest.ts';
import { type Hashers, JobContext, Stopped } from './jobContext.ts';
import { runRepack } from './repack.ts';
import { runRestore } from './restore.ts';
import { runScan } from './scan.ts';
import { runSeal } from './seal.ts';
import { errorParts, type FromWorker, type Job, type JobResults, type ToWorker } from './workerMessages.ts';

type Runner<J extends Job> = (
  job: J,
  context: JobContext,
) => Promise<JobResults[J['name']]> | JobResults[J['name']];

const RUNNERS: { [Name in Job['name']]: Runner<Extract<Job, { name: Name }>> } = {
  ingest: runIngest,
  restore: runRestore,
  check: runCheck,
  checkForms: runCheckForms,
  repack: runRepack,
  hash: runHash,
  scan: runScan,
  seal: runSeal,
};

const port = parentPort!;
const hashers = createHashers();
let context: JobContext | undefined;

port.on('message', (message: ToWorker) => {
  if (message.kind === 'answer') context?.answer(message.answer);
  else void run(message);
});

async function run({ job, items, control }: Extract<ToWorker, { kind: 'run' }>): Promise<void> {
  context = new JobContext(items, control, await hashers, post);
  try {
    const results = await (RUNNERS[job.name] as Runner<Job>)(job, context);
    context.flushProgress();
    post({ kind: 'done', results });
  } catch (error) {
    post(error instanceof Stopped ? { kind: 'stopped' } : { kind: 'failed', error: errorParts(error) });
  }
}

async function createHashers(): Promise<Hashers> {
  return { chunk: await Blake3.create(), file: await Blake3.create() };
}

function post(message: FromWorker): void {
  port.postMessage(message);
}
