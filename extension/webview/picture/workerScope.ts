// Owns how a worker of pictures takes jobs and answers them.
import type { PictureJob } from './pictureJobs.ts';
import { PictureProblem, undecodable } from './pictureProblem.ts';
import type { NumberedAnswer, NumberedJob } from './workerClient.ts';

interface WorkerScope {
  onmessage: ((event: MessageEvent<NumberedJob>) => void) | null;
  postMessage(answer: NumberedAnswer, transfer: Transferable[]): void;
}

export interface JobResult {
  result: unknown;
  /** What moves to the page instead of being copied. */
  transfer: Transferable[];
}

/** Answers each job with what `run` makes of it, one after the other. */
export function answerJobs(run: (job: PictureJob) => Promise<JobResult>): void {
  const scope = globalThis as unknown as WorkerScope;
  let last = Promise.resolve();
  scope.onmessage = ({ data: { id, job } }) => {
    last = last.then(async () => {
      try {
        const { result, transfer } = await run(job as PictureJob);
        scope.postMessage({ id, result }, transfer);
      } catch (error) {
        const { message, values } = error instanceof PictureProblem ? error : undecodable(error);
        scope.postMessage({ id, problem: message, values }, []);
      }
    });
  };
}
