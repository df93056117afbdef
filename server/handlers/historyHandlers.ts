// Owns the answer to questions about the versions that a file had.
import { join } from 'node:path';
import type { Connection } from 'vscode-languageserver/node';
import { type HistoryEntry, historyRequest } from '../../core/protocol/history.ts';
import type { FileHistoryEntry } from '../../core/repo/types.ts';
import type { RepositorySessions } from '../session/repositorySessions.ts';
import { answer } from './register.ts';

/** Versions in one answer at most. */
const LONGEST_PAGE = 500;

export function answerHistory(connection: Connection, sessions: RepositorySessions): void {
  answer(connection, historyRequest, async ({ file, limit, after }, { signal }) => {
    const session = sessions.around(file);
    const shortest = Math.min(limit, LONGEST_PAGE);
    const { entries, more } = await session.history.page(session.pathOf(file), shortest, after, signal);
    return { entries: entries.map((entry) => toProtocol(session.root, entry)), more };
  });
}

function toProtocol(root: string, entry: FileHistoryEntry): HistoryEntry {
  const { commit, author, time, message, path, version, addedBytes } = entry;
  return {
    commit,
    file: join(root, path),
    author,
    time,
    message,
    size: version?.size ?? 0,
    stored: version?.kind ?? 'text',
    ...(version?.blake3 !== undefined && { blake3: version.blake3 }),
    deleted: version === undefined,
    ...(addedBytes !== undefined && { addedBytes }),
  };
}
