// Owns decoding the composite of Photoshop's files (PSD and PSB), the picture of all layers together.
import { initializeCanvas, readPsd } from 'ag-psd';
import { MOST_PIXELS, checkSize, undecodable } from './pictureProblem.ts';
import type { Pixels } from './pixels.ts';

const HEADER = 26;
const RAW = 0;
const RUN_LENGTH = 1;
const BITMAP = 0;
/** What the reader may ask for, in bytes. */
const MOST_MEMORY = 512 * 1024 * 1024;

// The reader's pictures are memory; it makes a canvas of what is skipped here.
initializeCanvas(
  () => {
    throw new Error('there is no canvas');
  },
  (width, height) =>
    ({ width, height, data: new Uint8ClampedArray(width * height * 4) }) as unknown as ImageData,
);

/** The composite, 8 or 16 bits a channel or linear floats. @throws PictureProblem, also for what the reader lacks: other than RGB, grey, indexed and bitmap */
export function decodePsd(file: ArrayBuffer): Pixels {
  try {
    checkComposite(new DataView(file));
    const { width, height, imageData, imageResources } = readPsd(file, {
      skipLayerImageData: true,
      skipLinkedFilesData: true,
      skipThumbnail: true,
      useImageData: true,
      totalMemoryLimit: MOST_MEMORY,
    });
    if (imageResources?.versionInfo?.hasRealMergedData === false)
      throw new Error('it was saved without the picture of all layers together');
    const data: ArrayBufferView | undefined = imageData?.data;
    if (data instanceof Float32Array) return { width, height, kind: 'rgba32f', data };
    if (data instanceof Uint16Array) return { width, height, kind: 'rgba16', data };
    if (data instanceof Uint8ClampedArray)
      return { width, height, kind: 'rgba8', data: new Uint8Array(data.buffer) };
    throw new Error('it holds no picture of all layers together');
  } catch (error) {
    if (error instanceof RangeError) throw undecodable('the file is cut off or damaged');
    throw undecodable(error);
  }
}

/**
 * The reader takes what is not there for zeros, so that is looked at first (Adobe Photoshop File Formats Specification: header, then three
 * sections that name their length, then the composite).
 */
function checkComposite(view: DataView): void {
  if (view.getUint32(0) !== 0x38425053) throw new Error('it does not begin as a Photoshop file');
  const isLarge = view.getUint16(4) === 2;
  const [channels, height, width] = [view.getUint16(12), view.getUint32(14), view.getUint32(18)];
  const [depth, mode] = [view.getUint16(22), view.getUint16(24)];
  if (width === 0 || height === 0) throw new Error('it has no pixels');
  checkSize(width, height);
  if (width * height * (depth / 8) > MOST_PIXELS) throw new Error(`too many pixels of ${depth} bits`);
  let at = HEADER;
  for (const section of ['colours', 'resources', 'layers']) {
    const isLong = isLarge && section === 'layers';
    const length = isLong ? Number(view.getBigUint64(at)) : view.getUint32(at);
    at += (isLong ? 8 : 4) + length;
    if (at > view.byteLength) throw new Error('the file is cut off');
  }
  const compression = view.getUint16(at);
  at += 2;
  if (compression === RAW) {
    const row = mode === BITMAP ? Math.ceil(width / 8) : width * (depth / 8);
    at += row * height * channels;
  } else if (compression === RUN_LENGTH) {
    // The reader takes the bytes of larger values for values.
    if (depth > 8) throw new Error(`run-length encoding of ${depth} bits is not supported`);
    const rows = height * channels;
    const table = at;
    at += rows * (isLarge ? 4 : 2);
    for (let row = 0; row < rows; row++)
      at += isLarge ? view.getUint32(table + row * 4) : view.getUint16(table + row * 2);
  }
  if (at > view.byteLength) throw new Error('the file is cut off');
}
