// Owns the scripts and the decoder that workers of pictures need, fetched once a page.
import type { Answers, PictureJob } from './pictureJobs.ts';
import { WorkerClient, type WorkerLike } from './workerClient.ts';

export type PictureClient = WorkerClient<PictureJob, Answers>;

let script: Promise<string> | undefined;
let wasm: Promise<WebAssembly.Module> | undefined;

/** A worker of dist/webview/pictureWorker.js. A page of the editor has no other way than a blob, as its own files have another origin. */
export async function startWorker(): Promise<PictureClient> {
  script ??= scriptOf('pictureWorker');
  return new WorkerClient(new Worker(await script) as unknown as WorkerLike);
}

/** The decoder, dist/picture.wasm. */
export function pictureModule(): Promise<WebAssembly.Module> {
  return (wasm ??= fetched('../picture.wasm').then(async (file) =>
    WebAssembly.compile(await file.arrayBuffer()),
  ));
}

async function scriptOf(name: string): Promise<string> {
  const file = await fetched(`${name}.js`);
  return URL.createObjectURL(new Blob([await file.arrayBuffer()], { type: 'text/javascript' }));
}

async function fetched(name: string): Promise<Response> {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name}: ${response.status} ${response.statusText}`);
  return response;
}
