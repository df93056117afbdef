// Owns the bytes of the shown files below what is told of them: a button, and the hex view once it is pressed.
import type { ShowMessage } from '../messages.ts';
import { openHex } from '../viewers/hex.ts';
import type { Viewer, ViewerHost } from '../viewer.ts';

export class BytesSection implements Viewer {
  readonly section = document.createElement('section');
  private readonly host: ViewerHost;
  private readonly message: ShowMessage;
  private readonly button = document.createElement('button');
  private viewer: Viewer | undefined;
  private isDisposed = false;

  constructor(host: ViewerHost, message: ShowMessage) {
    this.host = host;
    this.message = message;
    this.button.className = 'package-button';
    this.button.textContent = host.translate('Show the bytes');
    this.button.addEventListener('click', () => void this.open());
    this.section.append(this.button);
  }

  async open(): Promise<void> {
    const { host, message, section } = this;
    this.button.disabled = true;
    const bar = document.createElement('div');
    bar.className = 'package-bar';
    bar.setAttribute('role', 'toolbar');
    const body = document.createElement('div');
    body.className = 'package-bytes';
    section.replaceChildren(bar, body);
    const report = (bytes: Record<string, unknown>): void => host.report({ bytes });
    const viewer = await openHex({ ...host, body, toolbar: bar, report }, message);
    if (this.isDisposed) viewer.dispose();
    else this.viewer = viewer;
  }

  dispose(): void {
    this.isDisposed = true;
    this.viewer?.dispose();
  }
}
