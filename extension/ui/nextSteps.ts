// Owns what a user can do next about an error, by its code; knows no editor.

export type NextStep =
  | 'tryAgain'
  | 'setAuthor'
  | 'showChanges'
  | 'restartServer'
  | 'verify'
  | 'update'
  | 'openFolder'
  | 'initialise'
  | 'showOutput';

/** The steps to offer, the likeliest first. For codes see core/errors.ts and ServerError. */
export function nextSteps(code: string): NextStep[] {
  switch (code) {
    case 'NO_AUTHOR':
      return ['setAuthor'];
    case 'NO_REPOSITORY':
      return ['initialise', 'openFolder'];
    case 'FORMAT_TOO_NEW':
      return ['update', 'showOutput'];
    case 'UNSAVED_WORK':
      return ['showChanges'];
    case 'CORRUPT':
      return ['verify', 'tryAgain', 'showOutput'];
    case 'LOCKED':
    case 'DISK_FULL':
    case 'FILE_CHANGED':
    case 'READ_ONLY':
    case 'UNREADABLE':
    case 'NOT_FOUND':
    case 'IO':
      return ['tryAgain', 'showOutput'];
    case 'GONE':
      return ['restartServer', 'showOutput'];
    case 'NOTHING_TO_COMMIT':
    case 'NOTHING_TO_UNDO':
    case 'EXPIRED':
    case 'ALREADY_EXISTS':
    case 'INVALID_NAME':
      return [];
    default:
      return ['showOutput'];
  }
}

/** Nothing went wrong: there was nothing to do, or the user's own choice does not fit. */
export function isMild(code: string): boolean {
  return ['NOTHING_TO_COMMIT', 'NOTHING_TO_UNDO', 'EXPIRED', 'ALREADY_EXISTS', 'INVALID_NAME'].includes(code);
}
