// Owns the viewer of Unreal packages and of files of paint programs: pictures in them, facts, lists, and the bytes.
import type { EntryList, PackageAnswer } from '../../../core/protocol/packages.ts';
import { formatBytes } from '../../../core/protocol/amounts.ts';
import { type FactRow, rowsOfFacts } from '../factRows.ts';
import { factTable } from '../factTable.ts';
import { language } from '../language.ts';
import type { ShowMessage } from '../messages.ts';
import type { Viewer, ViewerHost } from '../viewer.ts';
import { BytesSection } from './bytesSection.ts';
import { packageRows } from './packageFacts.ts';
import { listsOf } from './packageLists.ts';
import { PackagePictures, picturesOfSide } from './packagePictures.ts';
import { FACT_TABLE_STYLE, PACKAGE_STYLE } from './packageStyle.ts';

/**
 * An Unreal package, or two. Reports `{ problems, differences }`, and `picture` and `bytes` of the viewers in it; `differences` has
 * what was added, removed and changed in each list.
 */
export async function openPackage(host: ViewerHost, message: ShowMessage): Promise<Viewer> {
  let answer: PackageAnswer;
  try {
    answer = await host.ask('package', {});
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    answer = { sides: message.files.map(() => ({ problem })) };
  }
  const { sides, lists, comparedBytes = false } = answer;
  const problems: string[] = [];
  const rows = packageRows(
    message.files.map(({ size, label, absent }, i) => {
      const side = sides[i] ?? null;
      if (side === null) problems.push(`${label}: ${absent ?? host.translate('The file is not there.')}`);
      else if ('problem' in side)
        problems.push(host.translate('{0} cannot be looked into: {1}', label, side.problem));
      return {
        facts: side && !('problem' in side) ? side : undefined,
        size: side === null ? undefined : formatBytes(size, language()),
      };
    }),
    (text, ...values) => host.translate(text, ...values),
  );
  const both = sides.filter((side) => side !== null && !('problem' in side)).length === 2;
  const viewer = new PackageViewer(host, message);
  await viewer.fill(rows, problems, lists && listsOf(host, lists, { isComparison: both, comparedBytes }));
  const differences = Object.fromEntries(
    Object.entries<EntryList | undefined>({ ...lists }).map(([name, list]) => [
      name,
      [list?.added ?? 0, list?.removed ?? 0, list?.changed ?? 0],
    ]),
  );
  host.report({ problems, differences });
  // Of what nothing is known the bytes are what there is to see.
  if (!lists) await viewer.bytes.open();
  return viewer;
}

/** A file of a paint program or of Blender, or two: the picture in it and its facts. */
export async function openPaintFile(host: ViewerHost, message: ShowMessage): Promise<Viewer> {
  const viewer = new PackageViewer(host, message);
  const problems = message.files.flatMap(({ label, absent }) => (absent ? [`${label}: ${absent}`] : []));
  await viewer.fill(rowsOfFacts(message.files.map(({ facts }) => facts)), problems, undefined);
  return viewer;
}

/** Files whose pictures cannot be decoded: why, what they carry of themselves, their facts, and the bytes. */
export async function openUndecoded(
  host: ViewerHost,
  message: ShowMessage,
  problems: string[],
): Promise<Viewer> {
  const viewer = new PackageViewer(host, message);
  await viewer.fill(rowsOfFacts(message.files.map(({ facts }) => facts)), problems, undefined);
  if (!viewer.hasPicture && message.files.some(({ size }) => size > 0)) await viewer.bytes.open();
  return viewer;
}

class PackageViewer implements Viewer {
  readonly bytes: BytesSection;
  private readonly host: ViewerHost;
  private readonly message: ShowMessage;
  private readonly root = document.createElement('div');
  private readonly sheet = new CSSStyleSheet();
  private readonly stopped = new AbortController();
  private pictures: PackagePictures | undefined;

  constructor(host: ViewerHost, message: ShowMessage) {
    this.host = host;
    this.message = message;
    this.bytes = new BytesSection(host, message);
    this.sheet.replaceSync(PACKAGE_STYLE + FACT_TABLE_STYLE);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.sheet];
    this.root.className = 'package';
    this.root.tabIndex = -1;
    host.body.append(this.root);
  }

  /** A picture that lies in a file is shown. */
  get hasPicture(): boolean {
    return this.pictures !== undefined;
  }

  async fill(rows: FactRow[], problems: string[], lists: HTMLElement | undefined): Promise<void> {
    const { host, message, root } = this;
    const sides = await Promise.all(message.files.map((file, side) => picturesOfSide(host, file, side)));
    const facts = document.createElement('section');
    const labels = message.files.map(({ label }) => label);
    for (const problem of problems) facts.append(reason(problem));
    const hasPicture = sides.some(({ pictures }) => pictures.length > 0);
    const whyNone = sides.map(({ problem }) => problem).find((problem) => problem !== undefined);
    if (!hasPicture && whyNone !== undefined && problems.length === 0) {
      const note = document.createElement('p');
      note.className = 'package-note';
      note.textContent = host.translate('No picture is shown: {0}', whyNone);
      facts.append(note);
    }
    facts.append(factTable(host, labels, rows));
    const below = document.createElement('div');
    this.keepKeys(below);
    below.append(facts, ...(lists ? [lists] : []), this.bytes.section);
    if (hasPicture) {
      this.pictures = new PackagePictures(host, message, sides);
      root.append(this.pictures.section);
    }
    root.append(below);
    await this.pictures?.show();
  }

  /**
   * The picture viewer listens to keys wherever they are pressed; those of fields, lists and bytes are none of its. The editor, whose
   * shortcuts have to work, listened to the window before; who listens after this gets nothing.
   */
  private keepKeys(below: HTMLElement): void {
    const keep = (event: KeyboardEvent): void => {
      if (below.contains(event.target as Node)) event.stopImmediatePropagation();
    };
    addEventListener('keydown', keep, { signal: this.stopped.signal });
  }

  dispose(): void {
    this.stopped.abort();
    this.pictures?.dispose();
    this.bytes.dispose();
    this.root.remove();
    this.host.toolbar.replaceChildren();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.sheet);
  }
}

function reason(text: string): HTMLElement {
  const made = document.createElement('p');
  made.className = 'problem';
  made.textContent = text;
  return made;
}
