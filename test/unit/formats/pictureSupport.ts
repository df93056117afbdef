// Owns what tests of picture.wasm say of a picture: its kind and first pixels, its notes, or why it is refused.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  type DecodedPicture,
  PictureCodec,
  type PictureHint,
  type Refusal,
} from '../../../core/formats/pictureCodec.ts';
import { english } from '../../../core/formats/reason.ts';

declare const WebAssembly: { Module: new (bytes: Uint8Array) => object };
const WASM = new URL('../../../core/formats/picture.wasm', import.meta.url);

export const codec = new PictureCodec(new WebAssembly.Module(readFileSync(WASM)));

export function decoded(file: Uint8Array, hint: PictureHint = 'signature'): DecodedPicture {
  const result = codec.decode(file, hint);
  assert.ok(!('reason' in result), 'reason' in result ? result.reason : '');
  return result;
}

/** In English; it can be translated. */
export function refusal(file: Uint8Array, hint: PictureHint = 'signature'): string {
  const result = codec.decode(file, hint) as Refusal;
  assert.ok(result.why, 'it was decoded');
  assert.equal(result.reason, english(result.why));
  return result.reason;
}

/** The kind and the first pixels. */
export function start(picture: DecodedPicture, pixels = 1): [string, number[]] {
  return [picture.kind, [...picture.data.subarray(0, pixels * 4)]];
}

export function notes(picture: DecodedPicture): string[] {
  return picture.notes.map(english);
}
