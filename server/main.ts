// Owns the language server's process: its connection and the answers to the editor's requests.
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { statusRequest, type StatusParams } from '../core/protocol/requests.ts';
import { openRepository } from './composition.ts';
import { summarise } from './status.ts';

const connection = createConnection(ProposedFeatures.all);

connection.onInitialize(() => ({ capabilities: {}, serverInfo: { name: 'forge' } }));
connection.onRequest(statusRequest.method, (params: StatusParams) => summarise(params, openRepository));
connection.listen();
