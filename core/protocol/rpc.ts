// Owns the shape of a custom request or notification between editor and server; both sides import the definitions.

/** A request's method with the types of what is asked and answered; the types exist at compile time alone. */
export interface RequestDefinition<Params, Result> {
  readonly method: string;
  readonly types?: { params: Params; result: Result };
}

export interface NotificationDefinition<Params> {
  readonly method: string;
  readonly types?: { params: Params };
}

export function request<Params, Result>(method: string): RequestDefinition<Params, Result> {
  return { method };
}

export function notification<Params>(method: string): NotificationDefinition<Params> {
  return { method };
}

/** What `data` of a failed response holds, when core knew what went wrong: see core/errors.ts. */
export interface ErrorData {
  code: string;
  /** What the user can do about it. */
  remedy: string;
  /** Absolute or in the repository: whatever the message names. */
  path?: string;
}

/** Long operations report under the token that came with their request (`$/progress`), and stop when the request is cancelled. */
export interface WithProgress {
  progressToken?: string | number;
}
