// Owns running one command line of a benchmark: its wall time and the peak resident memory of its process tree.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

export interface Measured {
  seconds: number;
  /** Most bytes resident at once in all processes of the command, sampled; 0 where /proc does not tell. */
  peakBytes: number;
}

export interface Place {
  cwd: string;
  env: NodeJS.ProcessEnv;
}

const SAMPLE_EVERY_MS = 10;
const OUTPUT_KEPT = 2_000;

/** Runs a line of shell. Throws with the end of its output when it fails. */
export async function measure(line: string, place: Place): Promise<Measured> {
  const output: string[] = [];
  const start = performance.now();
  const child = spawn('sh', ['-c', line], { ...place, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (data: Buffer) => output.push(data.toString()));
  child.stderr.on('data', (data: Buffer) => output.push(data.toString()));
  let peakBytes = 0;
  const timer = setInterval(() => {
    peakBytes = Math.max(peakBytes, residentBytes(child.pid));
  }, SAMPLE_EVERY_MS);
  const [code, end] = await new Promise<[number | null, number]>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve([status, performance.now()]));
  }).finally(() => clearInterval(timer));
  if (code !== 0)
    throw new Error(`exit ${code ?? 'by a signal'}: ${line}\n${output.join('').trim().slice(-OUTPUT_KEPT)}`);
  return { seconds: (end - start) / 1000, peakBytes };
}

/** A path as one word of a line of shell. */
export function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}

/** Standard output of a line of shell, or undefined when it fails. */
export async function ask(line: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const child = spawn('sh', ['-c', line], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const output: string[] = [];
  child.stdout.on('data', (data: Buffer) => output.push(data.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return code === 0 ? output.join('').trim() : undefined;
}

/**
 * Resident bytes of a process and its descendants. Where one process has more than all have now, as its high-water mark says,
 * that is the answer: a peak between two samples still counts.
 */
function residentBytes(root: number | undefined): number {
  let sum = 0;
  let highest = 0;
  const waiting = root === undefined ? [] : [root];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      sum += kibibytes(status, 'VmRSS');
      highest = Math.max(highest, kibibytes(status, 'VmHWM'));
      waiting.push(...children(pid));
    } catch {
      // The process has ended since its parent was looked at.
    }
  }
  return Math.max(sum, highest) * 1024;
}

function kibibytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
}

function children(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}
