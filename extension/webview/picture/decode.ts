// Owns turning a file into pixels with the browser's own decoders, within bounds.
import type { Pixels } from './difference.ts';

/** 64 million pixels are 256 MiB on each side. */
export const MOST_PIXELS = 64 * 1024 * 1024;

/** Why a picture cannot be shown: an English text of viewerStrings.ts, with what goes into it. */
export class PictureProblem extends Error {
  override readonly name = 'PictureProblem';
  readonly values: (string | number)[];

  constructor(text: string, ...values: (string | number)[]) {
    super(text);
    this.values = values;
  }
}

/** The pixels behind a URL, as they are stored: no colour profile applied, alpha not multiplied in. @throws PictureProblem */
export async function decodePicture(url: string): Promise<Pixels> {
  let bitmap: ImageBitmap;
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    bitmap = await createImageBitmap(await response.blob(), {
      colorSpaceConversion: 'none',
      premultiplyAlpha: 'none',
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PictureProblem('The picture cannot be decoded: {0}', reason);
  }
  try {
    const { width, height } = bitmap;
    if (width * height > MOST_PIXELS) {
      throw new PictureProblem('It has {0} × {1} pixels, which is more than can be shown', width, height);
    }
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new PictureProblem('The picture cannot be decoded: {0}', 'canvas');
    context.drawImage(bitmap, 0, 0);
    return { width, height, data: context.getImageData(0, 0, width, height).data };
  } finally {
    bitmap.close();
  }
}
