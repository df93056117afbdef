// Owns which repositories are open: one session a root, opened for workspace folders and closed when no folder needs it.
import { sep } from 'node:path';
import * as l10n from '@vscode/l10n';
import { ForgeError } from '../../core/errors.ts';
import type { FolderInfo } from '../../core/protocol/repositories.ts';
import type { Repository } from '../../core/repo/repository.ts';
import { errorData } from '../errors.ts';
import { RepositorySession, type SessionEvents } from './repositorySession.ts';

export class RepositorySessions {
  private readonly openRepository: (folder: string) => Promise<Repository>;
  private readonly events: SessionEvents;
  private readonly sessions = new Map<string, RepositorySession>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(openRepository: (folder: string) => Promise<Repository>, events: SessionEvents) {
    this.openRepository = openRepository;
    this.events = events;
  }

  all(): Iterable<RepositorySession> {
    return this.sessions.values();
  }

  /** Opens what these folders lie in and closes everything else; after what was asked before, whose answer would be out of date else. */
  openFolders(folders: string[]): Promise<FolderInfo[]> {
    return this.inOrder(() => this.openAll(folders));
  }

  /** Opens what a folder lies in, beside what is open. */
  addFolder(folder: string): Promise<FolderInfo> {
    return this.inOrder(() => this.openFolder(folder));
  }

  private inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }

  private async openAll(folders: string[]): Promise<FolderInfo[]> {
    const infos: FolderInfo[] = [];
    for (const folder of folders) infos.push(await this.openFolder(folder));
    const needed = new Set(infos.map(({ root }) => root));
    for (const [root, session] of this.sessions) {
      if (needed.has(root)) continue;
      this.sessions.delete(root);
      await session.close();
    }
    return infos;
  }

  private async openFolder(folder: string): Promise<FolderInfo> {
    try {
      const repository = await this.openRepository(folder);
      const { root } = repository;
      if (this.sessions.has(root)) {
        await repository.close();
        return { folder, root };
      }
      const session = new RepositorySession(repository, this.events);
      this.sessions.set(root, session);
      void session.watch().catch((error: unknown) => this.events.warning(errorData(error).message));
      return { folder, root };
    } catch (error) {
      if (error instanceof ForgeError && error.code === 'NO_REPOSITORY') return { folder };
      return { folder, problem: errorData(error) };
    }
  }

  /** @throws ForgeError NO_REPOSITORY when no such repository is open */
  at(root: string): RepositorySession {
    const session = this.sessions.get(root);
    if (!session) throw notOpen(root);
    return session;
  }

  /** The innermost open repository that an absolute path lies in; undefined where there is none. */
  find(file: string): RepositorySession | undefined {
    let best: RepositorySession | undefined;
    for (const session of this.sessions.values()) {
      const inside = file === session.root || file.startsWith(session.root + sep);
      if (inside && session.root.length > (best?.root.length ?? 0)) best = session;
    }
    return best;
  }

  /** As `find`. @throws ForgeError NO_REPOSITORY */
  around(file: string): RepositorySession {
    const session = this.find(file);
    if (!session) throw notOpen(file);
    return session;
  }

  async close(): Promise<void> {
    for (const session of this.sessions.values()) await session.close();
    this.sessions.clear();
  }
}

function notOpen(path: string): ForgeError {
  return new ForgeError(
    'NO_REPOSITORY',
    l10n.t('{0} lies in no Forge repository that is open', path),
    l10n.t('Open its folder in the editor.'),
    { path },
  );
}
