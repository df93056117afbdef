// Owns the headless Chromium that shows the workbench, and whether there is one.
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { hostIsInstalled } from './setUpHost.mjs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The program in CHROMIUM, else the one of the system; undefined when there is none. */
export function chromiumProgram(): string | undefined {
  return [process.env.CHROMIUM ?? '', ...PLACES].find((name) => name !== '' && existsSync(name));
}

/** Why no workbench can be opened here; undefined when one can. */
export function whyNoWorkbench(): string | undefined {
  if (!hostIsInstalled()) return 'no workbench here: node test/editor/support/setUpHost.mjs installs it';
  if (chromiumProgram() === undefined)
    return 'no Chromium here: install Debian’s chromium, or name one in CHROMIUM';
  return undefined;
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumProgram(),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      // WebGL without a graphics card.
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
