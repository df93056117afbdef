// Owns what the editor hands the server when it starts it.

export interface InitializationOptions {
  /** Absolute path of a folder for copies of old versions, which viewers open; shared by all windows. */
  cacheFolder?: string;
  /** Translations of the server's texts by their English form; the language itself is the protocol's `locale`. */
  texts?: Record<string, string>;
}
