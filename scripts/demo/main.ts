// Owns the demo: import, three rounds of edits, history, restore, undo and verification, with the real command line.
import { mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { CommitResult, LogEntry, ShowResult, VerifyResult } from '../../core/repo/types.ts';
import { formatBytes, formatCount, formatDuration } from '../../cli/output/units.ts';
import { closingTable, type CommitRow } from './closing.ts';
import { differences, digestOf, fingerprint, type Fingerprint } from './fingerprint.ts';
import { makeProject } from './madeProject.ts';
import { copyFolder, ownStory, type CopiedFile } from './ownFolder.ts';
import { Stage } from './stage.ts';
import type { Story } from './story.ts';

const root = path.dirname(path.dirname(import.meta.dirname));

/** Git's mode of a symbolic link. */
const LINK = 0o120000;

/** A commit as it was made, and what the files were then. */
interface Made extends Omit<CommitRow, 'exactFiles'> {
  commit: string;
  files: Fingerprint;
}

try {
  await demo(process.argv[2]);
} catch (error) {
  console.error(`demo: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function demo(given: string | undefined): Promise<void> {
  const start = performance.now();
  const source = given === undefined ? undefined : await folderAt(given);
  const home = await mkdtemp(path.join(await realpath(os.tmpdir()), 'forge-demo-'));
  const folder = path.join(home, source === undefined ? 'Höhle' : path.basename(source));
  await mkdir(folder);
  const stage = new Stage(root, folder, (line) => console.log(line), process.stdout.isTTY);

  stage.heading(source === undefined ? 'Making a small game project' : 'Copying your folder');
  let story = source === undefined ? await makeProject(folder) : undefined;
  if (source !== undefined) await copyOwn(source, folder, stage);
  stage.say(`In ${folder}`);

  const commits = [await importAll(stage, folder)];
  story ??= await ownStory(folder, importedFiles(stage));
  commits.push(...(await playRounds(stage, folder, story)));
  showHistory(stage, story);
  await restoreAndUndo(stage, folder, story, commits);
  await undoCommit(stage, folder, commits);
  const exact = await verify(stage, folder, commits);
  stage.heading('What it cost');
  closingTable(commits.map((made, i) => ({ ...made, exactFiles: exact[i] }))).forEach((line) =>
    stage.say(line),
  );
  if (exact.includes(undefined)) throw new Error('A commit did not come back as it was');
  stage.say(`The demo took ${formatDuration((performance.now() - start) / 1000)}, set-up not counted.`);
  sayGoodbye(stage, home, folder, story);
}

async function folderAt(given: string): Promise<string> {
  const folder = await realpath(given).catch(() => {
    throw new Error(`there is no folder ${given}`);
  });
  if (!(await stat(folder)).isDirectory()) throw new Error(`${given} is not a folder`);
  return folder;
}

async function copyOwn(source: string, folder: string, stage: Stage): Promise<void> {
  const { files, leftOut, unreadable } = await copyFolder(source, folder);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  stage.say(
    `${formatCount(files.length, 'file')}, ${formatBytes(bytes)}; the demo works on a copy, yours stays as it is`,
  );
  if (leftOut > 0)
    stage.say(`${formatCount(leftOut, 'more file')} left out: the demo copies 1 GB or 20,000 files at most`);
  if (unreadable.length > 0)
    stage.say(`${formatCount(unreadable.length, 'path')} could not be read: ${unreadable[0]}`);
  if (files.length === 0) {
    await rm(path.dirname(folder), { recursive: true });
    throw new Error('there is no file in this folder that the demo could use');
  }
}

/** Regular files of the first commit: ignore rules may have left some of the folder out. Hidden files are left as they are. */
function importedFiles(stage: Stage): CopiedFile[] {
  const { files } = stage.ask<ShowResult>(['show']);
  return files.flatMap(({ path: name, after }) =>
    after === undefined || after.mode === LINK || path.basename(name).startsWith('.')
      ? []
      : [{ path: name, size: after.size }],
  );
}

async function importAll(stage: Stage, folder: string): Promise<Made> {
  stage.heading('Import');
  stage.forge(['init']);
  stage.forge(['config', 'user.name', 'Demo']);
  stage.forge(['config', 'user.email', 'demo@example.org']);
  return commit(stage, folder, 'Import everything');
}

async function playRounds(stage: Stage, folder: string, { rounds }: Story): Promise<Made[]> {
  const commits: Made[] = [];
  for (const [i, { message, edits }] of rounds.entries()) {
    stage.heading(`Edits, round ${i + 1}`);
    for (const edit of edits) {
      await edit.apply();
      stage.say(`- ${edit.says}`);
    }
    stage.forge(['status']);
    commits.push(await commit(stage, folder, message));
  }
  return commits;
}

async function commit(stage: Stage, folder: string, message: string): Promise<Made> {
  const { stdout, seconds } = stage.forge(['commit', '-m', message, '--json']);
  const { commit: id, logicalBytes, newBytes, storedBytes } = JSON.parse(stdout) as CommitResult;
  return {
    commit: id,
    message,
    logicalBytes,
    newBytes,
    storedBytes,
    seconds,
    files: await fingerprint(folder),
  };
}

function showHistory(stage: Stage, { hero, renamed, compared }: Story): void {
  stage.heading('History');
  stage.forge(['log', '--oneline']);
  stage.forge(['log', '--oneline', hero]);
  if (renamed !== undefined) {
    stage.say('A renamed file keeps its history:');
    stage.forge(['log', '--oneline', renamed]);
  }
  stage.say('What the last commit changed in some files:');
  stage.forge(['diff', 'HEAD~1', 'HEAD', '--', ...compared], { lines: 40 });
}

/** An old version comes back byte for byte, and undo brings the new one back. */
async function restoreAndUndo(stage: Stage, folder: string, { hero }: Story, commits: Made[]): Promise<void> {
  stage.heading('Back to an old version, and undo');
  const now = await digestOf(path.join(folder, hero));
  stage.forge(['restore', '--from', commits[0].commit.slice(0, 10), hero]);
  await check(stage, folder, hero, commits[0].files.get(hero), 'as it was imported');
  stage.forge(['undo']);
  await check(stage, folder, hero, now, 'as it was before the restore');
}

async function check(
  stage: Stage,
  folder: string,
  name: string,
  wanted: string | undefined,
  what: string,
): Promise<void> {
  const digest = await digestOf(path.join(folder, name));
  if (digest !== wanted) throw new Error(`${name} is not ${what}`);
  stage.say(`  ${name} is ${what}: SHA-256 ${digest.slice(0, 16)}…`);
}

/** Takes the last commit back, and that back again. */
async function undoCommit(stage: Stage, folder: string, commits: Made[]): Promise<void> {
  stage.heading('Undo a commit');
  stage.forge(['undo']);
  stage.forge(['log', '--oneline']);
  const [latest] = stage
    .ask<{ id: string; command: string; summary: string }[]>(['op', 'log'])
    .filter(({ command }) => command === 'commit');
  stage.say('The operation log leads back to every state:');
  stage.forge(['op', 'log', '-n', '4']);
  stage.forge(['op', 'restore', latest.id.slice(0, 10)]);
  const [head] = stage.ask<LogEntry[]>(['log', '-n', '1']);
  const last = commits[commits.length - 1];
  const different = differences(last.files, await fingerprint(folder));
  if (head.commit !== last.commit || different.length > 0)
    throw new Error(`The last commit is not back: ${different[0] ?? head.commit}`);
}

/** Goes back to each commit and compares every file. Undefined where one differs. */
async function verify(stage: Stage, folder: string, commits: Made[]): Promise<(number | undefined)[]> {
  stage.heading('Verification');
  stage.forge(['verify', '--full']);
  if (!stage.ask<VerifyResult>(['verify']).ok) throw new Error('forge verify found problems');
  stage.say('Every commit, checked out and compared with the SHA-256 of each file when it was made:');
  const exact: (number | undefined)[] = [];
  for (const made of commits) {
    stage.forge(['switch', '-q', made.commit.slice(0, 10)]);
    const different = differences(made.files, await fingerprint(folder));
    for (const name of different) stage.say(`  DIFFERENT: ${name}`);
    exact.push(different.length === 0 ? made.files.size : undefined);
  }
  stage.forge(['switch', 'main']);
  return exact;
}

function sayGoodbye(stage: Stage, home: string, folder: string, { hero }: Story): void {
  stage.heading('Your turn');
  const commands = [
    `cd '${folder}'`,
    `alias forge='${path.join(root, 'forge')}'`,
    'forge log',
    `forge log '${hero}'`,
    'forge show HEAD',
    `forge restore --from HEAD~2 '${hero}'`,
    'forge undo',
    'forge stats',
    'git --git-dir=.forge/git log --stat',
    'forge --help',
  ];
  commands.forEach((line) => stage.say(`  ${line}`));
  stage.say(`\nThe folder is yours to keep; rm -r '${home}' removes it.`);
}
