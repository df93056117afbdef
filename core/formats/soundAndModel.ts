// Owns what is told of WAV and of binary glTF, and the first picture in a glTF.
import { type ByteSource, type Cursor, FormatProblem, readExactly } from './byteSource.ts';
import { type Facts, MAX_PREVIEW, type Preview } from './facts.ts';
import { detailsOf } from './tracks.ts';

const WAV_CODECS: Record<number, string> = {
  1: 'PCM',
  2: 'ADPCM',
  3: 'PCM float',
  6: 'A-law',
  7: 'µ-law',
  0xfffe: 'PCM',
};
const MOST_CHUNKS = 500;

/** Multimedia Programming Interface and Data Specifications 1.0: RIFF WAVE. */
export async function describeWav(source: ByteSource): Promise<Facts> {
  const facts: Facts = { kind: 'audio', format: 'WAV', details: [] };
  let bytesASecond = 0;
  let data: number | undefined;
  let at = 12;
  for (let index = 0; index < MOST_CHUNKS && at + 8 <= source.size; index += 1) {
    const head = await readExactly(source, at, 8);
    const [id, length] = [head.latin(4), head.u32()];
    if (id === 'fmt ') {
      const format = await readExactly(source, at + 8, 16);
      const codec = format.u16();
      facts.codec = WAV_CODECS[codec] ?? `format ${codec}`;
      [facts.channels, facts.sampleRate] = [format.u16(), format.u32()];
      bytesASecond = format.u32();
      format.skip(2);
      facts.bitDepth = format.u16();
    } else if (id === 'data') data = Math.min(length, source.size - at - 8);
    if (data !== undefined && bytesASecond > 0) break;
    at += 8 + length + (length % 2);
  }
  if (facts.codec === undefined) throw new FormatProblem('it does not say how its sound is coded');
  if (data !== undefined && bytesASecond > 0) facts.duration = data / bytesASecond;
  facts.details.push(...detailsOf(facts));
  return facts;
}

const LONGEST_JSON = 64 << 20;

interface Gltf {
  json: Record<string, unknown>;
  /** Where the binary chunk's bytes begin; undefined without one. */
  binary: number | undefined;
}

/** glTF 2.0 specification, 4.4: a JSON chunk, then a binary one. */
async function readGltf(source: ByteSource): Promise<Gltf> {
  const head = await readExactly(source, 0, 20);
  const version = head.seek(4).u32();
  if (version !== 2) throw new FormatProblem('its version ({0}) is not known', version);
  const [length, type] = [head.seek(12).u32(), head.u32()];
  if (type !== 0x4e4f534a || length > LONGEST_JSON)
    throw new FormatProblem('its description is missing or too long');
  const json = parseObject(await readExactly(source, 20, length));
  const next = 20 + length;
  return { json, binary: next + 8 <= source.size ? next + 8 : undefined };
}

function parseObject(cursor: Cursor): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(cursor.text(cursor.left));
  } catch {
    throw new FormatProblem('its description is no JSON');
  }
  if (!isObject(value)) throw new FormatProblem('its description is none of glTF');
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const COUNTED: [key: string, label: string][] = [
  ['meshes', 'Meshes'],
  ['materials', 'Materials'],
  ['textures', 'Textures'],
  ['images', 'Images'],
  ['animations', 'Animations'],
  ['nodes', 'Nodes'],
];

export async function describeGlb(source: ByteSource): Promise<Facts> {
  const { json } = await readGltf(source);
  return factsOf(json, 'glTF binary');
}

/** The same description, in a file of its own. */
export async function describeGltf(source: ByteSource): Promise<Facts> {
  if (source.size > LONGEST_JSON) throw new FormatProblem('its description is too long');
  const json = parseObject(await readExactly(source, 0, source.size));
  if (!isObject(json.asset)) throw new FormatProblem('its description is none of glTF');
  return factsOf(json, 'glTF');
}

function factsOf(json: Record<string, unknown>, format: string): Facts {
  const facts: Facts = { kind: 'model', format, details: [] };
  for (const [key, label] of COUNTED) {
    const list = json[key];
    if (Array.isArray(list) && list.length > 0) facts.details.push([label, String(list.length)]);
  }
  const generator = isObject(json.asset) ? json.asset.generator : undefined;
  if (typeof generator === 'string') facts.details.push(['Made by', generator.slice(0, 200)]);
  return facts;
}

export async function glbPreview(source: ByteSource): Promise<Preview | undefined> {
  const { json, binary } = await readGltf(source);
  const first: unknown = Array.isArray(json.images) ? json.images[0] : undefined;
  const index = isObject(first) ? first.bufferView : undefined;
  const views: unknown[] = Array.isArray(json.bufferViews) ? json.bufferViews : [];
  const view = typeof index === 'number' ? views[index] : undefined;
  if (binary === undefined || !isObject(view)) return undefined;
  const { byteOffset = 0, byteLength } = view;
  if (!Number.isSafeInteger(byteOffset) || !Number.isSafeInteger(byteLength)) return undefined;
  if ((byteLength as number) > MAX_PREVIEW) return undefined;
  const bytes = await readExactly(source, binary + (byteOffset as number), byteLength as number);
  return { kind: 'file', bytes: bytes.bytes };
}
