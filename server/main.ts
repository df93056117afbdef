// Owns the language server's process: its connection, and who answers which of the editor's requests.
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { activityChanged, repositoryChanged } from '../core/protocol/repositories.ts';
import { initialiseRepository, openRepository } from './composition.ts';
import { answerFiles } from './handlers/fileHandlers.ts';
import { answerHistory } from './handlers/historyHandlers.ts';
import { answerRepositories } from './handlers/repositoryHandlers.ts';
import { RepositorySessions } from './session/repositorySessions.ts';

const connection = createConnection(ProposedFeatures.all);
const sessions = new RepositorySessions(openRepository, {
  updated: (update) => void connection.sendNotification(repositoryChanged.method, update),
  activity: (root, state) => void connection.sendNotification(activityChanged.method, { root, ...state }),
});

connection.onInitialize(() => ({ capabilities: {}, serverInfo: { name: 'forge' } }));
connection.onShutdown(() => sessions.close());
answerRepositories(connection, sessions, initialiseRepository);
answerFiles(connection, sessions);
answerHistory(connection, sessions);
connection.listen();
