// Owns bringing a document together with the repository around it: what it refers to, and where that leads.
import { fileURLToPath } from 'node:url';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { RepositorySession } from '../session/repositorySession.ts';
import type { RepositorySessions } from '../session/repositorySessions.ts';
import type { RepositoryUpdate } from '../../core/protocol/repositories.ts';
import { type Mount, mountsSeenFrom } from './mounts.ts';
import { type Reference } from './references.ts';
import { RepositoryAssets } from './repositoryAssets.ts';
import { type Resolution, resolveReference } from './resolve.ts';
import { type Syntax, syntaxOf } from './syntaxes.ts';
import type { AssetCatalogue } from './assetCatalogue.ts';

/** A document of an open repository. */
export interface Surroundings {
  session: RepositorySession;
  assets: RepositoryAssets;
  catalogue: AssetCatalogue;
  /** Those that the document sees. */
  mounts: Mount[];
  /** The document, in the repository. */
  path: string;
  syntax: Syntax;
}

/** In longer texts only the neighbourhood of the cursor is looked at. */
export const MAX_DOCUMENT = 16 * 1024 * 1024;

export class DocumentAssets {
  private readonly sessions: RepositorySessions;
  private readonly byRoot = new Map<string, { session: RepositorySession; assets: RepositoryAssets }>();

  constructor(sessions: RepositorySessions) {
    this.sessions = sessions;
  }

  /** Takes in what a repository tells; whether paths came or went is returned. */
  updated(update: RepositoryUpdate): boolean {
    const session = this.sessions.find(update.root);
    return session !== undefined && this.assetsOf(session).update(update);
  }

  /** Undefined for documents outside of repositories. */
  async around(document: TextDocument): Promise<Surroundings | undefined> {
    const file = fileOf(document.uri);
    const session = file === undefined ? undefined : this.sessions.find(file);
    if (file === undefined || !session || file === session.root) return undefined;
    const assets = this.assetsOf(session);
    const path = session.pathOf(file);
    const { catalogue, mounts } = await assets.assets();
    return {
      session,
      assets,
      catalogue,
      mounts: mountsSeenFrom(mounts, path),
      path,
      syntax: syntaxOf(path),
    };
  }

  private assetsOf(session: RepositorySession): RepositoryAssets {
    const known = this.byRoot.get(session.root);
    // A repository that was closed and opened again is another one.
    if (known?.session === session) return known.assets;
    const assets = new RepositoryAssets(session.repository);
    this.byRoot.set(session.root, { session, assets });
    return assets;
  }
}

export function resolveIn(reference: Reference, around: Surroundings): Resolution | undefined {
  return resolveReference(reference, around.path, around.catalogue, around.mounts);
}

/** Undefined for what is no file, e.g. a document that was never saved. */
function fileOf(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}
