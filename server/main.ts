// Owns the language server's process: its connection, and who answers which of the editor's requests.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import type { InitializationOptions } from '../core/protocol/initialization.ts';
import { activityChanged, repositoryChanged } from '../core/protocol/repositories.ts';
import { createThumbnails, initialiseRepository, openRepository } from './composition.ts';
import { answerFiles } from './handlers/fileHandlers.ts';
import { answerHistory } from './handlers/historyHandlers.ts';
import { answerRepositories } from './handlers/repositoryHandlers.ts';
import { answerThumbnails } from './handlers/thumbnailHandlers.ts';
import { answerLanguage } from './language/answerLanguage.ts';
import { RepositorySessions } from './session/repositorySessions.ts';
import { VersionCache } from './session/versionCache.ts';

const connection = createConnection(ProposedFeatures.all);
const sessions = new RepositorySessions(openRepository, {
  updated: (update) => {
    void connection.sendNotification(repositoryChanged.method, update);
    language.updated(update);
  },
  activity: (root, state) => void connection.sendNotification(activityChanged.method, { root, ...state }),
  warn: (message) => connection.console.warn(message),
});

const language = answerLanguage(connection, sessions, {});
const cache = new VersionCache(join(tmpdir(), 'forge-versions'));

connection.onInitialize(({ initializationOptions, capabilities }) => {
  const { cacheFolder } = (initializationOptions ?? {}) as InitializationOptions;
  if (cacheFolder !== undefined) cache.moveTo(cacheFolder);
  return { capabilities: language.capabilities(capabilities), serverInfo: { name: 'forge' } };
});
connection.onShutdown(() => sessions.close());
answerRepositories(connection, sessions, initialiseRepository);
answerFiles(connection, sessions, cache);
answerHistory(connection, sessions);
answerThumbnails(connection, sessions, createThumbnails());
connection.listen();
