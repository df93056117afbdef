// Owns why a picture cannot be shown, and the bounds of what can.
import type { Reason } from '../../../core/formats/reason.ts';

/** 64 million pixels of 8 bits are 256 MiB on each side. */
export const MOST_PIXELS = 64 * 1024 * 1024;
/** No file is read that is larger, in bytes. */
export const MOST_BYTES = 256 * 1024 * 1024;
/** No job of a worker takes longer, in seconds. */
export const MOST_SECONDS = 20;

/** What goes into a text; a reason is translated itself. */
export type ProblemValue = string | number | Reason;

/** An English text of viewerStrings.ts, with what goes into it. */
export class PictureProblem extends Error {
  override readonly name = 'PictureProblem';
  readonly values: ProblemValue[];

  constructor(text: string, ...values: ProblemValue[]) {
    super(text);
    this.values = values;
  }
}

/** `reason`: an Error, a Reason to be translated, or words. */
export function undecodable(reason: unknown): PictureProblem {
  const text = 'The picture cannot be decoded: {0}';
  if (isReason(reason)) return new PictureProblem(text, reason);
  return new PictureProblem(text, reason instanceof Error ? reason.message : String(reason));
}

/** In the language of the reader. */
export function saidProblem(
  translate: (text: string, ...values: (string | number)[]) => string,
  { message, values }: { message: string; values: ProblemValue[] },
): string {
  const said = values.map((value) =>
    typeof value === 'object' ? translate(value.text, ...value.values) : value,
  );
  return translate(message, ...said);
}

function isReason(value: unknown): value is Reason {
  return typeof value === 'object' && value !== null && 'text' in value && 'values' in value;
}

/** @throws PictureProblem when there are more pixels than can be shown */
export function checkSize(width: number, height: number): void {
  if (width * height > MOST_PIXELS)
    throw new PictureProblem('It has {0} × {1} pixels, which is more than can be shown', width, height);
}
