// Owns the use of picture.wasm: still pictures to pixels, and to thumbnails. Runs wherever WebAssembly does: server, worker, webview.
import { english, type Reason, unpackReason } from './reason.ts';

/** The part of the standard interface that is used here; Node's types lack it. */
declare const WebAssembly: {
  Instance: new (module: object, imports: Record<string, never>) => { exports: unknown };
  RuntimeError: new () => Error;
};

/** What native/picture/src/wasm.rs exports. */
interface Exports {
  memory: { readonly buffer: ArrayBuffer };
  take(length: number): number;
  decode(file: number, length: number, isTga: number): number;
  thumbnail(file: number, length: number, isTga: number, side: number, most: number): number;
  thumbnail_of_pixels(
    pixels: number,
    length: number,
    width: number,
    height: number,
    side: number,
    most: number,
  ): number;
  result(): number;
  result_length(): number;
  notes(): number;
  notes_length(): number;
  width(): number;
  height(): number;
}

/** What the calls return (native/picture/src/wasm.rs). */
const REFUSED = 0;
const RGBA8 = 1;
const PNG = 4;
const RGBA16 = 5;

const NO_MEMORY: Reason = { text: 'there is not enough memory for the picture', values: [] };

/** An instance that grew beyond this is not kept, in bytes: its memory never shrinks. */
const KEPT_MEMORY = 32 << 20;

/** Rows from the top, four channels a pixel, alpha not premultiplied. */
export type Pixels = { width: number; height: number } & (
  | { kind: 'rgba8'; data: Uint8Array }
  | { kind: 'rgba16'; data: Uint16Array }
  /** Linear light. */
  | { kind: 'rgba32f'; data: Float32Array }
);

/** Pixels, and what people have to know of them, e.g. that they are not all that is in the file. */
export type DecodedPicture = Pixels & { notes: Reason[] };

export interface EncodedPicture {
  mime: 'image/jpeg' | 'image/png';
  bytes: Uint8Array;
  width: number;
  height: number;
}

/** Why there is no picture, in words for people. */
export interface Refusal {
  /** In English, or in the language of who refuses. */
  reason: string;
  /** To be translated, where `reason` is not. */
  why?: Reason;
}

/** Refuses with a reason that can be translated. */
export function refused(why: Reason): Refusal {
  return { reason: english(why), why };
}

/** Truevision TGA has no signature, so its name decides. */
export type PictureHint = 'signature' | 'tga';

export function hintOf(path: string): PictureHint {
  return /\.(tga|vda|icb|vst)$/i.test(path) ? 'tga' : 'signature';
}

export class PictureCodec {
  private readonly module: object;
  private instance: Exports | undefined;

  /** `module`: a WebAssembly.Module of picture.wasm. */
  constructor(module: object) {
    this.module = module;
  }

  /** Decodes PNG, JPEG, GIF and WebP (first frame), BMP, TGA, EXR, HDR, DDS, KTX2, or PSD's composite, of at most 256 MiB of pixels. */
  decode(file: Uint8Array, hint: PictureHint): DecodedPicture | Refusal {
    return this.run(file, (exports, at) => {
      const kind = exports.decode(at, file.length, hint === 'tga' ? 1 : 0);
      if (kind === REFUSED) return refusal(exports);
      const about = { width: exports.width(), height: exports.height(), notes: notesOf(exports) };
      const data = resultOf(exports);
      if (kind === RGBA8) return { ...about, kind: 'rgba8', data };
      if (kind === RGBA16) return { ...about, kind: 'rgba16', data: new Uint16Array(data.buffer) };
      return { ...about, kind: 'rgba32f', data: new Float32Array(data.buffer) };
    });
  }

  /** A JPEG, or a PNG where something is transparent, of at most `side` pixels a side and `most` bytes. */
  thumbnail(file: Uint8Array, hint: PictureHint, side: number, most: number): EncodedPicture | Refusal {
    return this.run(file, (exports, at) =>
      encoded(exports, exports.thumbnail(at, file.length, hint === 'tga' ? 1 : 0, side, most)),
    );
  }

  /** The same of RGBA pixels, 8 bits a channel, rows from the top. */
  thumbnailOfPixels(
    pixels: { width: number; height: number; data: Uint8Array },
    side: number,
    most: number,
  ): EncodedPicture | Refusal {
    const { width, height, data } = pixels;
    return this.run(data, (exports, at) =>
      encoded(exports, exports.thumbnail_of_pixels(at, data.length, width, height, side, most)),
    );
  }

  private run<T>(input: Uint8Array, call: (exports: Exports, at: number) => T | Refusal): T | Refusal {
    try {
      const exports = (this.instance ??= new WebAssembly.Instance(this.module, {}).exports as Exports);
      const at = exports.take(input.length) >>> 0;
      // What throws leaves the module in the middle of something.
      this.instance = undefined;
      if (at === 0) return refused(NO_MEMORY);
      new Uint8Array(exports.memory.buffer, at, input.length).set(input);
      const result = call(exports, at);
      if (exports.memory.buffer.byteLength <= KEPT_MEMORY) this.instance = exports;
      return result;
    } catch (error) {
      this.instance = undefined;
      if (error instanceof WebAssembly.RuntimeError)
        return refused({ text: 'the picture is damaged', values: [] });
      if (error instanceof RangeError) return refused(NO_MEMORY);
      throw error;
    }
  }
}

/** A copy: the module's memory is used again. */
function resultOf(exports: Exports): Uint8Array<ArrayBuffer> {
  return new Uint8Array(exports.memory.buffer, exports.result() >>> 0, exports.result_length() >>> 0).slice();
}

function refusal(exports: Exports): Refusal {
  return refused(unpackReason(new TextDecoder().decode(resultOf(exports))));
}

function notesOf(exports: Exports): Reason[] {
  const length = exports.notes_length() >>> 0;
  if (length === 0) return [];
  const packed = new Uint8Array(exports.memory.buffer, exports.notes() >>> 0, length);
  return new TextDecoder().decode(packed).split('\n').map(unpackReason);
}

function encoded(exports: Exports, kind: number): EncodedPicture | Refusal {
  if (kind === REFUSED) return refusal(exports);
  return {
    mime: kind === PNG ? 'image/png' : 'image/jpeg',
    bytes: resultOf(exports),
    width: exports.width(),
    height: exports.height(),
  };
}
