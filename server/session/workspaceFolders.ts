// Owns which folders an editor has open by the protocol's own words, for editors that know no requests of Forge.
import { fileURLToPath } from 'node:url';

/** Absolute paths of the workspace's folders, else of its root; what is no file is left out. */
export function foldersOf(
  workspaceFolders: readonly { uri: string }[] | null | undefined,
  rootUri: string | null | undefined,
): string[] {
  const uris = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []);
  return uris.filter((uri) => uri.startsWith('file:')).map((uri) => fileURLToPath(uri));
}
