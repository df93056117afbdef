// Owns the language server's process: its connection, and who answers which of the editor's requests.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createConnection,
  DidChangeWorkspaceFoldersNotification,
  ProposedFeatures,
} from 'vscode-languageserver/node';
import type { InitializationOptions } from '../core/protocol/initialization.ts';
import { activityChanged, repositoryChanged } from '../core/protocol/repositories.ts';
import {
  cloneFolder,
  createThumbnails,
  initialiseRepository,
  openRepository,
  prepare,
  TEXTS,
} from './composition.ts';
import { answerFiles } from './handlers/fileHandlers.ts';
import { answerHistory } from './handlers/historyHandlers.ts';
import { answerPackages } from './handlers/packageHandlers.ts';
import { answerRepositories } from './handlers/repositoryHandlers.ts';
import { answerThumbnails, HOVER_PIXELS, VersionThumbnails } from './handlers/thumbnailHandlers.ts';
import { answerLanguage } from './language/answerLanguage.ts';
import { RepositorySessions } from './session/repositorySessions.ts';
import { VersionCache } from './session/versionCache.ts';
import { foldersOf } from './session/workspaceFolders.ts';
import { speak } from './texts.ts';
import { VersionDescriptions } from './versionDescriptions.ts';

const connection = createConnection(ProposedFeatures.all);
const sessions = new RepositorySessions(openRepository, {
  updated: (update) => {
    void connection.sendNotification(repositoryChanged.method, update);
    language.updated(update);
  },
  activity: (root, state) => void connection.sendNotification(activityChanged.method, { root, ...state }),
  warning: (message) => connection.console.warn(message),
});

const thumbnails = new VersionThumbnails(sessions, createThumbnails());
const descriptions = new VersionDescriptions(sessions);
const language = answerLanguage(connection, sessions, {
  thumbnailOf: (file) => thumbnails.of({ file }, HOVER_PIXELS),
  descriptionOf: (file) => descriptions.of({ file }),
});
const cache = new VersionCache(join(tmpdir(), 'forge-versions'));
/** Of an editor that knows no requests of Forge; undefined for Forge's own extension. */
let ownFolders: string[] | undefined;

connection.onInitialize(
  async ({ initializationOptions, workspaceFolders, rootUri, capabilities, locale }) => {
    const { cacheFolder, texts } = (initializationOptions ?? {}) as InitializationOptions;
    await speak(locale, texts, TEXTS);
    // Forge's extension, which says where copies go, names its folders by a request of its own.
    if (cacheFolder !== undefined) cache.moveTo(cacheFolder);
    else ownFolders = foldersOf(workspaceFolders, rootUri);
    const folders = { supported: true, changeNotifications: true };
    return {
      capabilities: { ...language.capabilities(capabilities), workspace: { workspaceFolders: folders } },
      serverInfo: { name: 'forge' },
    };
  },
);
connection.onInitialized(async () => {
  prepare();
  const opening = ownFolders?.length ? sessions.openFolders(ownFolders) : undefined;
  await Promise.all([opening, language.initialized()]);
});
connection.onNotification(DidChangeWorkspaceFoldersNotification.type, async ({ event }) => {
  if (ownFolders === undefined) return;
  const removed = new Set(foldersOf(event.removed, null));
  ownFolders = [...ownFolders.filter((folder) => !removed.has(folder)), ...foldersOf(event.added, null)];
  await sessions.openFolders(ownFolders);
});
process.on('unhandledRejection', (error) => {
  connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
});
connection.onShutdown(() => sessions.close());
answerRepositories(connection, sessions, initialiseRepository, cloneFolder);
answerFiles(connection, sessions, descriptions, cache);
answerPackages(connection, sessions, cache);
answerHistory(connection, sessions);
answerThumbnails(connection, thumbnails);
connection.listen();
