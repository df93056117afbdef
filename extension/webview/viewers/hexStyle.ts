// Owns the look of the hex view, in the colours of the editor's theme.

/** Height of a row in pixels, for the script as for the sheet. */
export const ROW_HEIGHT = 20;

export const HEX_STYLE = `
.hex { display: flex; height: 100%; min-height: 200px; font-family: var(--vscode-editor-font-family, monospace);
  font-size: 13px; color: var(--vscode-editor-foreground); }
.hex-main { flex: 1; min-width: 0; display: flex; flex-direction: column; }
.hex-labels { display: flex; white-space: nowrap; padding-left: calc(8ch + 24px); }
.hex-labels span { width: calc(16 * 22px + 16ch + 28px); overflow: hidden; text-overflow: ellipsis; }
.hex-grid { flex: 1; overflow: auto hidden; outline-offset: -2px; }
.hex-grid:focus-visible { outline: 2px solid var(--vscode-focusBorder, currentColor); }
.hex-row { display: flex; height: ${ROW_HEIGHT}px; line-height: ${ROW_HEIGHT}px; white-space: pre; width: max-content; }
.hex-offset { color: var(--vscode-editorLineNumber-foreground, inherit); padding: 0 12px; }
.hex-cell { flex: none; width: 22px; text-align: center; }
.hex-text { width: 16ch; padding: 0 20px 0 8px; }
.hex-changed { background: var(--vscode-diffEditor-insertedTextBackground, #9bb95533);
  border-bottom: 2px solid var(--vscode-editorGutter-modifiedBackground, currentColor); box-sizing: border-box; }
.hex-cursor { outline: 2px solid var(--vscode-focusBorder, currentColor); outline-offset: -2px; }
.hex-bar { width: 16px; overflow: hidden scroll; }
`;
