// Owns one worker of pictures as seen from the page: jobs with answers, within a time.
import { MOST_SECONDS, PictureProblem, type ProblemValue, undecodable } from './pictureProblem.ts';

export interface NumberedJob {
  id: number;
  job: unknown;
}

/** `problem` is a text of PictureProblem. */
export type NumberedAnswer =
  { id: number; result: unknown } | { id: number; problem: string; values: ProblemValue[] };

/** The part of Worker that is used. */
export interface WorkerLike {
  onmessage: ((event: { data: NumberedAnswer }) => void) | null;
  onerror: ((event: { message: string }) => void) | null;
  postMessage(message: NumberedJob, transfer: object[]): void;
  terminate(): void;
}

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (problem: Error) => void;
  timer: ReturnType<typeof setTimeout>;
}

/** `Answers` has the answer to each job by its type. */
export class WorkerClient<Job extends { type: keyof Answers }, Answers> {
  private readonly worker: WorkerLike;
  private readonly seconds: number;
  private readonly waiting = new Map<number, Waiting>();
  private next = 0;
  private ended: Error | undefined;

  constructor(worker: WorkerLike, seconds = MOST_SECONDS) {
    this.worker = worker;
    this.seconds = seconds;
    worker.onmessage = ({ data }) => this.answer(data);
    // A worker says so of a script that cannot run, and of memory that is not there.
    worker.onerror = ({ message }) => this.end(undecodable(message || 'worker'));
  }

  /** The answer to a job. @throws PictureProblem, also when it takes too long: the worker is ended then, with all that it holds. */
  run<J extends Job>(job: J, transfer: object[] = []): Promise<Answers[J['type']]> {
    if (this.ended) return Promise.reject(this.ended);
    const id = this.next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.end(new PictureProblem('It took more than {0} s', this.seconds)),
        this.seconds * 1000,
      );
      this.waiting.set(id, { resolve: (result) => resolve(result as Answers[J['type']]), reject, timer });
      this.worker.postMessage({ id, job }, transfer);
    });
  }

  /** Ends the worker; what is still waited for is rejected. */
  end(problem: Error = undecodable('ended')): void {
    this.ended ??= problem;
    this.worker.terminate();
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(this.ended);
    }
    this.waiting.clear();
  }

  private answer(answer: NumberedAnswer): void {
    const waiting = this.waiting.get(answer.id);
    if (!waiting) return;
    this.waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if ('problem' in answer) waiting.reject(new PictureProblem(answer.problem, ...answer.values));
    else waiting.resolve(answer.result);
  }
}
