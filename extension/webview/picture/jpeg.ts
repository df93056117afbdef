// Owns whether a JPEG is all there: decoders fill what is missing with grey, and say nothing.

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/** Whether the bytes begin as a JPEG and its picture has no end (ITU-T T.81, B.2.1). */
export function isCutOffJpeg(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return false;
  // Segments before the first scan are stepped over: a thumbnail in one of them has an end of its own.
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1];
    if (marker === 0xff) at += 1;
    else at += 2 + bytes[at + 2] * 256 + bytes[at + 3];
    if (marker === START_OF_SCAN) break;
  }
  // Within a scan a byte of 0xff is followed by 0, so this is found nowhere else.
  for (; at + 1 < bytes.length; at++) if (bytes[at] === 0xff && bytes[at + 1] === END_OF_IMAGE) return false;
  return true;
}
