// Owns the messages between a webview and the extension; both sides import this file, which therefore imports nothing.

/** A side of what a viewer shows. `url` can be fetched by the webview; undefined for a file that is not there on that side. */
export interface ViewedFile {
  /** Shown above the picture: the path and which version. */
  label: string;
  /** Path in the repository; its extension tells the format. */
  path: string;
  url: string | undefined;
  /** Bytes. */
  size: number;
  /** Why there is no `url`, e.g. that the file was added, or is too large. */
  absent?: string;
  /** Lines of facts: label and value. */
  facts: [label: string, value: string][];
  /** Of sounds and videos, what their header says. */
  media?: MediaFacts;
}

export interface MediaFacts {
  /** Name of the format, e.g. `WebM`. */
  format?: string;
  /** Seconds. */
  duration?: number;
  /** Samples a second. */
  sampleRate?: number;
  channels?: number;
  /** Pictures a second. */
  frameRate?: number;
  /** As people call it, e.g. `H.264, AAC`. */
  codec?: string;
}

/** From the extension: what to show. One file is a preview, two are a comparison. */
export interface ShowMessage {
  type: 'show';
  /** `image`, `audio`, `video`, `model`, `unreal`, `paint`, `hex`. */
  viewer: string;
  files: [ViewedFile] | [before: ViewedFile, after: ViewedFile];
  /** Changed ranges of the newer file, for the hex view; without them it asks. */
  changedRanges?: { offset: number; length: number }[];
  /** Translations of the strings of the webview, by their English text. */
  strings: Record<string, string>;
}

/** From the extension: bytes of a range that the hex view asked for. */
export interface RangeMessage {
  type: 'range';
  id: number;
  base64: string;
  problem?: string;
}

/** From the extension: the answer to an AskMessage. */
export interface AnswerMessage {
  type: 'answer';
  id: number;
  answer?: unknown;
  problem?: string;
}

export type ToWebview = ShowMessage | RangeMessage | AnswerMessage;

/** From the webview: it is there and wants its ShowMessage. */
export interface ReadyMessage {
  type: 'ready';
}

/** From the webview: bytes of a file, `side` an index into `files`. */
export interface ReadRangeMessage {
  type: 'readRange';
  id: number;
  side: number;
  offset: number;
  length: number;
}

/** From the webview: a question of questions.ts. */
export interface AskMessage {
  type: 'ask';
  id: number;
  question: string;
  about: unknown;
}

/** From the webview: a change of mode or a figure, for tests and for the title: e.g. { mode: 'difference', changedPixels: 12 }. */
export interface StateMessage {
  type: 'state';
  state: Record<string, unknown>;
}

/** From the webview: it could not show the file. */
export interface FailedMessage {
  type: 'failed';
  problem: string;
}

export type FromWebview = ReadyMessage | ReadRangeMessage | AskMessage | StateMessage | FailedMessage;
