// Owns how formats read: ranges of a file that need not be on disk, and a cursor that never leaves the bytes it was given.

import { english, type Reason } from './reason.ts';

/** A file of any version; `read` gives fewer bytes than asked for only at its end. */
export interface ByteSource {
  /** Bytes. */
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Why a file is not what it seems to be, in words for people. It is opaque bytes then. */
export class FormatProblem extends Error {
  override readonly name = 'FormatProblem';
  readonly why: Reason;

  /** An English text; `{0}`, `{1}`, … in it stand for the values. */
  constructor(text: string, ...values: (string | number)[]) {
    const why = { text, values };
    super(english(why));
    this.why = why;
  }
}

const CUT_OFF = 'it is cut off or damaged';

export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

/** Exactly `length` bytes. @throws FormatProblem when the file ends before, or `length` is no sensible one */
export async function readExactly(source: ByteSource, offset: number, length: number): Promise<Cursor> {
  const isInside = offset >= 0 && length >= 0 && offset + length <= source.size;
  if (!isInside) throw new FormatProblem(CUT_OFF);
  const bytes = await source.read(offset, length);
  if (bytes.length !== length) throw new FormatProblem(CUT_OFF);
  return new Cursor(bytes);
}

/** Up to `length` bytes. @throws FormatProblem when `offset` lies outside the file */
export async function readUpTo(source: ByteSource, offset: number, length: number): Promise<Cursor> {
  if (offset < 0) throw new FormatProblem(CUT_OFF);
  return readExactly(source, offset, Math.min(length, source.size - offset));
}

/** Reads numbers one after the other. Every method throws FormatProblem where the bytes end. */
export class Cursor {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** Moves on by `length` bytes and returns where they begin. */
  skip(length: number): number {
    const start = this.at;
    if (length < 0 || length > this.left) throw new FormatProblem(CUT_OFF);
    this.at += length;
    return start;
  }

  seek(at: number): this {
    if (at < 0 || at > this.bytes.length) throw new FormatProblem(CUT_OFF);
    this.at = at;
    return this;
  }

  take(length: number): Uint8Array {
    const start = this.skip(length);
    return this.bytes.subarray(start, start + length);
  }

  u8(): number {
    return this.view.getUint8(this.skip(1));
  }

  u16(): number {
    return this.view.getUint16(this.skip(2), true);
  }

  u16be(): number {
    return this.view.getUint16(this.skip(2), false);
  }

  u32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  u32be(): number {
    return this.view.getUint32(this.skip(4), false);
  }

  i32(): number {
    return this.view.getInt32(this.skip(4), true);
  }

  /** @throws FormatProblem also when it is no exact number of JavaScript */
  i64(): number {
    const value = Number(this.view.getBigInt64(this.skip(8), true));
    if (!Number.isSafeInteger(value)) throw new FormatProblem(CUT_OFF);
    return value;
  }

  /** @throws FormatProblem also when it is no exact number of JavaScript */
  u64be(): number {
    const value = Number(this.view.getBigUint64(this.skip(8), false));
    if (!Number.isSafeInteger(value)) throw new FormatProblem(CUT_OFF);
    return value;
  }

  f32be(): number {
    return this.view.getFloat32(this.skip(4), false);
  }

  f64be(): number {
    return this.view.getFloat64(this.skip(8), false);
  }

  /** `length` bytes as Latin-1. */
  latin(length: number): string {
    return String.fromCharCode(...this.take(Math.min(length, 0xffff)));
  }

  /** `length` bytes as UTF-8. */
  text(length: number): string {
    return new TextDecoder().decode(this.take(length));
  }

  /** Whether the next bytes are `text` (Latin-1); does not move. */
  isNext(text: string): boolean {
    return (
      this.left >= text.length && [...text].every((char, i) => this.bytes[this.at + i] === char.charCodeAt(0))
    );
  }
}
