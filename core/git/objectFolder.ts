// Owns one `objects` folder: its packs and its loose objects, as other programs add and remove them.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ForgeError, fromSystemError } from '../errors.ts';
import { isMissing } from './files.ts';
import { findLoosePrefix, looseInfo, LooseNames, loosePath, readLoose, renewTime } from './looseObjects.ts';
import { corruptObject } from './objectErrors.ts';
import type { GitObject, ObjectType } from './objectId.ts';
import { objectId } from './objectId.ts';
import type { PackCache } from './packFile.ts';
import { PackFile } from './packFile.ts';
import { PackIndex } from './packIndex.ts';

/** Packs whose files stay open. */
const MAX_OPEN_PACKS = 64;
const PACK_INDEX_PATTERN = /^pack-[0-9a-f]{40}\.idx$/;

interface Pack {
  name: string;
  index: PackIndex;
  file: PackFile;
}

export class ObjectFolder {
  readonly path: string;
  readonly #cache: PackCache;
  /** The pack of the latest hit first; undefined before the first look. */
  #packs: Pack[] | undefined;

  constructor(path: string, cache: PackCache) {
    this.path = path;
    this.#cache = cache;
  }

  /** Checked against its name. A damaged copy is passed over while there is another. @throws ForgeError CORRUPT, UNSUPPORTED */
  read(oid: string): GitObject | undefined {
    return this.#firstGood(
      oid,
      (pack, offset) => {
        const object = pack.file.read(offset, oid);
        if (objectId(object.type, object.data) !== oid)
          throw corruptObject(oid, `${pack.file.path} holds other bytes under its name`);
        return object;
      },
      () => readLoose(this.path, oid),
    );
  }

  info(oid: string): { type: ObjectType; size: number } | undefined {
    return this.#firstGood(
      oid,
      (pack, offset) => pack.file.info(offset),
      () => looseInfo(this.path, oid),
    );
  }

  has(oid: string): boolean {
    const { done } = this.#find(Buffer.from(oid, 'hex')).next();
    return !done || existsSync(loosePath(this.path, oid));
  }

  /** See GitObjects.keeper. */
  keeper(): (oid: Buffer, hex: string) => boolean {
    const loose = new LooseNames(this.path);
    const kept = new Set<Pack>();
    return (oid, hex) => {
      for (const { pack } of this.#find(oid)) {
        if (kept.has(pack)) return true;
        if (!renewTime(pack.file.path)) continue;
        kept.add(pack);
        return true;
      }
      return loose.keep(hex);
    };
  }

  findPrefix(prefix: string, limit: number): string[] {
    const found = this.#loaded().flatMap(({ index }) => index.findPrefix(prefix, limit));
    return [...found, ...findLoosePrefix(this.path, prefix)];
  }

  /** Looks again at which packs there are. Returns false when they are the same as before. */
  refresh(): boolean {
    const names = new Set(this.#packNames());
    const known = this.#packs ?? [];
    const kept = known.filter(({ name }) => names.has(name));
    for (const pack of known) if (!names.has(pack.name)) closePack(pack);
    for (const { name } of kept) names.delete(name);
    this.#packs = kept;
    let changed = kept.length !== known.length;
    for (const name of names) {
      const index = this.#openIndex(name);
      if (!index) continue;
      const file = new PackFile(join(this.path, 'pack', name.replace(/idx$/, 'pack')), index, this.#cache);
      this.#packs.push({ name, index, file });
      changed = true;
    }
    return changed;
  }

  close(): void {
    this.#packs?.forEach(closePack);
    this.#packs = undefined;
  }

  #loaded(): Pack[] {
    if (!this.#packs) this.refresh();
    return this.#packs ?? [];
  }

  /** Undefined when the pack went away since the folder was listed. */
  #openIndex(name: string): PackIndex | undefined {
    const used = (this.#packs ?? []).reduce((sum, { index }) => sum + index.memory, 0);
    try {
      return new PackIndex(join(this.path, 'pack', name), used);
    } catch (error) {
      if (error instanceof ForgeError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  #packNames(): string[] {
    const folder = join(this.path, 'pack');
    try {
      return readdirSync(folder).filter((name) => PACK_INDEX_PATTERN.test(name));
    } catch (error) {
      if (isMissing(error)) return [];
      throw fromSystemError(error, folder, 'listing');
    }
  }

  *#find(oid: Buffer): Generator<{ pack: Pack; offset: number }> {
    const packs = this.#loaded();
    for (let i = 0; i < packs.length; i++) {
      const pack = packs[i];
      const offset = pack.index.find(oid);
      if (offset === undefined) continue;
      if (i > 0) {
        packs.splice(i, 1);
        packs.unshift(pack);
      }
      yield { pack, offset };
    }
  }

  #firstGood<T>(
    oid: string,
    fromPack: (pack: Pack, offset: number) => T,
    fromLoose: () => T | undefined,
  ): T | undefined {
    let failure: unknown;
    for (const { pack, offset } of this.#find(Buffer.from(oid, 'hex'))) {
      try {
        const value = fromPack(pack, offset);
        this.#limitOpenPacks();
        return value;
      } catch (error) {
        // A pack that is gone was repacked into another one, which the caller finds after a refresh.
        if (!(error instanceof ForgeError && error.code === 'NOT_FOUND')) failure = error;
      }
    }
    try {
      const value = fromLoose();
      if (value !== undefined) return value;
    } catch (error) {
      failure = error;
    }
    if (failure === undefined) return undefined;
    if (failure instanceof ForgeError && failure.code === 'CORRUPT') throw corruptObject(oid, failure);
    throw fromSystemError(failure, this.path, 'reading');
  }

  #limitOpenPacks(): void {
    const open = this.#loaded().filter(({ file }) => file.isOpen);
    for (const { file } of open.slice(MAX_OPEN_PACKS)) file.close();
  }
}

function closePack(pack: Pack): void {
  pack.index.close();
  pack.file.close();
}
