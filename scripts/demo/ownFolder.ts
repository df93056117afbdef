// Owns the demo on a folder of the user's: a bounded copy of it, and edits that fit whatever is there.
import { constants } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { cutOut, decodeWav, durationOf, encodeWav } from './media/wav.ts';
import type { Edit, Story } from './story.ts';

/** What the demo copies at most, so that it ends in time and does not fill the disk. */
const MOST_BYTES = 1e9;
const MOST_FILES = 20_000;
/** Files that edits read whole are at most this long. */
const MOST_EDITED_BYTES = 256e6;
/** Bytes that an edit changes. */
const RUN = 48_000;
const LEFT_OUT = new Set(['.git', '.forge', '.svn', '.hg', 'node_modules']);

/** Errors of one file that do not stop the copy. */
const PASSED_OVER = new Set(['EACCES', 'EPERM', 'ENOENT']);

export interface Copied {
  /** Relative to the copy, by path. */
  files: CopiedFile[];
  /** Files left out because of the limits, or because they could not be read. */
  leftOut: number;
  unreadable: string[];
}

export interface CopiedFile {
  path: string;
  size: number;
}

/**
 * Copies a folder into an empty one: files and symbolic links, without the folders of version control, and without the copy
 * itself should it lie inside. Throws when the disk is full.
 */
export async function copyFolder(from: string, to: string): Promise<Copied> {
  const copied: Copied = { files: [], leftOut: 0, unreadable: [] };
  let bytes = 0;
  for await (const name of walk(from, '', to, copied.unreadable)) {
    const [source, target] = [path.join(from, name), path.join(to, name)];
    try {
      const info = await lstat(source);
      if (copied.files.length >= MOST_FILES || bytes + info.size > MOST_BYTES) {
        copied.leftOut += 1;
        continue;
      }
      await mkdir(path.dirname(target), { recursive: true });
      if (info.isSymbolicLink()) await symlink(await readlink(source), target);
      else {
        await copyFile(source, target, constants.COPYFILE_FICLONE);
        copied.files.push({ path: name, size: info.size });
        bytes += info.size;
      }
    } catch (error) {
      if (!PASSED_OVER.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      copied.unreadable.push(name);
    }
  }
  return copied;
}

/** Paths of files and symbolic links, in the order of their names. */
async function* walk(
  root: string,
  folder: string,
  except: string,
  unreadable: string[],
): AsyncGenerator<string> {
  if (path.join(root, folder) === except) return;
  const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch(() => {
    unreadable.push(folder);
    return [];
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory() && !LEFT_OUT.has(entry.name)) yield* walk(root, name, except, unreadable);
    else if (entry.isFile() || entry.isSymbolicLink()) yield name;
  }
}

/** Edits of the largest files, of a text, and of the tree itself. Throws when there is nothing to edit. */
export async function ownStory(folder: string, files: CopiedFile[]): Promise<Story> {
  const bySize = files
    .filter(({ size }) => size > 0 && size <= MOST_EDITED_BYTES)
    .sort((a, b) => b.size - a.size)
    .map((file) => file.path);
  const [hero, second = hero, third = second] = bySize;
  if (hero === undefined) throw new Error('there is no file to edit: none of those imported holds anything');
  const edits = new Edits(folder);
  const text = await findText(
    folder,
    files.map((file) => file.path),
  );
  const rest = bySize.filter((name) => ![hero, second, third, text].includes(name));
  const moved = rest[0];
  const renamed = moved === undefined ? undefined : renamedPath(moved);
  const spare = rest[1];
  return {
    hero,
    renamed,
    compared: text === undefined || text === hero ? [hero] : [hero, text],
    rounds: [
      {
        message: 'Change parts of the largest files',
        edits: [edits.overwrite(hero), ...(third === hero ? [] : [edits.overwrite(third)])],
      },
      {
        message: 'Insert, rename and add',
        edits: [
          edits.insert(second),
          ...(moved === undefined || renamed === undefined ? [] : [edits.rename(moved, renamed)]),
          edits.add(hero, path.join(path.dirname(hero), `Kopie 複製${path.extname(hero)}`)),
        ],
      },
      {
        message: 'Change more, delete one',
        edits: [
          edits.overwrite(hero),
          ...(text === undefined ? [] : [edits.appendLine(text)]),
          ...(spare === undefined ? [] : [edits.remove(spare)]),
        ],
      },
    ],
  };
}

function renamedPath(name: string): string {
  const { dir, name: stem, ext } = path.parse(name);
  return path.join(dir, `${stem} (renamed)${ext}`);
}

/** The first small file without a NUL byte. */
async function findText(folder: string, names: string[]): Promise<string | undefined> {
  for (const name of names.slice(0, 1_000)) {
    const { size } = await lstat(path.join(folder, name));
    if (size === 0 || size > 1e6) continue;
    const content = await readFile(path.join(folder, name));
    if (!content.includes(0)) return name;
  }
  return undefined;
}

/** Edits that know nothing of a format, but for audio. Each call of `overwrite` hits another place. */
class Edits {
  private readonly folder: string;
  private count = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  overwrite(name: string): Edit {
    const share = 0.3 + 0.2 * (this.count++ % 3);
    return {
      says: `overwrite a part of ${name}`,
      apply: () =>
        this.change(name, (content) => {
          const start = Math.floor(content.length * share);
          const part = content.subarray(start, start + RUN);
          part.forEach((byte, i) => (part[i] = byte ^ (i % 7 === 0 ? 0x15 : 0)));
          return content;
        }),
    };
  }

  insert(name: string): Edit {
    return {
      says: /\.wav$/i.test(name) ? `change the length of ${name}` : `insert into ${name}`,
      apply: () =>
        this.change(name, (content) => {
          const audio = decodeWav(content);
          if (audio && durationOf(audio) > 4) return encodeWav(cutOut(audio, 1, 2));
          const middle = Math.floor(content.length / 2);
          const part = Buffer.from(content.subarray(0, Math.min(RUN, middle))).reverse();
          return Buffer.concat([content.subarray(0, middle), part, content.subarray(middle)]);
        }),
    };
  }

  rename(from: string, to: string): Edit {
    return {
      says: `rename ${from} to ${path.basename(to)}`,
      apply: () => rename(this.at(from), this.at(to)),
    };
  }

  add(from: string, to: string): Edit {
    return {
      says: `add ${to}, which shares most of ${from}`,
      apply: async () => {
        const content = await readFile(this.at(from));
        content[content.length >> 1] ^= 1;
        await writeFile(this.at(to), content);
      },
    };
  }

  appendLine(name: string): Edit {
    return {
      says: `add a line to ${name}`,
      apply: () => this.change(name, (content) => Buffer.concat([content, Buffer.from('One more line.\n')])),
    };
  }

  remove(name: string): Edit {
    return { says: `delete ${name}`, apply: () => rm(this.at(name)) };
  }

  private async change(name: string, edit: (content: Buffer) => Buffer): Promise<void> {
    await writeFile(this.at(name), edit(await readFile(this.at(name))));
  }

  private at(name: string): string {
    return path.join(this.folder, name);
  }
}
