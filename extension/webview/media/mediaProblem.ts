// Owns why a sound or a video cannot be played, in a form that can be translated, and fetching their bytes.
import type { ViewedFile } from '../messages.ts';

/** An English text of viewerStrings.ts, with what goes into it. */
export class MediaProblem extends Error {
  override readonly name = 'MediaProblem';
  readonly values: (string | number)[];

  constructor(text: string, ...values: (string | number)[]) {
    super(text);
    this.values = values;
  }
}

/** All bytes of a file. @throws MediaProblem */
export async function fetchFile({ url, absent }: ViewedFile): Promise<Blob> {
  if (url === undefined) throw new MediaProblem(absent ?? 'The file cannot be read: {0}', '');
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    return await response.blob();
  } catch (error) {
    throw new MediaProblem('The file cannot be read: {0}', messageOf(error));
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
