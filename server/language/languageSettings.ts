// Owns the settings of the language features: asked of the editor once, forgotten when it says that they changed.
import {
  type ClientCapabilities,
  type Connection,
  DidChangeConfigurationNotification,
} from 'vscode-languageserver/node';

/** Settings with what holds where the editor tells nothing. */
const DEFAULTS = {
  'forge.hover.versions': 3,
  'forge.diagnostics.missingAssets': true,
};
type Settings = typeof DEFAULTS;

export class LanguageSettings {
  private readonly connection: Connection;
  private readonly known = new Map<string, Promise<unknown>>();
  private isAsked = false;
  private isToRegister = false;

  constructor(connection: Connection, onChange: () => void) {
    this.connection = connection;
    connection.onDidChangeConfiguration(() => {
      this.known.clear();
      onChange();
    });
  }

  /** What the client can do; before that the defaults hold. */
  initialize({ workspace }: ClientCapabilities): void {
    this.isAsked = workspace?.configuration === true;
    this.isToRegister = workspace?.didChangeConfiguration?.dynamicRegistration === true;
  }

  /** Asks to be told of changes; a client takes that only once it is initialized. */
  async initialized(): Promise<void> {
    if (!this.isToRegister) return;
    const section = 'forge';
    await this.connection.client.register(DidChangeConfigurationNotification.type, { section });
  }

  async get<Name extends keyof Settings>(name: Name, uri: string): Promise<Settings[Name]> {
    if (!this.isAsked) return DEFAULTS[name];
    const key = `${name} ${uri}`;
    let value = this.known.get(key);
    if (!value) {
      value = this.connection.workspace.getConfiguration({ scopeUri: uri, section: name });
      this.known.set(key, value);
      value.catch(() => this.known.delete(key));
    }
    // An editor that cannot tell is asked again the next time; until then the default holds.
    const told = await value.catch(() => undefined);
    return typeof told === typeof DEFAULTS[name] ? (told as Settings[Name]) : DEFAULTS[name];
  }
}
