// Owns why a picture cannot be shown, and the bounds of what can.

/** 64 million pixels of 8 bits are 256 MiB on each side. */
export const MOST_PIXELS = 64 * 1024 * 1024;
/** No file is read that is larger, in bytes. */
export const MOST_BYTES = 256 * 1024 * 1024;
/** No job of a worker takes longer, in seconds. */
export const MOST_SECONDS = 20;

/** An English text of viewerStrings.ts, with what goes into it. */
export class PictureProblem extends Error {
  override readonly name = 'PictureProblem';
  readonly values: (string | number)[];

  constructor(text: string, ...values: (string | number)[]) {
    super(text);
    this.values = values;
  }
}

export function undecodable(reason: unknown): PictureProblem {
  const text = reason instanceof Error ? reason.message : String(reason);
  return new PictureProblem('The picture cannot be decoded: {0}', text);
}

/** @throws PictureProblem when there are more pixels than can be shown */
export function checkSize(width: number, height: number): void {
  if (width * height > MOST_PIXELS)
    throw new PictureProblem('It has {0} × {1} pixels, which is more than can be shown', width, height);
}
