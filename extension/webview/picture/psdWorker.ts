// Owns the worker that decodes the composite of Photoshop's files; a script of its own, as its decoder is large and seldom needed.
import { decodePsd } from './decodePsd.ts';
import { answerJobs } from './workerScope.ts';

answerJobs((job) => {
  if (job.type !== 'decode') throw new Error(`this worker does no ${job.type}`);
  const result = decodePsd(job.bytes);
  return Promise.resolve({ result, transfer: [result.data.buffer as ArrayBuffer] });
});
