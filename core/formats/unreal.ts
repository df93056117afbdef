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
  thumbnails: number;
  engine: string;
}

interface Table {
  count: number;
  offset: number;
}

export async function describeUnreal(source: ByteSource): Promise<Facts> {
  const summary = await readSummary(source);
  const { names, imports, exports } = summary;
  const facts: Facts = {
    kind: 'unreal',
    format: (summary.flags & CONTAINS_MAP) !== 0 ? 'Unreal map' : 'Unreal package',
    details: [],
  };
  const texts = await readNames(source, summary);
  const imported = await readImports(source, summary, texts);
  const asset = await mainAsset(source, summary, texts, imported);
  if (asset) facts.details.push(['Class', asset.className], ['Asset', asset.name]);
  facts.details.push(
    ['Engine', summary.engine],
    ['Names', String(names.count)],
    ['Imports', String(imports.count)],
    ['Exports', String(exports.count)],
  );
  const packages = imported.filter((one) => one.className === 'Package').map((one) => one.name);
  const dependencies = [...new Set(packages)].filter((name) => !name.startsWith('/Script/')).sort();
  facts.details.push(['Dependencies', String(dependencies.length)]);
  for (const name of dependencies.slice(0, MOST_DEPENDENCIES)) facts.details.push(['Depends on', name]);
  return facts;
}

/** The largest thumbnail in the package. */
export async function unrealPreview(source: ByteSource): Promise<Preview | undefined> {
  const { thumbnails } = await readSummary(source);
  if (thumbnails <= 0) return undefined;
  const table = await readUpTo(source, thumbnails, LONGEST_SUMMARY);
  const count = entries(table.i32(), table.left, 12);
  let best: { at: number; size: number; pixels: number } | undefined;
  for (let index = 0; index < Math.min(count, 64); index += 1) {
    fString(table);
    fString(table);
    const at = table.i32();
    const head = await readExactly(source, at, 12);
    const [width, height, size] = [head.i32(), Math.abs(head.i32()), head.i32()];
    const pixels = width * height;
    if (size > 0 && size <= MAX_PREVIEW && pixels > (best?.pixels ?? 0)) best = { at: at + 12, size, pixels };
  }
  if (!best) return undefined;
  return { kind: 'file', bytes: (await readExactly(source, best.at, best.size)).bytes };
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
  if (ue5 > NEWEST_UE5) throw new FormatProblem(`its version of Unreal Engine (${ue5}) is not known yet`);
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
  // DependsOffset, and the soft package references.
  c.skip(12);
  if (ue4 >= 510) c.skip(4);
  const thumbnails = c.i32();
  if (ue5 >= 1018) c.skip(8);
  if (ue5 < 1016) c.skip(16);
  if (isEditor && ue4 >= 518) c.skip(16);
  if (isEditor && ue4 >= 518 && ue4 < 520) c.skip(16);
  c.skip(entries(c.i32(), c.left, 8) * 8);
  const engine = `${c.u16()}.${c.u16()}.${c.u16()}`;
  return { ue4, ue5, flags, isEditor, names, exports, imports, thumbnails, engine };
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

interface Imported {
  className: string;
  name: string;
}

async function readImports(source: ByteSource, summary: Summary, texts: string[]): Promise<Imported[]> {
  const { imports, ue4, ue5, isEditor } = summary;
  if (imports.count === 0) return [];
  const size = 28 + (isEditor && ue4 >= 520 ? 8 : 0) + (ue5 >= 1003 ? 4 : 0);
  const c = await tableAt(source, imports, size, imports.count * size);
  const found: Imported[] = [];
  for (let index = 0; index < imports.count; index += 1) {
    c.seek(index * size + 8);
    const className = fName(c, texts);
    c.skip(4);
    found.push({ className, name: fName(c, texts) });
  }
  return found;
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

/** Of the exports that are assets the first, else the first that lies in no other. */
async function mainAsset(
  source: ByteSource,
  summary: Summary,
  texts: string[],
  imported: Imported[],
): Promise<Imported | undefined> {
  const { exports, ue4 } = summary;
  if (exports.count === 0) return undefined;
  const { size, asset } = exportLayout(summary);
  const c = await tableAt(source, exports, size, exports.count * size);
  let found: Imported | undefined;
  for (let index = 0; index < exports.count; index += 1) {
    const start = index * size;
    const classIndex = c.seek(start).i32();
    c.seek(start + (ue4 >= 508 ? 12 : 8));
    const outer = c.i32();
    const name = fName(c, texts);
    const isAsset = ue4 >= 485 && c.seek(start + asset).i32() === 1;
    if (!isAsset && (found || outer !== 0)) continue;
    const className = classIndex < 0 ? imported[-classIndex - 1]?.name : undefined;
    found = { className: className ?? 'Class', name };
    if (isAsset) break;
  }
  return found;
}
