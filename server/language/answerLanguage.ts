// Owns how the language features are hooked into the connection: documents, hover, links, completion, diagnostics and their fixes.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type CancellationToken,
  type ClientCapabilities,
  CodeActionKind,
  type CompletionItem,
  CompletionItemKind,
  type CompletionList,
  type Connection,
  type DocumentLink,
  type ServerCapabilities,
  TextDocuments,
  TextDocumentSyncKind,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { RepositoryUpdate } from '../../core/protocol/repositories.ts';
import { toResponseError } from '../errors.ts';
import type { RepositorySessions } from '../session/repositorySessions.ts';
import { offerPaths } from './completion.ts';
import { DocumentAssets, MAX_DOCUMENT, resolveIn, type Surroundings } from './documentAssets.ts';
import { type AssetSources, Hovers } from './hover.ts';
import { LanguageSettings } from './languageSettings.ts';
import { fixesFor, MISSING_ASSET, missingAssets } from './missingAssets.ts';
import { findReferences, MAX_PATH } from './references.ts';

export interface Language {
  /** What the server offers to a client that can do `client`. */
  capabilities(client: ClientCapabilities): ServerCapabilities;
  /** To be called once the client is initialized. */
  initialized(): Promise<void>;
  /** Takes in what a repository tells. */
  updated(update: RepositoryUpdate): void;
}

/** Milliseconds without typing after which a document is looked through. */
const DEBOUNCE_MS = 300;

export function answerLanguage(
  connection: Connection,
  sessions: RepositorySessions,
  sources: AssetSources,
): Language {
  const documents = new TextDocuments(TextDocument);
  const assets = new DocumentAssets(sessions);
  const hovers = new Hovers(sources);
  const settings = new LanguageSettings(connection, () => checkAll());
  const timers = new Map<string, NodeJS.Timeout>();

  /** Runs `work` for a document of a repository; `fallback` for every other. */
  async function inRepository<T>(
    uri: string,
    fallback: T,
    work: (document: TextDocument, around: Surroundings) => Promise<T> | T,
  ): Promise<T> {
    try {
      const document = documents.get(uri);
      const around = document && (await assets.around(document));
      return document && around ? await work(document, around) : fallback;
    } catch (error) {
      throw toResponseError(error);
    }
  }

  function checkSoon(uri: string): void {
    clearTimeout(timers.get(uri));
    timers.set(
      uri,
      setTimeout(() => {
        timers.delete(uri);
        check(uri).catch((error: unknown) => connection.console.error(`${uri}: ${String(error)}`));
      }, DEBOUNCE_MS),
    );
  }

  async function check(uri: string): Promise<void> {
    const version = documents.get(uri)?.version;
    const isOn = await settings.get('forge.diagnostics.missingAssets', uri);
    const diagnostics = isOn
      ? await inRepository(uri, [], (document, around) => missingAssets(document, around))
      : [];
    // Another change came meanwhile, or the document was closed: what was found is of no use.
    if (version === undefined || documents.get(uri)?.version !== version) return;
    await connection.sendDiagnostics({ uri, version, diagnostics });
  }

  function checkAll(): void {
    for (const uri of documents.keys()) checkSoon(uri);
  }

  documents.onDidChangeContent(({ document }) => checkSoon(document.uri));
  documents.onDidClose(({ document: { uri } }) => {
    clearTimeout(timers.get(uri));
    timers.delete(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
  });
  documents.listen(connection);

  connection.onHover(({ textDocument: { uri }, position }) =>
    inRepository(uri, null, async (document, around) => {
      const versions = await settings.get('forge.hover.versions', uri);
      return hovers.at(document, document.offsetAt(position), around, versions);
    }),
  );
  connection.onDocumentLinks(({ textDocument: { uri } }) => inRepository<DocumentLink[]>(uri, [], linksOf));
  connection.onCompletion(({ textDocument: { uri }, position }) =>
    inRepository<CompletionList | null>(uri, null, (document, around) =>
      completionsAt(document, document.offsetAt(position), around),
    ),
  );
  connection.onCodeAction(({ textDocument: { uri }, context }, token) =>
    inRepository(uri, [], async (document, around) => {
      const actions = [];
      for (const diagnostic of context.diagnostics) {
        if (diagnostic.source !== 'forge' || diagnostic.code !== MISSING_ASSET) continue;
        actions.push(...(await fixesFor(diagnostic, document, around, signalOf(token))));
      }
      return actions;
    }),
  );

  return {
    capabilities(client) {
      settings.initialize(client);
      return {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        hoverProvider: true,
        documentLinkProvider: {},
        completionProvider: { triggerCharacters: ['/'] },
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
      };
    },
    initialized: () => settings.initialized(),
    updated(update) {
      if (assets.updated(update)) checkAll();
    },
  };
}

function linksOf(document: TextDocument, around: Surroundings): DocumentLink[] {
  const text = document.getText();
  if (text.length > MAX_DOCUMENT) return [];
  return findReferences(text, around.syntax).flatMap((reference) => {
    const path = resolveIn(reference, around)?.path;
    if (path === undefined) return [];
    const range = { start: document.positionAt(reference.start), end: document.positionAt(reference.end) };
    return [{ range, target: pathToFileURL(join(around.session.root, path)).href, tooltip: path }];
  });
}

function completionsAt(document: TextDocument, offset: number, around: Surroundings): CompletionList | null {
  const before = document.getText().slice(Math.max(0, offset - MAX_PATH), offset);
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const found = offerPaths(line, around.path, around.catalogue, around.mounts);
  if (!found) return null;
  const range = { start: document.positionAt(offset - found.replaced), end: document.positionAt(offset) };
  const items = found.offers.map(({ name, isFolder, detail }): CompletionItem => {
    const kind = isFolder ? CompletionItemKind.Folder : CompletionItemKind.File;
    const sortText = `${isFolder ? 0 : 1}${name}`;
    return { label: name, kind, detail, sortText, textEdit: { range, newText: name } };
  });
  return { isIncomplete: found.incomplete, items };
}

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
