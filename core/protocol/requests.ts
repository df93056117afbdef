// Owns the typed requests that the editor sends to the language server; both sides import this file.

/** A request's method with the types of what is asked and answered; the types exist at compile time alone. */
export interface RequestDefinition<Params, Result> {
  readonly method: string;
  readonly types?: { params: Params; result: Result };
}

export interface StatusParams {
  /** Absolute path of a workspace folder. */
  folder: string;
}

export interface StatusSummary {
  /** The repository's root, absolute. */
  root: string;
  /** Undefined when HEAD is detached; then `commit` says where. */
  branch: string | undefined;
  commit: string | undefined;
  /** How many paths differ from the current commit, staged or not, untracked ones included. */
  changes: number;
}

/** Answers null when the folder is in no Forge repository. */
export const statusRequest: RequestDefinition<StatusParams, StatusSummary | null> = {
  method: 'forge/status',
};
