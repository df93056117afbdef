// Owns which format a file is of, and asking that format for facts and for the picture in it. Any doubt ends as opaque bytes.
import { type ByteSource, Cursor, FormatProblem, readUpTo } from './byteSource.ts';
import { clipPreview, describeClip } from './clip.ts';
import { ddsExcerpt, type Excerpt, ktx2Excerpt, type Part, psdExcerpt } from './excerpts.ts';
import type { Facts, MediaKind, Preview } from './facts.ts';
import {
  blendPreview,
  describeBlend,
  describeLayeredZip,
  describePsd,
  layeredZipPicture,
  layeredZipPreview,
  psdPreview,
} from './paint.ts';
import {
  describeBmp,
  describeDds,
  describeExr,
  describeGif,
  describeHdr,
  describeKtx2,
  describeTga,
  describeWebp,
  exrPreview,
} from './pictures.ts';
import { describeMatroska } from './matroska.ts';
import { describeFlac, describeMp3 } from './mp3AndFlac.ts';
import { describeMp4 } from './mp4.ts';
import { describeOgg } from './ogg.ts';
import { describeJpeg, describePng } from './pngJpeg.ts';
import { describeGlb, describeGltf, describeWav, glbPreview } from './soundAndModel.ts';
import { type Refusal, refused } from './pictureCodec.ts';
import { writePng } from './pngWriter.ts';
import { english, type Reason } from './reason.ts';
import { describeUnreal, unrealPreview, unrealThumbnails } from './unreal.ts';

/** So many bytes tell the format. */
export const HEAD_LENGTH = 64;

const NO_PICTURES: Reason = { text: 'files of this kind have no picture', values: [] };
const NO_PICTURE: Reason = { text: 'there is no picture in the file', values: [] };

/** So many pictures of one file are read at most. */
const MOST_PICTURES = 4;

interface Format {
  kind: MediaKind;
  name: string;
  matches(head: Cursor, path: string): boolean;
  describe(source: ByteSource): Promise<Facts>;
  /** One whose longer side has fewer than `least` pixels does not count, where another can be had. */
  preview?: (source: ByteSource, least: number) => Promise<Preview | undefined>;
  /** Where there are better pictures than the preview, or several: the best first. */
  pictures?: (source: ByteSource) => Promise<{ name: string; preview: Preview | undefined }[]>;
  /** The picture codec decodes the file itself. */
  isDecodable?: boolean;
  /** It decodes the file where there is no preview in it. */
  isComposite?: boolean;
  /** What of the file has to be decoded, where that is not all of it. */
  excerpt?: Excerpt;
}

function starts(...signatures: string[]): Format['matches'] {
  return (head) => signatures.some((signature) => head.seek(0).isNext(signature));
}

function riff(form: string): Format['matches'] {
  return (head) => head.seek(0).isNext('RIFF') && head.bytes.length >= 12 && head.seek(8).isNext(form);
}

function picture(
  name: string,
  matches: Format['matches'],
  describe: Format['describe'],
  more: Pick<Format, 'excerpt' | 'preview'> = {},
): Format {
  return { kind: 'image', name, matches, describe, isDecodable: true, ...more };
}

/** Pictures use the boxes of MP4 as well, and say so here. */
const NO_FILM = /^(avi[fs]|hei[cfsx]|he[vi][cms]|mif1|msf1|jp[2xm] |jpx[ b]?|crx )/;

const film: Format['matches'] = (head, path) => {
  if (head.bytes.length < 12) return false;
  const type = head.seek(4).latin(4);
  if (type === 'ftyp') return !NO_FILM.test(head.latin(4));
  // Old files of QuickTime begin with any of their boxes.
  return /^(moov|mdat|wide|free|skip|pnot)$/.test(type) && /\.(mov|qt|mp4|m4v)$/i.test(path);
};

/** MP3 has no signature: a tag, or the first bits of a frame. */
const mp3: Format['matches'] = (head, path) =>
  /\.mp[123]$/i.test(path) &&
  (starts('ID3')(head, path) || (head.bytes.length > 1 && head.seek(0).u16be() >= 0xffe0));

/** TGA stands last: it is known by its name alone. */
const FORMATS: Format[] = [
  picture('PNG', starts('\x89PNG\r\n\x1a\n'), describePng),
  picture('JPEG', starts('\xff\xd8\xff'), describeJpeg),
  picture('WebP', riff('WEBP'), describeWebp),
  picture('GIF', starts('GIF87a', 'GIF89a'), describeGif),
  picture('BMP', (head, path) => starts('BM')(head, path) && /\.(bmp|dib)$/i.test(path), describeBmp),
  picture('OpenEXR', starts('\x76\x2f\x31\x01'), describeExr, { preview: exrPreview }),
  picture('Radiance HDR', starts('#?RADIANCE', '#?RGBE'), describeHdr),
  picture('DDS', starts('DDS '), describeDds, { excerpt: ddsExcerpt }),
  picture('KTX2', starts('\xabKTX 20\xbb\r\n\x1a\n'), describeKtx2, { excerpt: ktx2Excerpt }),
  {
    kind: 'unreal',
    name: 'Unreal package',
    matches: starts('\xc1\x83\x2a\x9e'),
    describe: describeUnreal,
    preview: unrealPreview,
    pictures: async (source) =>
      (await unrealThumbnails(source, MOST_PICTURES)).map(({ className, bytes }) => ({
        name: className,
        preview: { kind: 'file', bytes },
      })),
  },
  {
    kind: 'paint',
    name: 'Photoshop',
    matches: starts('8BPS'),
    describe: describePsd,
    preview: psdPreview,
    isComposite: true,
    excerpt: psdExcerpt,
  },
  {
    kind: 'paint',
    name: 'Krita or OpenRaster',
    matches: (head, path) => starts('PK\x03\x04')(head, path) && /\.(kra|krz|ora)~?$/i.test(path),
    describe: describeLayeredZip,
    preview: layeredZipPreview,
    pictures: async (source) => [{ name: '', preview: await layeredZipPicture(source) }],
  },
  {
    kind: 'model',
    name: 'Blender',
    matches: starts('BLENDER'),
    describe: describeBlend,
    preview: blendPreview,
  },
  { kind: 'audio', name: 'WAV', matches: riff('WAVE'), describe: describeWav },
  { kind: 'audio', name: 'Ogg', matches: starts('OggS'), describe: describeOgg },
  { kind: 'audio', name: 'MP3', matches: mp3, describe: describeMp3 },
  {
    kind: 'audio',
    name: 'FLAC',
    matches: (head, path) =>
      starts('fLaC')(head, path) || (starts('ID3')(head, path) && /\.flac$/i.test(path)),
    describe: describeFlac,
  },
  { kind: 'video', name: 'MP4', matches: film, describe: describeMp4 },
  { kind: 'video', name: 'Matroska', matches: starts('\x1a\x45\xdf\xa3'), describe: describeMatroska },
  { kind: 'model', name: 'glTF binary', matches: starts('glTF'), describe: describeGlb, preview: glbPreview },
  {
    kind: 'model',
    name: 'glTF',
    matches: (head, path) => /\.gltf$/i.test(path) && /^\s*\{/.test(head.seek(0).text(head.left)),
    describe: describeGltf,
  },
  {
    kind: 'paint',
    name: 'Clip Studio Paint',
    matches: starts('CSFCHUNK'),
    describe: describeClip,
    preview: clipPreview,
  },
  picture('TGA', (_head, path) => /\.(tga|vda|icb|vst)$/i.test(path), describeTga),
];

function formatOf(head: Uint8Array, path: string): Format | undefined {
  return FORMATS.find((format) => format.matches(new Cursor(head), path));
}

/** What a file seems to be, from its first HEAD_LENGTH bytes and its name. */
export function detect(head: Uint8Array, path: string): { kind: MediaKind; format: string } {
  const found = formatOf(head, path);
  return found ? { kind: found.kind, format: found.name } : { kind: 'binary', format: 'Binary' };
}

/** Facts of a file of any version. A file that is damaged or unknown gives few, and why. @throws what `source.read` throws */
export async function describe(source: ByteSource, path: string): Promise<Facts> {
  const format = await formatOfSource(source, path);
  if (!format) return { kind: 'binary', format: 'Binary', details: [] };
  const problem = { kind: format.kind, format: format.name, details: [] };
  return guarded(
    () => format.describe(source),
    (why) => ({ ...problem, problem: english(why), why }),
  );
}

/** What the picture codec has to be given: one part behind the other. */
export interface WholePicture {
  kind: 'whole';
  parts: Part[];
}

type Found = Preview | WholePicture | ({ kind: 'none' } & Refusal);

/**
 * The picture to show for a file `side` pixels large: one that lies in it, or `whole` where the picture codec decodes the file itself;
 * else why there is none. @throws what `source.read` throws
 */
export async function previewOf(source: ByteSource, path: string, side: number): Promise<Found> {
  const format = await formatOfSource(source, path);
  const none = (why: Reason) => ({ kind: 'none', ...refused(why) }) as const;
  const { preview, isDecodable = false, isComposite = false } = format ?? {};
  const whole = (): Promise<Found> => partsOf(source, side, format?.excerpt);
  if (!preview) return isDecodable ? whole() : none(NO_PICTURES);
  const found = await guarded<Preview | Reason | undefined>(
    // One of half the size is shown at once, where the picture itself takes long.
    () => preview(source, side / 2),
    (why) => why,
  );
  if (found && 'kind' in found) return found;
  if (isDecodable || (isComposite && !found)) return whole();
  return none(found ?? NO_PICTURE);
}

async function partsOf(
  source: ByteSource,
  side: number,
  excerpt: Excerpt | undefined,
): Promise<WholePicture> {
  const all: Part[] = [{ offset: 0, length: source.size }];
  const parts = await guarded(
    async () => (await excerpt?.(source, side)) ?? all,
    // The codec says what is wrong.
    () => all,
  );
  return { kind: 'whole', parts };
}

/** A picture in a file: PNG or JPEG. `name` tells several apart. */
export interface CarriedPicture {
  name: string;
  extension: '.png' | '.jpg';
  bytes: Uint8Array;
}

/** The pictures that a file carries of itself, the best first; else why there is none. @throws what `source.read` throws */
export async function picturesIn(
  source: ByteSource,
  path: string,
): Promise<{ pictures: CarriedPicture[]; problem?: string; why?: Reason }> {
  const format = await formatOfSource(source, path);
  const { preview } = format ?? {};
  const all =
    format?.pictures ?? (preview && (async (from) => [{ name: '', preview: await preview(from, 0) }]));
  const none = (why: Reason) => ({ pictures: [], problem: english(why), why });
  if (!all) return none(NO_PICTURES);
  return guarded(async () => {
    const pictures = (await all(source)).flatMap(({ name, preview: found }) => carried(name, found));
    return pictures.length > 0 ? { pictures } : none(NO_PICTURE);
  }, none);
}

function carried(name: string, preview: Preview | undefined): CarriedPicture[] {
  if (!preview) return [];
  if (preview.kind === 'pixels') return [{ name, extension: '.png', bytes: writePng(preview) }];
  const { bytes } = preview;
  const isJpeg = new Cursor(bytes).isNext('\xff\xd8\xff');
  return [{ name, extension: isJpeg ? '.jpg' : '.png', bytes }];
}

async function formatOfSource(source: ByteSource, path: string): Promise<Format | undefined> {
  const head = await readUpTo(source, 0, HEAD_LENGTH);
  return formatOf(head.bytes, path);
}

async function guarded<T>(work: () => Promise<T>, otherwise: (why: Reason) => T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FormatProblem) return otherwise(error.why);
    throw error;
  }
}
