// Owns what is said of references to assets that do not exist, and the fixes that are offered for them.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import * as l10n from '@vscode/l10n';
import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  DiagnosticSeverity,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { MAX_DOCUMENT, resolveIn, type Surroundings } from './documentAssets.ts';
import { nearestPaths } from './nearest.ts';
import { findReferences } from './references.ts';
import { writeReference } from './resolve.ts';

export const MISSING_ASSET = 'missing-asset';
const MAX_DIAGNOSTICS = 200;
const MAX_FIXES = 5;

/** References of a document that lead nowhere, where its syntax leaves no doubt that an asset is meant. */
export async function missingAssets(document: TextDocument, around: Surroundings): Promise<Diagnostic[]> {
  const text = document.getText();
  if (text.length > MAX_DOCUMENT) return [];
  const diagnostics: Diagnostic[] = [];
  for (const reference of findReferences(text, around.syntax)) {
    if (diagnostics.length === MAX_DIAGNOSTICS) break;
    // What is written with escapes may well mean another name than it looks.
    if (/[\\&]/.test(text.slice(reference.start, reference.end))) continue;
    const resolution = resolveIn(reference, around);
    if (!resolution?.certain || resolution.path !== undefined) continue;
    // A file that is ignored is in no catalogue, and there all the same.
    if (await isThere(around.session.root, resolution.candidates)) continue;
    diagnostics.push({
      range: { start: document.positionAt(reference.start), end: document.positionAt(reference.end) },
      severity: DiagnosticSeverity.Warning,
      source: 'forge',
      code: MISSING_ASSET,
      message: l10n.t('There is no asset {0}.', resolution.candidates[0] ?? ''),
    });
  }
  return diagnostics;
}

/** Replacements for a reference that leads nowhere: where the file was moved first, then files of a like name. */
export async function fixesFor(
  diagnostic: Diagnostic,
  document: TextDocument,
  around: Surroundings,
  signal: AbortSignal,
): Promise<CodeAction[]> {
  const start = document.offsetAt(diagnostic.range.start);
  const end = document.offsetAt(diagnostic.range.end);
  const [reference] = findReferences(
    document.getText(),
    around.syntax,
    Math.max(0, start - 4),
    end + 4,
  ).filter((one) => one.start === start);
  const resolution = reference && resolveIn(reference, around);
  if (!resolution || resolution.path !== undefined) return [];
  const moved = await movedTo(resolution.candidates, around, signal);
  const targets = new Set([...moved, ...nearestPaths(resolution.candidates, around.catalogue, MAX_FIXES)]);
  const actions: CodeAction[] = [];
  for (const target of targets) {
    const written = writeReference(reference.path, target, around.path, around.mounts);
    if (written === undefined || actions.length === MAX_FIXES) continue;
    const newText = around.syntax.percent ? encodeURI(written) : written;
    const isMove = moved.includes(target);
    actions.push({
      title: isMove ? l10n.t('It was moved: change to {0}', newText) : l10n.t('Change to {0}', newText),
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      isPreferred: isMove || targets.size === 1,
      edit: { changes: { [document.uri]: [{ range: diagnostic.range, newText }] } },
    });
  }
  return actions;
}

async function movedTo(
  candidates: string[],
  { session, assets, catalogue }: Surroundings,
  signal: AbortSignal,
): Promise<string[]> {
  const moved: string[] = [];
  for (const candidate of candidates) {
    const path = assets.movedTo(candidate) ?? (await session.repository.movedPath(candidate, signal));
    const found = path === undefined ? undefined : catalogue.find(assets.movedTo(path) ?? path);
    if (found !== undefined) moved.push(found);
  }
  return moved;
}

async function isThere(root: string, candidates: string[]): Promise<boolean> {
  for (const candidate of candidates) {
    const found = await access(join(root, candidate)).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
