// Owns the WebAssembly build of native/recipe: plain forms of containers and their recipes (docs/formats/recipe.md), in this thread.
import { readFileSync } from 'node:fs';

/** Longer files are left as they are. */
export const LARGEST_RECODED = 64 * 1024 * 1024;
/** Longer recipes are refused. */
const LONGEST_RECIPE = 16 * 1024 * 1024;
/** WebAssembly never gives memory back: an instance that has more than this is used no further. */
const KEPT_MEMORY = 32 * 1024 * 1024;
const DONE = 0;
const UNKNOWN = 2;

/** The part of the standard interface that is used here; Node's types lack it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: Record<string, Record<string, unknown>>) => { exports: unknown };
  RuntimeError: new () => Error;
};

/** A recipe that does not fit its plain form, or that this program does not know. */
export class BadRecipe extends Error {}

/** What native/recipe/src/wasm.rs exports. */
interface Exports {
  memory: { readonly buffer: ArrayBuffer };
  take(length: number): number;
  expand(file: number, length: number): number;
  form(): number;
  form_length(): number;
  recipe_length(): number;
  rebuild(recipe: number, length: number): number;
}

export interface Form {
  /** The plain form and, behind it, the recipe. They lie in the module's memory: valid until the next call. */
  bytes: Buffer;
  /** Length of the recipe. */
  recipe: number;
}

/** Where a rebuild gets the plain form from, and puts the file. What they throw comes out of `rebuild`. */
export interface RebuildHooks {
  /** Puts bytes at the start of `into` and returns how many; 0 at the end. */
  read(into: Buffer): number;
  write(bytes: Buffer): void;
}

export class RecipeCodec {
  private compiled: object | undefined;
  private instance: Exports | undefined;
  private hooks: RebuildHooks | undefined;

  /**
   * The form of a file of `size` bytes, which `fill` reads. Undefined when it holds no streams that are worth inflating, or `fill`
   * returns false.
   */
  expand(size: number, fill: (into: Buffer) => boolean): Form | undefined {
    const exports = this.exports();
    const file = take(exports, size);
    if (!fill(memory(exports, file, size))) {
      this.instance = undefined;
      return undefined;
    }
    const isExpanded = this.guarded(() => exports.expand(file, size), 0) === 1;
    if (!isExpanded) return undefined;
    const bytes = memory(exports, exports.form(), exports.form_length());
    return { bytes, recipe: exports.recipe_length() };
  }

  /** Rebuilds a file by its recipe; whether it is the right one is for the caller to check. @throws BadRecipe */
  rebuild(recipe: Buffer, hooks: RebuildHooks): void {
    if (recipe.length > LONGEST_RECIPE) throw new BadRecipe('the recipe is too long');
    const exports = this.exports();
    const at = take(exports, recipe.length);
    memory(exports, at, recipe.length).set(recipe);
    this.hooks = hooks;
    const status = this.guarded(() => exports.rebuild(at, recipe.length), undefined);
    if (status === UNKNOWN) throw new BadRecipe('this program does not know its recipe: update Forge');
    if (status !== DONE) throw new BadRecipe('the recipe and the plain form do not belong together');
  }

  /** The result of a call, or `otherwise` when it trapped. */
  private guarded<T>(call: () => number, otherwise: T): number | T {
    const { instance } = this;
    // What throws leaves the module in the middle of something.
    this.instance = undefined;
    try {
      const result = call();
      if (instance && instance.memory.buffer.byteLength <= KEPT_MEMORY) this.instance = instance;
      return result;
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) return otherwise;
      throw error;
    }
  }

  private exports(): Exports {
    if (this.instance) return this.instance;
    this.compiled ??= new WebAssembly.Module(readFileSync(new URL('./recipe.wasm', import.meta.url)));
    const read = (into: number, length: number): number =>
      this.hooks!.read(memory(exports, into >>> 0, length >>> 0));
    const write = (from: number, length: number): void =>
      this.hooks!.write(memory(exports, from >>> 0, length >>> 0));
    const { exports: found } = new WebAssembly.Instance(this.compiled, { forge: { read, write } });
    const exports = found as Exports;
    this.instance = exports;
    return exports;
  }
}

/** @throws RangeError when the module cannot have so much memory */
function take(exports: Exports, length: number): number {
  const at = exports.take(length) >>> 0;
  if (at === 0) throw new RangeError(`No memory for ${length} bytes`);
  return at;
}

function memory(exports: Exports, at: number, length: number): Buffer {
  return Buffer.from(exports.memory.buffer, at, length);
}
