// Owns making names and messages that others wrote harmless to a terminal.

// Everything in C0, DEL and C1 but tab and line feed.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Control characters as `\x1b`, so that a file's name cannot move the cursor or rename the window. Lines stay lines. */
export function printable(text: string): string {
  return text.replace(CONTROL, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The same for a path, which has one line. */
export function printablePath(path: string): string {
  return printable(path).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}
