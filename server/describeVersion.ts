// Owns what the editor is told a version is: what its bytes say.
import { describe } from '../core/formats/describe.ts';
import type { Description } from '../core/protocol/files.ts';
import type { FileVersionRef } from '../core/protocol/versionUri.ts';
import type { RepositorySessions } from './session/repositorySessions.ts';
import { translated } from './formatTexts.ts';
import { openVersion } from './session/versionSource.ts';

/** Undefined where the bytes say nothing, or the file is not there in that version. @throws ForgeError as Repository.readFile does */
export async function describeVersion(
  sessions: RepositorySessions,
  version: FileVersionRef,
): Promise<Description | undefined> {
  const found = await openVersion(sessions, version);
  if (!found) return undefined;
  const facts = await describe(found.source, version.file);
  return facts.kind === 'binary' ? undefined : translated(facts);
}
