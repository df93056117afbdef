// Owns what a viewer is told of a version: where its bytes are, and its facts.
import * as vscode from 'vscode';
import { fileInfoRequest, materialiseRequest } from '../../core/protocol/files.ts';
import { type FileVersionRef, STAGED } from '../../core/protocol/versionUri.ts';
import type { ForgeClient } from '../client/forgeClient.ts';
import type { Repositories } from '../model/repositories.ts';
import { formatBytes } from '../../core/protocol/amounts.ts';
import { problemOf, sentence } from '../ui/problems.ts';
import type { ViewedFile } from '../webview/messages.ts';
import { needsFile, viewerOf } from './viewerKinds.ts';
import { answerQuestion } from './viewerQuestions.ts';

/** A page reads no more than this of a file, in bytes: it has to hold all of it. */
const LARGEST_SHOWN = 256 * 1024 * 1024;
/** Of a video it reads what it plays: that much is restored of an old version, as much as the server keeps of all. */
const LARGEST_PLAYED = 2 * 1024 * 1024 * 1024;

const COMMIT = /^[0-9a-f]{40}$/;

export class ViewedFiles {
  private readonly client: ForgeClient;
  private readonly repositories: Repositories;

  constructor(client: ForgeClient, repositories: Repositories) {
    this.client = client;
    this.repositories = repositories;
  }

  /** Never rejects: a version that cannot be shown says why. */
  async describe(version: FileVersionRef, webview: vscode.Webview): Promise<ViewedFile> {
    const file = vscode.Uri.file(version.file);
    const model = this.repositories.around(file);
    const path = model ? file.path.slice(model.root.path.length + 1) : file.path;
    const label = `${path} (${labelOf(version)})`;
    const nothing = { label, path, url: undefined, size: 0, facts: [] };
    try {
      const info = await this.client.send(fileInfoRequest, version);
      if (!info) return { ...nothing, absent: vscode.l10n.t('The file is not there in this version.') };
      const { size, description } = info;
      const facts: [string, string][] = [
        [vscode.l10n.t('Size'), formatBytes(size, vscode.env.language)],
        ...description.details,
      ];
      if (description.format !== '') facts.unshift([vscode.l10n.t('Format'), description.format]);
      if (!needsFile(version.file)) return { label, path, url: undefined, size, facts };
      const largest = viewerOf(version.file) === 'video' ? LARGEST_PLAYED : LARGEST_SHOWN;
      if (size > largest) {
        const limit = formatBytes(largest, vscode.env.language);
        const absent = vscode.l10n.t('Files of more than {0} are not shown here.', limit);
        return { ...nothing, size, facts, absent };
      }
      const { path: onDisk } = await this.client.send(materialiseRequest, version);
      const url = webview.asWebviewUri(vscode.Uri.file(onDisk));
      // The working file changes under one name: what was read before is not asked for again.
      const fresh = url.with({ query: `size=${size}&time=${Date.now()}` });
      const { format, duration, sampleRate, channels, frameRate, codec } = description;
      const media = { format, duration, sampleRate, channels, frameRate, codec };
      return { label, path, url: fresh.toString(), size, facts, media };
    } catch (error) {
      return { ...nothing, absent: sentence(problemOf(error)) };
    }
  }

  /** Answers a question of extension/webview/questions.ts about what is shown. */
  answer(
    question: string,
    about: unknown,
    shown: readonly FileVersionRef[],
    webview: vscode.Webview,
  ): Promise<unknown> {
    return answerQuestion(this.client, { question, about, shown }, (file) => {
      const model = this.repositories.around(vscode.Uri.file(file));
      return { root: model?.root.fsPath, uriOf: (path) => webview.asWebviewUri(vscode.Uri.file(path)) };
    });
  }
}

/** How a version is called in titles. */
export function labelOf({ revision }: FileVersionRef): string {
  if (revision === undefined) return vscode.l10n.t('Working File');
  if (revision === STAGED) return vscode.l10n.t('Staged');
  if (revision === 'HEAD') return vscode.l10n.t('Last Commit');
  return COMMIT.test(revision) ? revision.slice(0, 10) : revision;
}
