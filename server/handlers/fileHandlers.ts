// Owns the answers to requests about one version of one file.
import { open, stat } from 'node:fs/promises';
import type { Connection } from 'vscode-languageserver/node';
import { ForgeError } from '../../core/errors.ts';
import { MAX_RANGE, readRangeRequest } from '../../core/protocol/files.ts';
import type { RepositorySessions } from '../session/repositorySessions.ts';
import { answer } from './register.ts';

export function answerFiles(connection: Connection, sessions: RepositorySessions): void {
  answer(connection, readRangeRequest, async ({ file, revision, offset, length }) => {
    if (length > MAX_RANGE) {
      throw new ForgeError('USAGE', `${length} bytes are too many at once`, `Ask for ${MAX_RANGE} at most.`);
    }
    if (revision === undefined) return { base64: (await readPart(file, offset, length)).toString('base64') };
    const session = sessions.around(file);
    const pieces: Buffer[] = [];
    const range = { offset, length };
    for await (const piece of session.repository.readFile(revision, session.pathOf(file), range))
      pieces.push(piece);
    return { base64: Buffer.concat(pieces).toString('base64') };
  });
}

async function readPart(file: string, offset: number, length: number): Promise<Buffer> {
  const { size } = await stat(file);
  const handle = await open(file);
  try {
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
