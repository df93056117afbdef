// Owns what is said of a media file, e.g. why it cannot be decoded: an English sentence and what goes into it, so that others can translate it.

/** `{0}`, `{1}`, … in the text stand for the values. The text is what a translation is found by. */
export interface Reason {
  readonly text: string;
  readonly values: readonly (string | number)[];
}

/** In English. */
export function english({ text, values }: Reason): string {
  return text.replaceAll(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)] ?? ''));
}

/** What picture.wasm packs: the text and its values, each after a zero byte. */
export function unpackReason(packed: string): Reason {
  const [text, ...values] = packed.split('\0');
  return { text, values };
}
