// Owns `npm run bench`: set-up and build, then one benchmark on the project's Node. Runs on Node 20 or newer.
import { buildAll } from './build.mjs';
import { install, projectNode, run } from './setup.mjs';

/** What can be measured, by the name on the command line. The first is what runs without one. */
const TOPICS = {
  game: ['main.ts', 'Forge beside git, git-lfs, restic, borg and cp on a real game, and real edit histories'],
  'huge-file': ['hugeFile.ts', 'one file of 8 GiB beside cp and b3sum: commit, small edit, restore'],
  scale: ['scale.ts', 'a hundred thousand or a million files beside git: status, add, commit, log, switch'],
  clone: [
    'clone.ts',
    'cloning 100,000 small files, and one of 1 GiB, beside cp -r of the same: time and memory',
  ],
  plane: ['planeSpeed.ts', 'the data plane alone: cutting and hashing what is known, on one core'],
  reads: ['reads.ts', 'ways of reading a large file: buffered, past the page cache, io_uring'],
  'cut-rules': ['cutRules.ts', 'new bytes after edits under the cut rule and under FastCDC'],
  editor: ['editor.ts', 'the extension in a real workbench over 100,000 files: panel, hover, commit, memory'],
  'editor-server': [
    'editorServer.ts',
    'the language server in a repository of 100,000 files: opening, a save, a commit, memory',
  ],
  'chunk-index': [
    'chunkIndex.ts',
    'the chunk index with millions of chunks: look-ups, inserts, memory, size',
  ],
};

const [first, ...others] = process.argv.slice(2);
const topic = first === undefined || first.startsWith('-') ? 'game' : first;
if (Object.hasOwn(TOPICS, topic)) {
  install();
  // Standard output is for the tables, or the one JSON document.
  buildAll((line) => process.stderr.write(`${line}\n`));
  const options = topic === first ? others : process.argv.slice(2);
  process.exitCode = run(projectNode(), [`bench/${TOPICS[topic][0]}`, ...options]);
} else {
  console.error(`There is no benchmark ${topic}. npm run bench -- TOPIC [options], where TOPIC is one of:`);
  for (const [name, [, what]] of Object.entries(TOPICS)) console.error(`  ${name.padEnd(12)} ${what}`);
  process.exitCode = 2;
}
