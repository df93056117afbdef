// Owns what the language features need of the client: which documents the server sees, and what a hover may do.
import type { LanguageClientOptions } from 'vscode-languageclient/node';

/** Text files in which assets are referred to. */
const EXTENSIONS =
  'json,jsonc,gltf,usda,usd,mtl,md,markdown,yaml,yml,toml,csv,tsv,ini,html,htm,css,xml,svg,c,cc,cpp,cxx,h,hpp,hh,inl,cs,py,lua,js,ts,jsx,tsx,rs,uproject,uplugin';

/** Commands that links of a hover may run; see server/language/hoverText.ts. */
const HOVER_COMMANDS = [
  'forge.openVersion',
  'forge.compareVersions',
  'forge.restoreVersion',
  'forge.showHistory',
];

/** `onHover` is called whenever a hover has something to say. */
export function languageOptions(onHover: () => void): LanguageClientOptions {
  return {
    middleware: {
      async provideHover(document, position, token, next) {
        const hover = await next(document, position, token);
        if (hover) onHover();
        return hover;
      },
    },
    documentSelector: [{ scheme: 'file', pattern: `**/*.{${EXTENSIONS}}` }],
    markdown: { supportHtml: true, isTrusted: { enabledCommands: HOVER_COMMANDS } },
  };
}
