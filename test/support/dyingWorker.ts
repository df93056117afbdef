// Owns a worker script that ends its thread, or throws, as soon as it gets a job: what the pool must survive.
import { parentPort } from 'node:worker_threads';

parentPort!.on('message', ({ job }: { job: { path: string } }) => {
  if (job.path === 'exit') process.exit(3);
  throw new Error('thrown in the thread');
});
