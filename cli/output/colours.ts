// Owns colours on a terminal. They come from Node itself: a library would have to be loaded at every start.
import { styleText } from 'node:util';

const STYLES = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const;

export type Colours = Record<(typeof STYLES)[number], (text: string) => string> & { enabled: boolean };

/** Functions that wrap text in a style, or that leave it alone. */
export function createColours(enabled: boolean): Colours {
  const entries = STYLES.map((style) => [
    style,
    enabled ? (text: string) => styleText(style, text, { validateStream: false }) : (text: string) => text,
  ]);
  return { ...(Object.fromEntries(entries) as Omit<Colours, 'enabled'>), enabled };
}

/** NO_COLOR and FORCE_COLOR as no-color.org and force-color.org say. */
export function wantsColour(isTerminal: boolean, environment: NodeJS.ProcessEnv): boolean {
  if (environment.NO_COLOR) return false;
  if (environment.FORCE_COLOR) return environment.FORCE_COLOR !== '0';
  return isTerminal && environment.TERM !== 'dumb';
}
