// Owns the summary of Unreal packages (.uasset, .umap): what they hold, what they need, and the thumbnail in them.
// Source: read from 1,477 packages of UE 4.10 to 5.7; the order of fields is that of FPackageFileSummary.
import { type ByteSource, type Cursor, FormatProblem, readExactly, readUpTo } from './byteSource.ts';
import { type Facts, MAX_PREVIEW, type Preview } from './facts.ts';

const OLDEST_UE4 = 482;
/** The newest version whose fields are known. */
const NEWEST_UE5 = 1018;
const LONGEST_SUMMARY = 256 * 1024;
/** What lies between names and exports is read at most so far, in bytes. */
const LONGEST_TABLE = 64 << 20;
const MOST_ENTRIES = 2_000_000;
const MOST_DEPENDENCIES = 50;
const FILTER_EDITOR_ONLY = 0x80000000;
const CONTAINS_MAP = 0x20000;

interface Summary {
  ue4: number;
  ue5: number;
  flags: number;
  isEditor: boolean;
  names: Table;
  exports: Table;
  imports: Table;
  soft: Table;
  thumbnails: number;
  engine: string;
}

interface Table {
  count: number;
  offset: number;
}

/** An object that the package needs or holds; its path is that of the objects it lies in, then its own name. */
export interface UnrealObject {
  className: string;
  path: string;
}

export interface UnrealExport extends UnrealObject {
  /** Bytes. */
  size: number;
  /** From the start of the file, in bytes. */
  offset: number;
}

/** What the tables of a package say. Nothing of its objects is read. */
export interface UnrealPackage {
  isMap: boolean;
  /** Of the exports that are assets the first, else the first that lies in no other. */
  asset: { className: string; name: string } | undefined;
  /** The engine that saved it, e.g. `5.3.2`. */
  engine: string;
  /** Numbers of the format: FileVersionUE4 and FileVersionUE5 (0 before Unreal Engine 5). */
  fileVersion: [ue4: number, ue5: number];
  names: string[];
  imports: UnrealObject[];
  exports: UnrealExport[];
  /** Packages that are loaded with this one, sorted; those of the engine's code (`/Script/…`) left out. */
  dependencies: string[];
  /** Packages that are named by path alone, sorted; undefined where the package is too old to tell. */
  softDependencies: string[] | undefined;
}

interface Tables {
  summary: Summary;
  names: string[];
  imported: ImportEntry[];
  exported: ExportEntry[];
}

async function readTables(source: ByteSource): Promise<Tables> {
  const summary = await readSummary(source);
  const names = await readNames(source, summary);
  const imported = await readImports(source, summary, names);
  return { summary, names, imported, exported: await readExports(source, summary, names) };
}

/** The tables of a package. @throws FormatProblem when it is damaged, cooked, or of an engine that is not known */
export async function readUnreal(source: ByteSource): Promise<UnrealPackage> {
  const tables = await readTables(source);
  const { summary, names, imported, exported } = tables;
  const { ue4, ue5, engine } = summary;
  const pathOf = paths(imported, exported);
  return {
    isMap: isMap(summary),
    asset: mainAsset(tables),
    engine,
    fileVersion: [ue4, ue5],
    names,
    imports: imported.map(({ className }, index) => ({ className, path: pathOf(-index - 1) })),
    exports: exported.map((one, index) => ({
      className: classOf(one, tables),
      path: pathOf(index + 1),
      size: one.size,
      offset: one.offset,
    })),
    dependencies: dependenciesOf(imported),
    softDependencies: await readSoftDependencies(source, summary, names),
  };
}

export async function describeUnreal(source: ByteSource): Promise<Facts> {
  const tables = await readTables(source);
  const { summary, names, imported, exported } = tables;
  const dependencies = dependenciesOf(imported);
  const format = isMap(summary) ? 'Unreal map' : 'Unreal package';
  const facts: Facts = { kind: 'unreal', format, details: [] };
  const asset = mainAsset(tables);
  if (asset) facts.details.push(['Class', asset.className], ['Asset', asset.name]);
  facts.details.push(
    ['Engine', summary.engine],
    ['Names', String(names.length)],
    ['Imports', String(imported.length)],
    ['Exports', String(exported.length)],
    ['Dependencies', String(dependencies.length)],
  );
  for (const name of dependencies.slice(0, MOST_DEPENDENCIES)) facts.details.push(['Depends on', name]);
  return facts;
}

interface Thumbnail {
  /** Of the object that it shows. */
  className: string;
  at: number;
  size: number;
  pixels: number;
}

/** The largest thumbnail in the package. */
export async function unrealPreview(source: ByteSource): Promise<Preview | undefined> {
  const [best] = await findThumbnails(source);
  if (!best) return undefined;
  return { kind: 'file', bytes: (await readExactly(source, best.at, best.size)).bytes };
}

/** The thumbnails in the package, the largest first, at most `most`; each is a PNG or a JPEG. @throws FormatProblem */
export async function unrealThumbnails(
  source: ByteSource,
  most: number,
): Promise<{ className: string; bytes: Uint8Array }[]> {
  const found: { className: string; bytes: Uint8Array }[] = [];
  for (const { className, at, size } of (await findThumbnails(source)).slice(0, most))
    found.push({ className, bytes: (await readExactly(source, at, size)).bytes });
  return found;
}

/** Those with a picture, the largest first. */
async function findThumbnails(source: ByteSource): Promise<Thumbnail[]> {
  const { thumbnails } = await readSummary(source);
  if (thumbnails <= 0) return [];
  const table = await readUpTo(source, thumbnails, LONGEST_SUMMARY);
  const count = entries(table.i32(), table.left, 12);
  const found: Thumbnail[] = [];
  for (let index = 0; index < Math.min(count, 64); index += 1) {
    const className = fString(table);
    fString(table);
    const at = table.i32();
    const head = await readExactly(source, at, 12);
    const [width, height, size] = [head.i32(), Math.abs(head.i32()), head.i32()];
    const pixels = width * height;
    if (size > 0 && size <= MAX_PREVIEW && pixels > 0) found.push({ className, at: at + 12, size, pixels });
  }
  return found.sort((a, b) => b.pixels - a.pixels);
}

async function readSummary(source: ByteSource): Promise<Summary> {
  const c = await readUpTo(source, 0, LONGEST_SUMMARY);
  if (c.u32() !== 0x9e2a83c1) throw new FormatProblem('it does not begin as an Unreal package');
  const legacy = c.i32();
  if (legacy > -6 || legacy < -9) throw new FormatProblem('its version of the package format is not known');
  c.skip(4);
  const ue4 = c.i32();
  const ue5 = legacy <= -8 ? c.i32() : 0;
  c.skip(4);
  if (ue4 === 0 && ue5 === 0) throw new FormatProblem('it is cooked without a version');
  if (ue4 < OLDEST_UE4) throw new FormatProblem('it is older than Unreal Engine 4.10');
  if (ue5 > NEWEST_UE5) throw new FormatProblem('its version of Unreal Engine ({0}) is not known yet', ue5);
  if (ue5 >= 1016) c.skip(24);
  c.skip(entries(c.i32(), c.left, 20) * 20);
  if (ue5 < 1016) c.skip(4);
  fString(c);
  const flags = c.u32();
  const isEditor = (flags & FILTER_EDITOR_ONLY) === 0;
  const names = readTable(c);
  if (ue5 >= 1008) c.skip(8);
  if (isEditor && ue4 >= 516) fString(c);
  c.skip(8);
  const exports = readTable(c);
  const imports = readTable(c);
  if (ue5 >= 1015) c.skip(16);
  if (ue5 >= 1014) c.skip(4);
  // DependsOffset.
  c.skip(4);
  const soft = readTable(c);
  if (ue4 >= 510) c.skip(4);
  const thumbnails = c.i32();
  if (ue5 >= 1018) c.skip(8);
  if (ue5 < 1016) c.skip(16);
  if (isEditor && ue4 >= 518) c.skip(16);
  if (isEditor && ue4 >= 518 && ue4 < 520) c.skip(16);
  c.skip(entries(c.i32(), c.left, 8) * 8);
  const engine = `${c.u16()}.${c.u16()}.${c.u16()}`;
  return { ue4, ue5, flags, isEditor, names, exports, imports, soft, thumbnails, engine };
}

function readTable(c: Cursor): Table {
  return { count: c.i32(), offset: c.i32() };
}

/** A count, checked: that many entries of `least` bytes must fit. */
function entries(count: number, left: number, least: number): number {
  if (count < 0 || count > MOST_ENTRIES || count * least > left)
    throw new FormatProblem('a count in it cannot be right');
  return count;
}

/** FString: a count of bytes of Latin-1, or, negative, of UTF-16 units; both with a zero at the end. */
function fString(c: Cursor): string {
  const count = c.i32();
  if (count >= 0) return count === 0 ? '' : c.text(count).slice(0, -1);
  const bytes = c.take(-count * 2);
  return new TextDecoder('utf-16le').decode(bytes).slice(0, -1);
}

/** The bytes from a table to the end of what can be read. */
async function tableAt(
  source: ByteSource,
  { offset, count }: Table,
  least: number,
  most: number,
): Promise<Cursor> {
  const cursor = await readUpTo(source, offset, Math.min(LONGEST_TABLE, most));
  entries(count, cursor.left, least);
  return cursor;
}

async function readNames(source: ByteSource, { names, imports, ue4 }: Summary): Promise<string[]> {
  // Names end before the imports; where they do not, as much is read as a table may have.
  const most = imports.offset > names.offset ? imports.offset - names.offset : LONGEST_TABLE;
  const c = await tableAt(source, names, 5, most);
  const texts: string[] = [];
  for (let index = 0; index < names.count; index += 1) {
    texts.push(fString(c));
    if (ue4 >= 504) c.skip(4);
  }
  return texts;
}

function fName(c: Cursor, texts: string[]): string {
  const [index, number] = [c.i32(), c.i32()];
  const text = texts[index];
  if (text === undefined) throw new FormatProblem('a name in it does not exist');
  return number === 0 ? text : `${text}_${number - 1}`;
}

interface ImportEntry {
  className: string;
  /** A package index: above 0 an export, below 0 an import, 0 nothing. */
  outer: number;
  name: string;
}

async function readImports(source: ByteSource, summary: Summary, texts: string[]): Promise<ImportEntry[]> {
  const { imports, ue4, ue5, isEditor } = summary;
  if (imports.count === 0) return [];
  const size = 28 + (isEditor && ue4 >= 520 ? 8 : 0) + (ue5 >= 1003 ? 4 : 0);
  const c = await tableAt(source, imports, size, imports.count * size);
  const found: ImportEntry[] = [];
  for (let index = 0; index < imports.count; index += 1) {
    c.seek(index * size + 8);
    const className = fName(c, texts);
    const outer = c.i32();
    found.push({ className, outer, name: fName(c, texts) });
  }
  return found;
}

interface ExportEntry {
  classIndex: number;
  outer: number;
  name: string;
  size: number;
  offset: number;
  isAsset: boolean;
}

/** Bytes of an export; bIsAsset lies at `asset`. */
function exportLayout({ ue4, ue5, flags }: Summary): { size: number; asset: number } {
  let size = 12 + (ue4 >= 508 ? 4 : 0) + 8 + 4 + (ue4 >= 511 ? 16 : 8) + 12;
  size += ue5 < 1005 ? 16 : 0;
  size += ue5 >= 1006 ? 4 : 0;
  size += 4 + 4;
  const asset = size;
  size += ue4 >= 485 ? 4 : 0;
  size += ue5 >= 1003 ? 4 : 0;
  size += ue4 >= 507 ? 20 : 0;
  size += ue5 >= 1010 && (flags & 0x2000) === 0 ? 16 : 0;
  return { size, asset };
}

async function readExports(source: ByteSource, summary: Summary, texts: string[]): Promise<ExportEntry[]> {
  const { exports, ue4 } = summary;
  if (exports.count === 0) return [];
  const { size: length, asset } = exportLayout(summary);
  const c = await tableAt(source, exports, length, exports.count * length);
  const found: ExportEntry[] = [];
  for (let index = 0; index < exports.count; index += 1) {
    const start = index * length;
    const classIndex = c.seek(start).i32();
    const outer = c.seek(start + (ue4 >= 508 ? 12 : 8)).i32();
    const name = fName(c, texts);
    c.skip(4);
    const [size, offset] = ue4 >= 511 ? [c.i64(), c.i64()] : [c.i32(), c.i32()];
    const isAsset = ue4 >= 485 && c.seek(start + asset).i32() === 1;
    found.push({ classIndex, outer, name, size, offset, isAsset });
  }
  return found;
}

function isMap({ flags }: Summary): boolean {
  return (flags & CONTAINS_MAP) !== 0;
}

function mainAsset(tables: Tables): UnrealPackage['asset'] {
  const { exported } = tables;
  const main = exported.find((one) => one.isAsset) ?? exported.find((one) => one.outer === 0);
  return main && { className: classOf(main, tables), name: main.name };
}

function classOf({ classIndex }: ExportEntry, { imported, exported }: Tables): string {
  return entryOf(classIndex, imported, exported)?.name ?? 'Class';
}

function dependenciesOf(imported: ImportEntry[]): string[] {
  const packages = imported.filter((one) => one.className === 'Package').map((one) => one.name);
  return [...new Set(packages)].filter((name) => !name.startsWith('/Script/')).sort();
}

/** The entry that a package index names; undefined for 0 and for what is not there. */
function entryOf<I, E>(index: number, imported: I[], exported: E[]): I | E | undefined {
  return index < 0 ? imported[-index - 1] : exported[index - 1];
}

/** Objects lie this deep in others at most; what goes on longer is a circle. */
const DEEPEST = 64;
/** All paths together have no more characters: damaged tables could make them without end. */
const MOST_PATHS = 24 << 20;

/** The path of an object by its package index. @throws FormatProblem when all of them together are too long */
function paths(imported: ImportEntry[], exported: ExportEntry[]): (index: number) => string {
  let left = MOST_PATHS;
  return (index) => {
    const parts: string[] = [];
    let at = index;
    while (at !== 0 && parts.length < DEEPEST) {
      const entry = entryOf(at, imported, exported);
      if (!entry) break;
      parts.push(entry.name);
      left -= entry.name.length + 1;
      if (left < 0) throw new FormatProblem('the paths of its objects are too long');
      at = entry.outer;
    }
    return parts.reverse().join('.');
  };
}

async function readSoftDependencies(
  source: ByteSource,
  { soft, ue4 }: Summary,
  texts: string[],
): Promise<string[] | undefined> {
  // They were texts before.
  if (ue4 < 514) return undefined;
  if (soft.count === 0) return [];
  const c = await tableAt(source, soft, 8, soft.count * 8);
  const found = new Set<string>();
  for (let index = 0; index < soft.count; index += 1) found.add(fName(c, texts));
  return [...found].filter((name) => !name.startsWith('/Script/')).sort();
}
