// Owns the pointer: the small Git blob that stands for an asset's content (docs/formats/pointer.md).

export interface Pointer {
  /** BLAKE3 of the whole file, 64 lower-case hex digits: what `b3sum` prints. */
  blake3: string;
  /** Bytes of the whole file. */
  size: number;
}

const HEADER = 'forge-pointer 1\nkind asset\nblake3 ';
const PATTERN = /^forge-pointer 1\nkind asset\nblake3 ([0-9a-f]{64})\nsize (0|[1-9][0-9]{0,15})\n$/;
/** No valid pointer is longer, so no longer blob needs to be looked at. */
export const MAX_POINTER_LENGTH = HEADER.length + 64 + 6 + 16 + 1;

export function encodePointer(pointer: Pointer): Buffer {
  return Buffer.from(`${HEADER}${pointer.blake3}\nsize ${pointer.size}\n`, 'latin1');
}

/** Returns undefined for any bytes that are not exactly a pointer. */
export function decodePointer(bytes: Uint8Array): Pointer | undefined {
  if (bytes.length > MAX_POINTER_LENGTH || bytes.length < HEADER.length) return undefined;
  const match = PATTERN.exec(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'));
  if (!match) return undefined;
  const size = Number(match[2]);
  return Number.isSafeInteger(size) ? { blake3: match[1], size } : undefined;
}
