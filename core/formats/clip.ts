// Owns what is told of files of Clip Studio Paint (.clip), and the picture in them. Source: read from a real file; its parts are
// chunks of a tag of 8 bytes and a length of 64 bits, big-endian, and one of them is an SQLite database.
import { type ByteSource, FormatProblem, readExactly } from './byteSource.ts';
import { type Facts, MAX_PREVIEW, type Preview } from './facts.ts';
import { SqliteReader, type SqliteValue } from './sqlite.ts';

const MOST_CHUNKS = 100_000;
const MOST_LAYERS = 10_000;

async function openDatabase(source: ByteSource): Promise<SqliteReader> {
  let at = 24;
  for (let index = 0; index < MOST_CHUNKS && at + 16 <= source.size; index += 1) {
    const head = await readExactly(source, at, 16);
    const tag = head.latin(8);
    const length = head.u32be() * 2 ** 32 + head.u32be();
    if (tag === 'CHNKSQLi')
      return SqliteReader.open(source, at + 16, Math.min(length, source.size - at - 16));
    at += 16 + length;
  }
  throw new FormatProblem('it has no database in it');
}

export async function describeClip(source: ByteSource): Promise<Facts> {
  const database = await openDatabase(source);
  const [canvas] = await database.rows('Canvas', 1);
  const layers = await database.rows('Layer', MOST_LAYERS);
  const [width, height] = [positive(canvas?.CanvasWidth), positive(canvas?.CanvasHeight)];
  const facts: Facts = {
    kind: 'paint',
    format: 'Clip Studio Paint',
    ...(width !== undefined && height !== undefined && { width, height }),
    details: [['Layers', String(layers.length)]],
  };
  const resolution = positive(canvas?.CanvasResolution);
  if (resolution !== undefined) facts.details.push(['Resolution', `${resolution} dpi`]);
  return facts;
}

/** A PNG of all layers, which the program keeps for previews. */
export async function clipPreview(source: ByteSource): Promise<Preview | undefined> {
  const [preview] = await (await openDatabase(source)).rows('CanvasPreview', 1);
  const bytes = preview?.ImageData;
  if (!(bytes instanceof Uint8Array) || bytes.length === 0 || bytes.length > MAX_PREVIEW) return undefined;
  return { kind: 'file', bytes };
}

function positive(value: SqliteValue | undefined): number | undefined {
  return typeof value === 'number' && value > 0 && value < 1e9 ? Math.round(value) : undefined;
}
