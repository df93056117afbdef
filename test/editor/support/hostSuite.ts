// Owns running the extension host's suite: it is bundled, run in the workbench or in a VS Code of this machine, and must prove that it ran.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import type { HostResult } from '../host/results.ts';
import { launchChromium } from './browser.ts';
import { EditorServer, projectRoot } from './editorServer.ts';

/** The suite and the start of what it runs in, together, in milliseconds. */
const SUITE_MS = 180_000;

/** Bundles the suite; returns the file that VS Code loads. */
export async function bundleHostSuite(): Promise<string> {
  const outfile = path.join(projectRoot, 'test-results/hostSuite/run.cjs');
  await mkdir(path.dirname(outfile), { recursive: true });
  await build({
    entryPoints: [path.join(projectRoot, 'test/editor/host/run.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22.15',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'silent',
  });
  return outfile;
}

/**
 * Runs the suite on a folder in the workbench of the tests. `resultsFile` must not be there yet.
 * @throws Error when the suite left no results, whatever exit code was told: a host that dies tells 0
 */
export async function runHostSuite(folder: string, resultsFile: string): Promise<HostResult[]> {
  const suite = await bundleHostSuite();
  const server = await EditorServer.start({
    withoutExtension: true,
    testDriver: true,
    environment: { FORGE_HOST_RESULTS: resultsFile },
  });
  try {
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const ended = new Promise<number>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`The suite in the extension host took longer than ${SUITE_MS / 1000} s`)),
          SUITE_MS,
        );
        const end = (code: number) => {
          clearTimeout(timer);
          resolve(code);
        };
        page.exposeFunction('codeAutomationExit', end).catch(reject);
        page.exposeFunction('codeAutomationLog', () => undefined).catch(reject);
        page.on('crash', () => reject(new Error('The page of the workbench crashed')));
      });
      const at = (name: string) => `vscode-remote://${new URL(server.address).host}${name}`;
      await page.goto(
        server.urlOf(folder, [
          ['extensionDevelopmentPath', at(projectRoot)],
          ['extensionTestsPath', at(suite)],
        ]),
      );
      return readResults(resultsFile, await ended);
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}

/** Runs the suite in a VS Code of this machine, whose program is `executable`. */
export async function runHostSuiteIn(
  executable: string,
  folder: string,
  resultsFile: string,
): Promise<HostResult[]> {
  const { runTests } = await import('@vscode/test-electron');
  const code = await runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: projectRoot,
    extensionTestsPath: await bundleHostSuite(),
    extensionTestsEnv: { FORGE_HOST_RESULTS: resultsFile },
    launchArgs: [folder, '--disable-extensions', '--disable-workspace-trust', '--skip-welcome'],
  }).catch(() => 1);
  return readResults(resultsFile, code);
}

function readResults(file: string, code: number): HostResult[] {
  if (!existsSync(file))
    throw new Error(`The extension host ended with exit code ${code}, but its suite never reported`);
  const results = JSON.parse(readFileSync(file, 'utf8')) as HostResult[];
  if (results.length === 0) throw new Error('The suite in the extension host ran no test');
  if (code !== 0 && results.every(({ state }) => state !== 'failed'))
    throw new Error(`All tests passed in the extension host, but it ended with exit code ${code}`);
  return results;
}
