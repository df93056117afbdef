// Owns how errors of core reach the editor: as failed responses whose data says what the user can do.
import * as l10n from '@vscode/l10n';
import { ResponseError, LSPErrorCodes } from 'vscode-languageserver/node';
import { ForgeError } from '../core/errors.ts';
import type { ErrorData } from '../core/protocol/rpc.ts';

/** Code, message and remedy of whatever was thrown. */
export function errorData(error: unknown): ErrorData & { message: string } {
  if (error instanceof ForgeError) {
    const { code, message, remedy, path } = error;
    return { code, message, remedy, ...(path !== undefined && { path }) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'INTERNAL', message, remedy: l10n.t('Look into the output of the Forge language server.') };
}

/** What a handler throws for `error`. */
export function toResponseError(error: unknown): ResponseError<ErrorData> {
  const { message, ...data } = errorData(error);
  const code = data.code === 'ABORTED' ? LSPErrorCodes.RequestCancelled : LSPErrorCodes.RequestFailed;
  return new ResponseError(code, message, data);
}
