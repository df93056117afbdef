// Owns the interface of a viewer: what shows one kind of file, alone or beside an earlier version.
import type { ShowMessage } from './messages.ts';
import type { Questions } from './questions.ts';

/** What the page offers its viewer. */
export interface ViewerHost {
  /** Where the viewer draws; empty at first, fills the page below the header. */
  readonly body: HTMLElement;
  /** Where buttons and modes go; a toolbar for the keyboard as well. */
  readonly toolbar: HTMLElement;
  /** The translation of an English text; `{0}`, `{1}`, … are replaced. */
  translate(text: string, ...values: (string | number)[]): string;
  /** Bytes of a file (an index into `files`), at most 4 MiB at once. */
  readRange(side: number, offset: number, length: number): Promise<Uint8Array>;
  /** Asks for what bytes alone do not tell. Rejects with the reason. */
  ask<Name extends keyof Questions>(
    question: Name,
    about: Questions[Name]['about'],
  ): Promise<Questions[Name]['answer']>;
  /** Tells the extension a mode or figure. */
  report(state: Record<string, unknown>): void;
  /** One line beside the toolbar, which screen readers say. */
  showStatus(text: string): void;
  /** Shows why a side cannot be shown, in place of its picture; the rest of the page stays. */
  showProblem(side: number, problem: string): void;
}

export interface Viewer {
  dispose(): void;
}

/** Draws what `message` names into `host.body`. A rejection is shown as the reason, never as a blank page. */
export type ViewerFactory = (host: ViewerHost, message: ShowMessage) => Promise<Viewer>;
