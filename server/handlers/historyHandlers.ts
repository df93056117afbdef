// Owns the answer to questions about the versions that a file had.
import { join } from 'node:path';
import type { Connection } from 'vscode-languageserver/node';
import { throwIfAborted } from '../../core/progress.ts';
import { type HistoryEntry, historyRequest } from '../../core/protocol/history.ts';
import type { FileHistoryEntry } from '../../core/repo/types.ts';
import type { RepositorySessions } from '../session/repositorySessions.ts';
import { answer } from './register.ts';

/** Versions in one answer at most. */
const LONGEST_PAGE = 500;

export function answerHistory(connection: Connection, sessions: RepositorySessions): void {
  answer(connection, historyRequest, async ({ file, limit, after }, { signal }) => {
    const session = sessions.around(file);
    const entries: HistoryEntry[] = [];
    let skipping = after !== undefined;
    for await (const entry of session.repository.fileHistory(session.pathOf(file))) {
      throwIfAborted(signal);
      if (skipping) {
        skipping = entry.commit !== after;
        continue;
      }
      if (entries.length >= Math.min(limit, LONGEST_PAGE)) return { entries, more: true };
      entries.push(toProtocol(session.root, entry));
    }
    return { entries, more: false };
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
