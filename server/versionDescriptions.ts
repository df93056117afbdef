// Owns what the editor is told a version is: what its bytes say, read once for a content.
import { extname } from 'node:path';
import { describe } from '../core/formats/describe.ts';
import type { Description } from '../core/protocol/files.ts';
import type { FileVersionRef } from '../core/protocol/versionUri.ts';
import type { RepositorySessions } from './session/repositorySessions.ts';
import { translated } from './formatTexts.ts';
import { openVersion, type VersionSource } from './session/versionSource.ts';

/** Contents whose descriptions are remembered. */
const REMEMBERED = 500;

export class VersionDescriptions {
  private readonly sessions: RepositorySessions;
  private readonly made = new Map<string, Promise<Description | undefined>>();

  constructor(sessions: RepositorySessions) {
    this.sessions = sessions;
  }

  /** Undefined where the bytes say nothing, or the file is not there in that version. @throws ForgeError as Repository.readFile does */
  async of(version: FileVersionRef): Promise<Description | undefined> {
    const found = await openVersion(this.sessions, version);
    if (!found) return undefined;
    // The name decides what bytes without a signature are.
    const key = `${found.contentId} ${extname(version.file).toLowerCase()}`;
    let made = this.made.get(key);
    if (!made) {
      made = descriptionOf(found, version.file);
      made.catch(() => this.made.delete(key));
      this.made.set(key, made);
      const [oldest] = this.made.keys();
      if (this.made.size > REMEMBERED) this.made.delete(oldest);
    }
    return made;
  }
}

async function descriptionOf({ source }: VersionSource, path: string): Promise<Description | undefined> {
  const facts = await describe(source, path);
  return facts.kind === 'binary' ? undefined : translated(facts);
}
