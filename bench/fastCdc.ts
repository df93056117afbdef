// Owns normalised FastCDC (Xia et al., USENIX ATC 2016, section 4) as a reference for the cut rule. Nothing that Forge stores is cut by it.

/** Bits that the stricter mask has more than the mean calls for, and the looser one less. */
const NORMALISATION = 2;

const TABLE = gearTable();

/** Lengths of the chunks: mean near 2^averageLog2, from a quarter of it to four times as long. */
export function fastCdc(bytes: Uint8Array, averageLog2: number): number[] {
  const average = 2 ** averageLog2;
  const lengths: number[] = [];
  // The high bits depend on the whole window of 32 bytes.
  const strict = 32 - averageLog2 - NORMALISATION;
  const loose = 32 - averageLog2 + NORMALISATION;
  for (let start = 0; start < bytes.length;) {
    const end = Math.min(start + 4 * average, bytes.length);
    const normal = Math.min(start + average, end);
    let at = Math.min(start + average / 4, end);
    let hash = 0;
    let isCut = false;
    for (; at < normal && !isCut; at++) {
      hash = ((hash << 1) + TABLE[bytes[at]]) | 0;
      isCut = hash >>> strict === 0;
    }
    for (; at < end && !isCut; at++) {
      hash = ((hash << 1) + TABLE[bytes[at]]) | 0;
      isCut = hash >>> loose === 0;
    }
    lengths.push(at - start);
    start = at;
  }
  return lengths;
}

/** Any random numbers serve; these are xorshift32's. */
function gearTable(): Int32Array {
  const table = new Int32Array(256);
  let x = 0x9e3779b9;
  for (let i = 0; i < table.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    table[i] = x;
  }
  return table;
}
