// Owns getting the picture of a file: fetching it, choosing its decoder, and keeping both within bounds.
import type { DecodedPicture } from '../../../core/formats/pictureCodec.ts';
import type { ViewedFile } from '../messages.ts';
import { pixelsOfCanvas } from './decodeFile.ts';
import { checkSize, MOST_BYTES, PictureProblem, undecodable } from './pictureProblem.ts';
import { pictureModule, startWorker } from './startWorker.ts';

type Decoder = 'own' | 'browser' | 'page';

/** Kinds that Forge's own decoder does not know. Pictures of lines are drawn by the page alone: workers have no document. */
const OTHERS: Record<string, Decoder> = {
  svg: 'page',
  avif: 'browser',
  ico: 'browser',
};

/** The pixels of a file. @throws PictureProblem */
export async function loadPicture({ url, path, size, absent }: ViewedFile): Promise<DecodedPicture> {
  if (url === undefined) throw new PictureProblem(absent ?? '');
  if (size > MOST_BYTES) throw new PictureProblem('The file is too large to be shown');
  const decoder = OTHERS[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? 'own';
  const bytes = await bytesOf(url);
  if (decoder === 'page') return pixelsOfDrawing(bytes);
  const wasm = decoder === 'own' ? await pictureModule() : undefined;
  const worker = await startWorker();
  try {
    return await worker.run({ type: 'decode', path, bytes, ...(wasm && { wasm }) }, [bytes]);
  } finally {
    // Its memory never becomes smaller again.
    worker.end();
  }
}

async function bytesOf(url: string): Promise<ArrayBuffer> {
  let bytes: ArrayBuffer;
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    bytes = await response.arrayBuffer();
  } catch (error) {
    throw undecodable(error);
  }
  if (bytes.byteLength > MOST_BYTES) throw new PictureProblem('The file is too large to be shown');
  return bytes;
}

async function pixelsOfDrawing(bytes: ArrayBuffer): Promise<DecodedPicture> {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const [width, height] = [image.naturalWidth || 300, image.naturalHeight || 150];
    checkSize(width, height);
    return { ...pixelsOfCanvas(image, width, height), notes: [] };
  } catch (error) {
    throw error instanceof PictureProblem ? error : undecodable(error);
  } finally {
    URL.revokeObjectURL(url);
  }
}
