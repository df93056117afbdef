// Owns the headers of PNG and JPEG.
import { type ByteSource, FormatProblem, readExactly } from './byteSource.ts';
import type { Facts } from './facts.ts';
import { image } from './pictures.ts';

/** More chunks or markers than this before the pixels are not followed. */
const MOST_PARTS = 500;

const PNG_COLOURS: Record<number, [name: string, channels: number]> = {
  0: ['greyscale', 1],
  2: ['RGB', 3],
  3: ['palette', 1],
  4: ['greyscale with alpha', 2],
  6: ['RGBA', 4],
};

/** PNG specification (third edition), 5 and 11. */
export async function describePng(source: ByteSource): Promise<Facts> {
  const head = await readExactly(source, 0, 33);
  if (!head.seek(12).isNext('IHDR')) throw new FormatProblem('it does not begin with its header');
  head.skip(4);
  const [width, height, bitDepth, colour] = [head.u32be(), head.u32be(), head.u8(), head.u8()];
  const [name, channels] = PNG_COLOURS[colour] ?? [];
  if (name === undefined || channels === undefined) throw new FormatProblem('its kind of colour is unknown');
  const facts = image('PNG', width, height, { bitDepth, channels, details: [['Colour', name]] });
  head.skip(2);
  if (head.u8() === 1) facts.details.push(['Interlaced', 'yes']);
  let at = 33;
  for (let part = 0; part < MOST_PARTS && at + 12 <= source.size; part += 1) {
    const chunk = await readExactly(source, at, 12);
    const length = chunk.u32be();
    const type = chunk.latin(4);
    if (type === 'IDAT' || type === 'IEND') break;
    if (type === 'acTL') facts.details.push(['Animation', `${chunk.u32be()} frames`]);
    if (type === 'iCCP') facts.details.push(['Colour profile', 'embedded']);
    at += 12 + length;
  }
  return facts;
}

const JPEG_MODES: Record<number, string> = { 0xc0: 'baseline', 0xc1: 'extended', 0xc2: 'progressive' };

/** ITU-T T.81, annex B. */
export async function describeJpeg(source: ByteSource): Promise<Facts> {
  let at = 2;
  for (let part = 0; part < MOST_PARTS; part += 1) {
    const marker = await readExactly(source, at, 4);
    if (marker.u8() !== 0xff) break;
    const code = marker.u8();
    if (code === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = code >= 0xc0 && code <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(code);
    if (isFrame) {
      const frame = await readExactly(source, at + 4, 6);
      const [bitDepth, height, width, channels] = [frame.u8(), frame.u16be(), frame.u16be(), frame.u8()];
      const details: Facts['details'] = [['Encoding', JPEG_MODES[code] ?? 'other']];
      return image('JPEG', width, height, { bitDepth, channels, details });
    }
    if (code === 0xda || code === 0xd9) break;
    at += 2 + marker.u16be();
  }
  throw new FormatProblem('it names no size');
}
