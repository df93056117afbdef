// Owns making containers that compress inside, for tests: PNGs, zips and gzip members, also one in another.
import { crc32, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/** Bytes that pack about fivefold, different for each seed. */
export function rows(seed: number, count: number): Buffer {
  const lines: string[] = [];
  let state = seed + 1;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    lines.push(`row ${i} of ${seed}: ${(state >>> 8) % 1000} / ${(state >>> 16) % 97}\n`);
  }
  return Buffer.from(lines.join(''));
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A PNG with these bytes as its filtered rows, in IDAT chunks of `part` bytes. */
export function png(pixels: Buffer, { level = 6, part = 8192 } = {}): Buffer {
  const data = deflateSync(pixels, { level });
  const parts: Buffer[] = [];
  for (let at = 0; at < data.length; at += part) parts.push(pngChunk('IDAT', data.subarray(at, at + part)));
  const header = Buffer.from('00000040000000400806000000', 'hex');
  return Buffer.concat([
    PNG_SIGNATURE,
    pngChunk('IHDR', header),
    ...parts,
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A zip with deflated entries; the central directory is left to the imagination of readers. */
export function zip(entries: Record<string, Buffer>): Buffer {
  const parts = Object.entries(entries).flatMap(([name, bytes]) => {
    const data = deflateRawSync(bytes);
    const header = Buffer.alloc(30);
    header.write('PK\x03\x04', 'latin1');
    header.writeUInt16LE(20, 4);
    header.writeUInt16LE(8, 8);
    header.writeUInt32LE(crc32(bytes), 14);
    header.writeUInt32LE(data.length, 18);
    header.writeUInt32LE(bytes.length, 22);
    header.writeUInt16LE(name.length, 26);
    return [header, Buffer.from(name, 'latin1'), data];
  });
  return Buffer.concat([...parts, Buffer.from('PK\x05\x06 the end')]);
}

/** Containers of every kind, named after what they are. */
export function containers(): Record<string, Buffer> {
  const text = rows(1, 9000);
  const zlib = deflateSync(rows(6, 3000));
  return {
    'image.png': png(text, { level: 9 }),
    'parts.png': png(text, { part: 100 }),
    'doc.kra': zip({ mimetype: rows(2, 10), 'layer.bin': rows(3, 20_000), 'preview.png': png(text) }),
    'scene.blend': gzipSync(rows(4, 12_000)),
    'thumb.uasset': Buffer.concat([Buffer.alloc(5000, 7), png(rows(5, 2000)), Buffer.alloc(300)]),
    'tiles.clip': Buffer.concat([Buffer.from('CSFCHUNK'), zlib, Buffer.alloc(99), zlib]),
  };
}
