// Owns the four kinds of theme that the editor has, and changing from one to the other in an open window.
import type { Workbench } from './workbench.ts';

/** A theme of each kind, by the class that the window has then. */
export const THEMES = {
  'vs-dark': 'Dark 2026',
  vs: 'Light 2026',
  'hc-black': 'Default High Contrast',
  'hc-light': 'Default High Contrast Light',
} as const;

export type ThemeKind = keyof typeof THEMES;
export const THEME_KINDS = Object.keys(THEMES) as ThemeKind[];

/** With these settings a window takes the theme that it is told, and not one that is as light as the system. */
export const THEME_SETTINGS = { 'window.autoDetectColorScheme': false };

/** As a user does with `Preferences: Color Theme`. */
export async function useTheme(workbench: Workbench, kind: ThemeKind): Promise<void> {
  const window = workbench.page.locator(`.monaco-workbench.${kind}`);
  if (await window.count()) return;
  await workbench.runCommand('Preferences: Color Theme');
  await workbench.answer(THEMES[kind]);
  await window.waitFor();
  await workbench.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
}
