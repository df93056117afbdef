// Owns the sounds and videos of the tests of formats: those of test/fixtures/media, boxes of MP4 made by code, and sources that count.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ByteSource } from '../../../core/formats/byteSource.ts';

export const FOLDER = new URL('../../fixtures/media/', import.meta.url);
export const file = (name: string): Buffer => readFileSync(new URL(name, FOLDER));

/** Counts what is read, and fails the test when that lies outside the file. */
export function counted(
  size: number,
  bytesAt: (offset: number, length: number) => Uint8Array,
): ByteSource & { bytes: number } {
  const source = {
    size,
    bytes: 0,
    read(offset: number, length: number) {
      assert.ok(offset >= 0 && length >= 0 && offset + length <= size, `read ${offset}+${length} of ${size}`);
      source.bytes += length;
      return Promise.resolve(bytesAt(offset, length));
    },
  };
  return source;
}

export const countedBytes = (bytes: Uint8Array) =>
  counted(bytes.length, (offset, length) => bytes.subarray(offset, offset + length));

export const u32be = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32BE(value, 4 * i));
  return bytes;
};

export function box(type: string, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([u32be(content.length + 8), Buffer.from(type, 'latin1'), content]);
}

export function track(kind: 'vide' | 'soun', entry: Buffer, matrix = [0x10000, 0]): Buffer {
  const sizes = Buffer.concat([u32be(0, 0, 75), Buffer.alloc(300)]);
  return box(
    'trak',
    box('tkhd', Buffer.alloc(40), u32be(...matrix), Buffer.alloc(36)),
    box(
      'mdia',
      box('mdhd', u32be(0, 0, 0, 1000, 3000, 0)),
      box('hdlr', Buffer.alloc(8), Buffer.from(kind), Buffer.alloc(13)),
      box('minf', box('stbl', box('stsd', u32be(0, 1), entry), box('stsz', sizes))),
    ),
  );
}

export const picture = (codec: string, width: number, height: number): Buffer => {
  const head = Buffer.alloc(78);
  head.writeUInt16BE(width, 24);
  head.writeUInt16BE(height, 26);
  return box(codec, head);
};

export const movie = (...tracks: Buffer[]): Buffer =>
  box('moov', box('mvhd', u32be(0, 0, 0, 600, 1500), Buffer.alloc(80)), ...tracks);
