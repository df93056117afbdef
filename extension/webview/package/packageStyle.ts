// Owns the look of the viewer of packages and paint files, in the colours of the editor's theme.

export const PACKAGE_STYLE = `
.package { height: 100%; overflow: auto; }
.package section:not(.package-pictures) { padding: 8px 16px; }
.package-pictures { height: min(55vh, 520px); box-sizing: border-box;
  border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
.package-stage { height: 100%; }
.package-modes { display: contents; }
.package-bar { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; padding: 4px 0; }
.package-bar label { display: flex; gap: 4px; align-items: center; }
.package-bar input[type='search'], .package-bar input[type='text'] { min-width: 24ch; padding: 3px 6px; font: inherit;
  color: var(--vscode-input-foreground, inherit); background: var(--vscode-input-background, transparent);
  border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, #8886)); border-radius: 2px; }
.package-bar button, .package-button { padding: 3px 10px; font: inherit; color: var(--vscode-button-secondaryForeground, inherit);
  background: var(--vscode-button-secondaryBackground, transparent);
  border: 1px solid var(--vscode-contrastBorder, transparent); border-radius: 2px; }
.package summary { padding: 5px 0; cursor: pointer; font-weight: 600; }
.package-list { margin: 0 0 8px; padding: 0 0 0 12px; list-style: none; font-family: var(--vscode-editor-font-family, monospace);
  font-size: 12px; line-height: 18px; }
.package-list li { overflow-wrap: anywhere; padding-left: 2ch; text-indent: -2ch; }
.package-mark { display: inline-block; width: 2ch; text-indent: 0; font-weight: 700; }
.package-size { margin-left: 2ch; color: var(--vscode-descriptionForeground); }
.package-added { background: var(--vscode-diffEditor-insertedTextBackground, #9bb95533); }
.package-removed { background: var(--vscode-diffEditor-removedTextBackground, #ff000033); }
.package-changed { background: var(--vscode-editor-findMatchHighlightBackground, #ea5c0055); }
.package-list li:not(.package-same) .package-size { color: inherit; }
.package-note { margin: 2px 12px 8px; color: var(--vscode-descriptionForeground); }
.package-bytes { height: 480px; }
`;

export const FACT_TABLE_STYLE = `
.fact-table { border-collapse: collapse; margin: 4px 0; }
.fact-table th, .fact-table td { padding: 2px 16px 2px 0; text-align: left; vertical-align: top; font-weight: normal;
  overflow-wrap: anywhere; max-width: 40vw; }
.fact-table thead th { color: var(--vscode-descriptionForeground); }
.fact-table tbody th { color: var(--vscode-descriptionForeground); white-space: nowrap; }
.fact-table .differs td { font-weight: 600; }
.fact-table .differs th { color: inherit; }
.fact-table .differs { background: var(--vscode-diffEditor-insertedTextBackground, #9bb95533); }
`;
