// Owns the thread that makes thumbnails: what is damaged or slow ends there and not in the server.
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PictureCodec } from '../../core/formats/pictureCodec.ts';
import type { ThumbnailAnswer, ThumbnailJob } from './thumbnailJob.ts';

/** Node's types lack it. */
declare const WebAssembly: { Module: new (bytes: Uint8Array) => object };

const { wasm } = workerData as { wasm: string };
const codec = new PictureCodec(new WebAssembly.Module(readFileSync(new URL(wasm))));

parentPort?.on('message', (job: ThumbnailJob) => {
  const { picture, side, most } = job;
  const answer: ThumbnailAnswer =
    picture.kind === 'file'
      ? codec.thumbnail(picture.bytes, picture.hint, side, most)
      : codec.thumbnailOfPixels(picture, side, most);
  parentPort?.postMessage(answer);
});
