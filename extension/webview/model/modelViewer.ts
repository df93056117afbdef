// Owns the viewer of models (glTF): one, or two beside each other under one camera, and what their files say.
import { formatBytes } from '../../../core/protocol/amounts.ts';
import { differs, type FactRow, rowsOfFacts } from '../factRows.ts';
import { factTable } from '../factTable.ts';
import { language } from '../language.ts';
import type { ShowMessage } from '../messages.ts';
import { FACT_TABLE_STYLE } from '../package/packageStyle.ts';
import type { Viewer, ViewerHost } from '../viewer.ts';
import { loadModel, type LoadedModel } from './modelLoader.ts';
import { modelRows } from './modelRows.ts';
import { ModelStage } from './modelStage.ts';

const TURN = Math.PI / 24;
const CLOSER = 0.8;

const STYLE = `
.model { display: flex; flex-direction: column; height: 100%; }
.model-labels { display: flex; }
.model-labels span { flex: 1; min-width: 0; padding: 4px 8px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.model-labels .problem { white-space: normal; }
.model-stage { flex: 1 1 60%; min-height: 200px; width: 100%; cursor: grab; touch-action: none; }
.model-none { padding: 0 16px; }
.model-facts { flex: 0 1 auto; max-height: 45%; overflow: auto; padding: 4px 16px;
  border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
`;

/** Reports `{ problems, missing, differences, webgl, view, wireframe, grid, playing }`; `differences` are the facts that differ. */
export async function openModels(host: ViewerHost, message: ShowMessage): Promise<Viewer> {
  const models = await Promise.all(message.files.map((file, side) => loadModel(host, file, side)));
  return new ModelViewer(host, message, models);
}

class ModelViewer implements Viewer {
  private readonly host: ViewerHost;
  private readonly models: LoadedModel[];
  private readonly root = document.createElement('div');
  private readonly sheet = new CSSStyleSheet();
  private readonly canvas = document.createElement('canvas');
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private readonly animation = document.createElement('select');
  private stage: ModelStage | undefined;
  private wireframe = false;
  private grid = true;
  private playing = false;

  constructor(host: ViewerHost, message: ShowMessage, models: LoadedModel[]) {
    this.host = host;
    this.models = models;
    this.sheet.replaceSync(STYLE + FACT_TABLE_STYLE);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.sheet];
    this.root.className = 'model';
    const facts = document.createElement('section');
    facts.className = 'model-facts';
    const rows = this.rows(message);
    const labels = message.files.map(({ label }) => label);
    facts.append(factTable(host, labels, rows));
    this.root.append(this.labels(labels));
    this.canvas.className = 'model-stage';
    if (models.some(({ scene }) => scene)) this.openStage(labels);
    this.root.append(facts);
    host.body.append(this.root);
    host.report({
      problems: models.flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
      missing: models.flatMap(({ missing }) => missing),
      differences: rows.filter(differs).map(({ label }) => label),
    });
    this.stage?.fit();
    if (this.stage) this.canvas.focus();
    this.tell();
  }

  dispose(): void {
    this.stage?.dispose();
    this.root.remove();
    this.host.toolbar.replaceChildren();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.sheet);
  }

  private rows({ files }: ShowMessage): FactRow[] {
    const { host, models } = this;
    if (models.every(({ facts }) => facts === undefined)) return rowsOfFacts(files.map(({ facts }) => facts));
    const sides = models.map(({ facts }, side) => ({
      facts,
      size: files[side].size > 0 ? formatBytes(files[side].size, language()) : undefined,
    }));
    return modelRows(sides, (text, ...values) => host.translate(text, ...values), language());
  }

  /** What is where, and why something is not. */
  private labels(labels: string[]): HTMLElement {
    const line = document.createElement('div');
    line.className = 'model-labels';
    this.models.forEach(({ problem, missing }, side) => {
      const text = document.createElement('span');
      text.textContent = labels[side];
      const reasons = problem === undefined ? [] : [problem];
      if (problem === undefined && missing.length > 0)
        reasons.push(this.host.translate('Not there: {0}', missing.join(', ')));
      for (const reason of reasons) {
        const told = document.createElement('div');
        told.className = 'problem';
        told.textContent = reason;
        text.append(told);
      }
      line.append(text);
    });
    return line;
  }

  private openStage(labels: string[]): void {
    const { host, canvas, models } = this;
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', host.translate('Model of {0}', labels.join(', ')));
    canvas.title = host.translate('Arrow keys turn the model, + and - come closer and go away');
    this.root.append(canvas);
    try {
      this.stage = new ModelStage(canvas, models, () =>
        host.showStatus(host.translate('The graphics card is busy elsewhere: open this page again.')),
      );
    } catch {
      // Not of the model: it is this window that cannot draw it.
      const reason = document.createElement('p');
      reason.className = 'problem model-none';
      reason.textContent = host.translate('Models cannot be drawn here: this window has no WebGL.');
      canvas.replaceWith(reason);
      return;
    }
    if (!this.stage.isWellLit)
      host.showStatus(host.translate('No graphics card: surfaces mirror nothing here.'));
    this.button('Fit', '0', () => this.stage?.fit());
    this.button('Grid', 'g', () => this.toggleGrid());
    this.button('Wireframe', 'w', () => this.toggleWireframe());
    const names = [...new Set(models.flatMap(({ animations }) => animations.map(({ name }) => name)))];
    if (names.length > 0) {
      this.button('Play', host.translate('Space'), () => this.togglePlaying());
      for (const name of names) this.animation.add(new Option(name, name));
      this.animation.setAttribute('aria-label', host.translate('Animation'));
      this.animation.addEventListener('change', () => this.playing && this.stage?.play(this.animation.value));
      host.toolbar.append(this.animation);
    }
    canvas.addEventListener('keydown', (event) => this.press(event));
    canvas.addEventListener('pointerup', () => this.tell());
  }

  private button(text: string, key: string, act: () => void): void {
    const { host, buttons } = this;
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = host.translate(text);
    made.title = `${host.translate(text)} (${key})`;
    made.addEventListener('click', () => {
      act();
      this.tell();
    });
    buttons.set(text, made);
    host.toolbar.append(made);
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { stage } = this;
    const keys: Record<string, () => void> = {
      ArrowLeft: () => stage?.orbit(-TURN, 0),
      ArrowRight: () => stage?.orbit(TURN, 0),
      ArrowUp: () => stage?.orbit(0, -TURN),
      ArrowDown: () => stage?.orbit(0, TURN),
      '+': () => stage?.orbit(0, 0, CLOSER),
      '=': () => stage?.orbit(0, 0, CLOSER),
      '-': () => stage?.orbit(0, 0, 1 / CLOSER),
      '0': () => stage?.fit(),
      g: () => this.toggleGrid(),
      w: () => this.toggleWireframe(),
      ' ': () => this.togglePlaying(),
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
    this.tell();
  }

  private toggleGrid(): void {
    this.grid = !this.grid;
    this.stage?.setGrid(this.grid);
  }

  private toggleWireframe(): void {
    this.wireframe = !this.wireframe;
    this.stage?.setWireframe(this.wireframe);
  }

  private togglePlaying(): void {
    if (this.animation.options.length === 0) return;
    this.playing = !this.playing;
    if (this.playing) this.stage?.play(this.animation.value);
    else this.stage?.pause();
  }

  /** Buttons show what is on, and the extension is told. */
  private tell(): void {
    const { wireframe, grid, playing, stage, host } = this;
    const pressed: [string, boolean][] = [
      ['Grid', grid],
      ['Wireframe', wireframe],
      ['Play', playing],
    ];
    for (const [name, isOn] of pressed) this.buttons.get(name)?.setAttribute('aria-pressed', String(isOn));
    host.report({ webgl: stage !== undefined, view: stage?.view(), wireframe, grid, playing });
  }
}
