// Owns turning the bytes of a file into pixels, in a worker: by Forge's own decoder, else by the browser's.
import { type DecodedPicture, hintOf, PictureCodec } from '../../../core/formats/pictureCodec.ts';
import { isCutOffJpeg } from './jpeg.ts';
import type { DecodeJob } from './pictureJobs.ts';
import { checkSize, PictureProblem, undecodable } from './pictureProblem.ts';
import type { Pixels } from './pixels.ts';

/**
 * The pixels as they are stored: no colour profile applied, alpha not multiplied in. Forge's decoder takes all kinds that it knows: as
 * a canvas holds colours with alpha multiplied in, what the browser decodes comes back changed where something is transparent.
 * @throws PictureProblem
 */
export async function decodeFile({ path, bytes, wasm }: DecodeJob): Promise<DecodedPicture> {
  if (!wasm) return decodeByBrowser(bytes);
  const file = new Uint8Array(bytes);
  if (isCutOffJpeg(file)) throw undecodable({ text: 'the file is cut off', values: [] });
  const result = new PictureCodec(wasm).decode(file, hintOf(path));
  if ('reason' in result) throw undecodable(result.why ?? result.reason);
  checkSize(result.width, result.height);
  return result;
}

async function decodeByBrowser(bytes: ArrayBuffer): Promise<DecodedPicture> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes]), {
      colorSpaceConversion: 'none',
      premultiplyAlpha: 'none',
    });
  } catch (error) {
    throw undecodable(error);
  }
  try {
    const { width, height } = bitmap;
    checkSize(width, height);
    return { ...pixelsOfCanvas(bitmap, width, height), notes: [] };
  } finally {
    bitmap.close();
  }
}

/** What a canvas gives back of a picture of the browser's. @throws PictureProblem */
export function pixelsOfCanvas(image: CanvasImageSource, width: number, height: number): Pixels {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new PictureProblem('The picture cannot be decoded: {0}', 'canvas');
  context.drawImage(image, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, kind: 'rgba8', data: new Uint8Array(data.buffer) };
}
