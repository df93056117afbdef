// Owns the use of picture.wasm: still pictures to pixels, and to thumbnails. Runs wherever WebAssembly does: server, worker, webview.

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
  width(): number;
  height(): number;
}

/** What the calls return (native/picture/src/wasm.rs). */
const REFUSED = 0;
const RGBA8 = 1;
const PNG = 4;

/** An instance that grew beyond this is not kept, in bytes: its memory never shrinks. */
const KEPT_MEMORY = 32 << 20;

/** Rows from the top, four channels a pixel, alpha not premultiplied. */
export type Pixels =
  | { width: number; height: number; kind: 'rgba8'; data: Uint8Array }
  /** Linear light. */
  | { width: number; height: number; kind: 'rgba32f'; data: Float32Array };

export interface EncodedPicture {
  mime: 'image/jpeg' | 'image/png';
  bytes: Uint8Array;
  width: number;
  height: number;
}

/** Why there is no picture, in words for people. */
export interface Refusal {
  reason: string;
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

  /** Decodes PNG, JPEG, GIF and WebP (first frame), BMP, TGA, EXR, HDR or DDS of at most 256 MiB of pixels. */
  decode(file: Uint8Array, hint: PictureHint): Pixels | Refusal {
    return this.run(file, (exports, at) => {
      const kind = exports.decode(at, file.length, hint === 'tga' ? 1 : 0);
      if (kind === REFUSED) return refusal(exports);
      const size = { width: exports.width(), height: exports.height() };
      const bytes = resultOf(exports);
      return kind === RGBA8
        ? { ...size, kind: 'rgba8', data: bytes }
        : { ...size, kind: 'rgba32f', data: new Float32Array(bytes.buffer) };
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
      if (at === 0) return { reason: 'there is not enough memory for the picture' };
      new Uint8Array(exports.memory.buffer, at, input.length).set(input);
      const result = call(exports, at);
      if (exports.memory.buffer.byteLength <= KEPT_MEMORY) this.instance = exports;
      return result;
    } catch (error) {
      this.instance = undefined;
      if (error instanceof WebAssembly.RuntimeError) return { reason: 'the picture is damaged' };
      if (error instanceof RangeError) return { reason: 'there is not enough memory for the picture' };
      throw error;
    }
  }
}

/** A copy: the module's memory is used again. */
function resultOf(exports: Exports): Uint8Array<ArrayBuffer> {
  return new Uint8Array(exports.memory.buffer, exports.result() >>> 0, exports.result_length() >>> 0).slice();
}

function refusal(exports: Exports): Refusal {
  return { reason: new TextDecoder().decode(resultOf(exports)) };
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
