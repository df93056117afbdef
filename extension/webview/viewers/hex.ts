// Owns the hex viewer: rows of 16 bytes of one file, or of two locked by offset, of any size.
import type { ShowMessage } from '../messages.ts';
import type { Viewer, ViewerFactory, ViewerHost } from '../viewer.ts';
import { BlockCache } from './blockCache.ts';
import {
  BYTES_A_ROW,
  type ByteRange,
  characterOf,
  formatByte,
  formatOffset,
  isChanged,
  nextChange,
  parseOffset,
  previousChange,
  rowOfScroll,
  rowsOf,
  scrollOfRow,
  tidyRanges,
} from './hexLayout.ts';
import { HEX_STYLE, ROW_HEIGHT } from './hexStyle.ts';

/** Browsers stop at some 16 to 33 million pixels; past this the bar moves by more than a row a pixel. */
const TALLEST_BAR = 8_000_000;
const WHEEL_LINES = 3;

/**
 * Shows bytes at once. `changedRanges` are marked in the newer file; where the message names none they are asked for, which takes long
 * for large files. Reports `{ offset, changes }`; `changes` is undefined as long as they are not known.
 */
export const openHex: ViewerFactory = (host, message) => Promise.resolve(new HexViewer(host, message));

interface Side {
  readonly index: number;
  readonly size: number;
  readonly cache: BlockCache;
}

class HexViewer implements Viewer {
  private readonly host: ViewerHost;
  private readonly sides: Side[];
  private readonly size: number;
  private readonly rows: number;
  /** In the newer file, tidy; undefined while nothing is known of them. */
  private ranges: ByteRange[] | undefined;
  private readonly root = document.createElement('div');
  private readonly grid = document.createElement('div');
  private readonly bar = document.createElement('div');
  private readonly travel = document.createElement('div');
  private readonly goTo = document.createElement('input');
  private readonly controls = document.createElement('span');
  private readonly changes = document.createElement('span');
  private readonly sheet = new CSSStyleSheet();
  private readonly resized: ResizeObserver;
  private top = 0;
  private cursor = 0;
  private wheelRest = 0;
  private isDisposed = false;

  constructor(host: ViewerHost, { files, changedRanges }: ShowMessage) {
    this.host = host;
    this.sides = files.map((file, index) => {
      // A file too large for a `url` can still be read in ranges; one that is not there has no size.
      const { size } = file;
      return {
        index,
        size,
        cache: new BlockCache(size, (offset, length) => host.readRange(index, offset, length)),
      };
    });
    this.size = Math.max(...this.sides.map((side) => side.size));
    this.rows = rowsOf(this.size);
    this.build(files.map((file) => file.label));
    for (const [index, { absent, size }] of files.entries())
      if (absent !== undefined && size === 0) host.showProblem(index, absent);
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.grid);
    this.moveTo(0);
    if (changedRanges) this.mark(changedRanges);
    else if (files.length === 2 && files.every(({ size }) => size > 0)) void this.askForChanges();
  }

  dispose(): void {
    this.isDisposed = true;
    this.resized.disconnect();
    for (const side of this.sides) side.cache.clear();
    this.root.remove();
    this.controls.remove();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.sheet);
  }

  private build(labels: string[]): void {
    const { host, root, grid, bar } = this;
    this.sheet.replaceSync(HEX_STYLE);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.sheet];
    root.className = 'hex';
    grid.className = 'hex-grid';
    grid.tabIndex = 0;
    grid.setAttribute('role', 'grid');
    grid.setAttribute('aria-readonly', 'true');
    grid.setAttribute('aria-label', host.translate('Bytes of {0}', labels.join(', ')));
    grid.setAttribute('aria-rowcount', String(this.rows));
    grid.setAttribute('aria-colcount', String(1 + this.sides.length * (BYTES_A_ROW + 1)));
    grid.addEventListener('keydown', (event) => this.onKey(event));
    grid.addEventListener('wheel', (event) => this.onWheel(event), { passive: false });
    grid.addEventListener('click', (event) => {
      const at = (event.target as HTMLElement).dataset.offset;
      if (at !== undefined) this.moveTo(Number(at));
    });
    bar.className = 'hex-bar';
    bar.tabIndex = -1;
    bar.setAttribute('aria-hidden', 'true');
    this.travel.style.height = `${Math.min(TALLEST_BAR, this.rows * ROW_HEIGHT)}px`;
    bar.append(this.travel);
    bar.addEventListener('scroll', () => this.onBar());
    const heading = document.createElement('div');
    heading.className = 'hex-labels';
    // The grid's own name says the same to screen readers.
    heading.setAttribute('aria-hidden', 'true');
    for (const label of labels) {
      const text = document.createElement('span');
      text.textContent = label;
      text.title = label;
      heading.append(text);
    }
    const main = document.createElement('div');
    main.className = 'hex-main';
    main.append(heading, grid);
    root.append(main, bar);
    host.body.append(root);

    this.goTo.type = 'text';
    this.goTo.placeholder = host.translate('Offset, or 0x…');
    this.goTo.setAttribute('aria-label', host.translate('Go to offset'));
    this.goTo.addEventListener('change', () => {
      const offset = parseOffset(this.goTo.value, this.size);
      this.goTo.setAttribute('aria-invalid', String(offset === undefined));
      if (offset !== undefined) this.moveTo(offset);
    });
    this.changes.setAttribute('role', 'status');
    this.controls.append(this.goTo, this.changes);
    host.toolbar.append(this.controls);
  }

  private async askForChanges(): Promise<void> {
    this.changes.textContent = this.host.translate('Looking for what changed …');
    // The bytes are shown all the same, without marks.
    const found = await this.host.ask('changedRanges', {}).catch(() => null);
    if (this.isDisposed) return;
    this.changes.textContent = '';
    if (found) this.mark(found);
  }

  private mark(changed: readonly ByteRange[]): void {
    const { host, changes } = this;
    this.ranges = tidyRanges(changed, this.newest?.size ?? 0);
    host.report({ offset: this.cursor, changes: this.ranges.length });
    if (this.ranges.length === 0) return;
    const count = document.createElement('span');
    count.textContent = host.translate('Changed ranges: {0}', this.ranges.length);
    changes.replaceChildren(
      this.button(host.translate('Previous change (p)'), () => this.toPrevious()),
      this.button(host.translate('Next change (n)'), () => this.toNext()),
      count,
    );
    this.paint();
  }

  private get newest(): Side | undefined {
    return this.sides.at(-1);
  }

  private button(text: string, act: () => void): HTMLButtonElement {
    const button = document.createElement('button');
    button.textContent = text;
    button.addEventListener('click', act);
    return button;
  }

  private toNext(): void {
    const offset = nextChange(this.ranges ?? [], this.cursor);
    if (offset !== undefined) this.moveTo(offset);
  }

  private toPrevious(): void {
    const offset = previousChange(this.ranges ?? [], this.cursor);
    if (offset !== undefined) this.moveTo(offset);
  }

  private get visibleRows(): number {
    return Math.max(1, Math.floor(this.grid.clientHeight / ROW_HEIGHT));
  }

  private get lastTop(): number {
    return Math.max(0, this.rows - this.visibleRows);
  }

  private get barRange(): number {
    return this.bar.scrollHeight - this.bar.clientHeight;
  }

  private moveTo(offset: number): void {
    this.cursor = Math.max(0, Math.min(this.size - 1, offset));
    const row = Math.floor(this.cursor / BYTES_A_ROW);
    const isShown = row >= this.top && row < this.top + this.visibleRows;
    if (!isShown) this.top = row < this.top ? row : row - this.visibleRows + 1;
    this.host.report({ offset: this.cursor, changes: this.ranges?.length });
    this.scrollTo(this.top);
  }

  private scrollTo(row: number): void {
    this.top = Math.max(0, Math.min(this.lastTop, row));
    this.bar.scrollTop = scrollOfRow(this.top, this.barRange, this.lastTop);
    this.draw();
  }

  private onBar(): void {
    // The bar is coarser than a row in large files: what it says is followed only where it was moved by hand.
    const expected = scrollOfRow(this.top, this.barRange, this.lastTop);
    if (Math.abs(this.bar.scrollTop - expected) <= 1) return;
    this.top = rowOfScroll(this.bar.scrollTop, this.barRange, this.lastTop);
    this.draw();
  }

  private onWheel(event: WheelEvent): void {
    if (event.ctrlKey || event.deltaY === 0) return;
    event.preventDefault();
    const lines =
      event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * WHEEL_LINES : event.deltaY / ROW_HEIGHT;
    this.wheelRest += lines;
    const whole = Math.trunc(this.wheelRest);
    this.wheelRest -= whole;
    if (whole !== 0) this.scrollTo(this.top + whole);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.altKey || event.metaKey) return;
    const page = this.visibleRows * BYTES_A_ROW;
    const rowStart = this.cursor - (this.cursor % BYTES_A_ROW);
    const moves: Record<string, () => void> = {
      ArrowLeft: () => this.moveTo(this.cursor - 1),
      ArrowRight: () => this.moveTo(this.cursor + 1),
      ArrowUp: () => this.moveTo(this.cursor < BYTES_A_ROW ? this.cursor : this.cursor - BYTES_A_ROW),
      ArrowDown: () => this.moveTo(this.cursor + BYTES_A_ROW),
      PageUp: () => this.moveTo(this.cursor - page),
      PageDown: () => this.moveTo(this.cursor + page),
      Home: () => this.moveTo(event.ctrlKey ? 0 : rowStart),
      End: () => this.moveTo(event.ctrlKey ? this.size - 1 : rowStart + BYTES_A_ROW - 1),
      n: () => this.toNext(),
      p: () => this.toPrevious(),
      g: () => this.goTo.focus(),
    };
    const isLetter = event.key.length === 1;
    const move = isLetter && event.ctrlKey ? undefined : moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }

  /** Draws what is held at once, and again when the blocks that were missing have come. */
  private draw(): void {
    this.paint();
    const offset = this.top * BYTES_A_ROW;
    const length = (this.visibleRows + 1) * BYTES_A_ROW;
    for (const side of this.sides)
      side.cache.load(offset, length).then(
        (isNew) => isNew && this.paint(),
        (error: unknown) => {
          if (!this.isDisposed)
            this.host.showProblem(side.index, error instanceof Error ? error.message : String(error));
        },
      );
  }

  private paint(): void {
    if (this.isDisposed) return;
    if (this.size === 0) {
      this.grid.textContent = this.host.translate('There are no bytes to show.');
      return;
    }
    const end = Math.min(this.rows, this.top + this.visibleRows + 1);
    const rows: HTMLElement[] = [];
    for (let row = this.top; row < end; row += 1) rows.push(this.rowOf(row));
    this.grid.replaceChildren(...rows);
    this.grid.setAttribute('aria-activedescendant', 'hex-cursor');
    if (!this.grid.querySelector('#hex-cursor')) this.grid.removeAttribute('aria-activedescendant');
  }

  private rowOf(row: number): HTMLElement {
    const start = row * BYTES_A_ROW;
    const line = document.createElement('div');
    line.className = 'hex-row';
    line.setAttribute('role', 'row');
    line.setAttribute('aria-rowindex', String(row + 1));
    line.append(cell('rowheader', 'hex-offset', formatOffset(start)));
    for (const side of this.sides) {
      let text = '';
      for (let offset = start; offset < start + BYTES_A_ROW; offset += 1) {
        const byte = side.cache.byteAt(offset);
        const isOutside = offset >= side.size;
        text += byte === undefined ? ' ' : characterOf(byte);
        line.append(
          this.byteCell(side, offset, isOutside ? '' : byte === undefined ? '··' : formatByte(byte)),
        );
      }
      line.append(cell('gridcell', 'hex-text', text));
    }
    return line;
  }

  private byteCell(side: Side, offset: number, text: string): HTMLElement {
    const made = cell('gridcell', 'hex-cell', text);
    made.dataset.offset = String(offset);
    if (side === this.newest && isChanged(this.ranges ?? [], offset)) {
      made.classList.add('hex-changed');
      made.setAttribute('aria-label', this.host.translate('{0}, changed', text));
    }
    if (offset === this.cursor) {
      made.classList.add('hex-cursor');
      if (side.index === this.sides.length - 1) made.id = 'hex-cursor';
    }
    return made;
  }
}

function cell(role: string, className: string, text: string): HTMLElement {
  const made = document.createElement('span');
  made.setAttribute('role', role);
  made.className = className;
  made.textContent = text;
  return made;
}
