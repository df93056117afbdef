// Owns the look of the players of sounds and videos, in the colours of the editor's theme.
import type { Viewer } from '../viewer.ts';

const STYLE = `
.choice { display: flex; }
.choice button { border-radius: 0; }
#toolbar .seek { width: 180px; }
#toolbar .seek.wide { flex: 1; min-width: 240px; }
.time { min-width: 17ch; font-variant-numeric: tabular-nums; white-space: nowrap; }
.unplayable { display: flex; flex-direction: column; }
.unplayable .facts { flex: none; }
.unplayable .hex { flex: 1; border-top: 1px solid var(--vscode-panel-border, currentColor); }
.players { display: flex; gap: 24px; padding: 0 16px; }
.players > * { flex: 1; min-width: 0; max-height: 60vh; }
.sounds { display: flex; flex-direction: column; gap: 8px; min-height: 100%; padding: 8px; box-sizing: border-box; }
.sounds section { border: 1px solid var(--vscode-panel-border, currentColor); border-left-width: 4px; }
.sounds section.heard { border-left-color: var(--vscode-focusBorder, currentColor); }
.sounds h2 { margin: 0; padding: 4px 8px; font-size: 1em; font-weight: 600; }
.sounds p { margin: 0; padding: 0 8px 4px; color: var(--vscode-descriptionForeground); }
.sounds p.problem { color: var(--vscode-errorForeground); }
.sounds ::part(behind) { position: absolute; top: 0; bottom: 0; right: 0; z-index: 3; opacity: .5; pointer-events: none;
  background: repeating-linear-gradient(135deg, transparent 0 6px, var(--vscode-descriptionForeground, gray) 6px 7px); }
.videos { display: flex; flex-direction: column; height: 100%; }
.videos .stage { display: flex; flex: 1; min-height: 120px; touch-action: none; }
.videos .stage.swipe { cursor: ew-resize; }
.videos figure { display: flex; flex: 1; flex-direction: column; min-width: 0; margin: 0; }
.videos figure.heard figcaption { box-shadow: inset 0 2px var(--vscode-focusBorder, currentColor); }
.videos canvas { flex: 1; width: 100%; min-height: 0; }
.videos canvas.amplified { filter: brightness(4); }
.videos details { flex: none; max-height: 40%; overflow: auto; padding: 4px 8px;
  border-top: 1px solid var(--vscode-panel-border, currentColor); }
.videos summary { cursor: pointer; }
.videos .fact-table th, .videos .fact-table td { padding: 1px 16px 1px 0; text-align: start; }
.videos .fact-table th[scope='row'] { font-weight: normal; color: var(--vscode-descriptionForeground); }
`;

/** A viewer with the sheet on its page, as long as it is shown. */
export async function openInMediaStyle(open: () => Promise<Viewer>): Promise<Viewer> {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const remove = (): void => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
  };
  const viewer = await open().catch((error: unknown) => {
    remove();
    throw error;
  });
  return {
    dispose() {
      viewer.dispose();
      remove();
    },
  };
}
