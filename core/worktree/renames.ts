// Owns finding out which removed files live on under another path, by what they hold.

export interface RenameCandidate {
  path: string;
  oid: string;
  kind: 'asset' | 'text';
  /** Logical bytes. */
  size: number;
  /** BLAKE3 of an asset. */
  blake3?: string;
}

export interface Rename {
  from: string;
  to: string;
  /** Share of the larger file's bytes that both are known to have, 0.5 to 1; 1: they are equal. */
  similarity: number;
}

export interface RenameSources {
  /** Chunks of an asset, to find it again after an edit. Without it, assets are found only when they are unchanged. */
  chunksOf?: (
    blake3: string,
    size: number,
  ) => Promise<{ chunks: readonly { id: Buffer; length: number }[] } | undefined>;
  /** Bytes of a text blob, for the same. */
  textOf?: (oid: string) => Promise<Buffer>;
}

/** Bytes that two files must share at least, as a share of the larger. */
const MIN_SIMILARITY = 0.5;
/** What the same pieces in another order come to. */
const MAX_UNEQUAL_SIMILARITY = 0.99;
/** With more files than this on a side, files that were edited as well as moved are not looked for. */
const MAX_CANDIDATES = 1_000;
/** Longer texts are not compared line by line. */
const MAX_TEXT = 1024 * 1024;
/** Pieces kept of all removed files together: this bounds memory. */
const MAX_PIECES = 1_000_000;
/** A piece that more removed files have than this (zeros, blank lines) tells nothing about where a file came from. */
const MAX_OWNERS = 16;
/** An asset of fewer chunks may have none left of them after a small edit. */
const FEW_CHUNKS = 4;

/**
 * Pairs removed files with new ones: equal content first (of several, one of the same name), then the most similar content,
 * then assets too small to compare by chunks that kept name and about their size. A path is part of one pair at most; empty
 * files of none. Order as in `added`.
 */
export async function detectRenames(
  deleted: readonly RenameCandidate[],
  added: readonly RenameCandidate[],
  sources: RenameSources,
): Promise<Rename[]> {
  const pairing = new Pairing(deleted, added);
  pairing.pairEqual((file) => `${file.oid} ${baseName(file.path)}`);
  pairing.pairEqual((file) => file.oid);
  const { removed, created } = pairing.open();
  const isFeasible = Math.max(removed.length, created.length) <= MAX_CANDIDATES;
  if (isFeasible && removed.length > 0 && created.length > 0) await pairSimilar(pairing, sources);
  return pairing.renames();
}

class Pairing {
  readonly #deleted: readonly RenameCandidate[];
  readonly #added: readonly RenameCandidate[];
  readonly #taken = new Set<RenameCandidate>();
  readonly #pairs = new Map<RenameCandidate, Rename>();

  constructor(deleted: readonly RenameCandidate[], added: readonly RenameCandidate[]) {
    this.#deleted = deleted.filter(({ size }) => size > 0);
    this.#added = added.filter(({ size }) => size > 0);
  }

  open(): { removed: RenameCandidate[]; created: RenameCandidate[] } {
    const isOpen = (file: RenameCandidate): boolean => !this.#taken.has(file);
    return { removed: this.#deleted.filter(isOpen), created: this.#added.filter(isOpen) };
  }

  pair(from: RenameCandidate, to: RenameCandidate, similarity: number): void {
    if (this.#taken.has(from) || this.#taken.has(to)) return;
    this.#taken.add(from).add(to);
    this.#pairs.set(to, { from: from.path, to: to.path, similarity });
  }

  pairEqual(key: (file: RenameCandidate) => string): void {
    const { removed, created } = this.open();
    const byKey = Map.groupBy(removed, key);
    for (const to of created) {
      const from = byKey.get(key(to))?.shift();
      if (from) this.pair(from, to, 1);
    }
  }

  renames(): Rename[] {
    return this.#added.flatMap((file) => this.#pairs.get(file) ?? []);
  }
}

/** Bytes of a file by what they are: chunks of an asset, lines of a text. Empty when that is not known. */
type Pieces = Map<string, number>;

async function pairSimilar(pairing: Pairing, sources: RenameSources): Promise<void> {
  const { removed, created } = pairing.open();
  const index = new PieceIndex();
  for (const file of removed) index.add(file, await piecesOf(file, sources));
  const matches: { from: RenameCandidate; to: RenameCandidate; similarity: number; sameName: boolean }[] = [];
  for (const to of created) {
    for (const [from, bytes] of index.shared(await piecesOf(to, sources))) {
      const similarity = Math.min(bytes / Math.max(from.size, to.size), MAX_UNEQUAL_SIMILARITY);
      const sameName = baseName(from.path) === baseName(to.path);
      if (from.kind === to.kind && similarity >= MIN_SIMILARITY)
        matches.push({ from, to, similarity, sameName });
    }
  }
  matches.sort((a, b) => b.similarity - a.similarity || Number(b.sameName) - Number(a.sameName));
  for (const { from, to, similarity } of matches) pairing.pair(from, to, similarity);
  pairByName(pairing, index.small);
}

/** Pairs what content cannot tell about, where name, kind and size leave no other choice. */
function pairByName(pairing: Pairing, isSmall: ReadonlySet<RenameCandidate>): void {
  const { removed, created } = pairing.open();
  const byName = Map.groupBy(removed, ({ path }) => baseName(path));
  const newByName = Map.groupBy(created, ({ path }) => baseName(path));
  for (const [name, [from, ...others]] of byName) {
    const [to, ...rivals] = newByName.get(name) ?? [];
    if (!to || others.length > 0 || rivals.length > 0 || !isSmall.has(from) || to.kind !== 'asset') continue;
    const ratio = Math.min(from.size, to.size) / Math.max(from.size, to.size);
    if (ratio >= MIN_SIMILARITY) pairing.pair(from, to, MIN_SIMILARITY);
  }
}

/** Which removed files have a piece. */
class PieceIndex {
  /** Assets of so few chunks that sharing none of them means nothing. */
  readonly small = new Set<RenameCandidate>();
  readonly #owners = new Map<string, [file: RenameCandidate, bytes: number][]>();
  #pieces = 0;

  add(file: RenameCandidate, pieces: Pieces): void {
    if (file.kind === 'asset' && pieces.size > 0 && pieces.size < FEW_CHUNKS) this.small.add(file);
    this.#pieces += pieces.size;
    if (this.#pieces > MAX_PIECES) return;
    for (const [id, bytes] of pieces) {
      const owners = this.#owners.get(id);
      if (owners) owners.push([file, bytes]);
      else this.#owners.set(id, [[file, bytes]]);
    }
  }

  /** Bytes that each removed file has in common with these pieces. */
  shared(pieces: Pieces): Map<RenameCandidate, number> {
    const shared = new Map<RenameCandidate, number>();
    for (const [id, bytes] of pieces) {
      const owners = this.#owners.get(id) ?? [];
      if (owners.length > MAX_OWNERS) continue;
      for (const [file, had] of owners) shared.set(file, (shared.get(file) ?? 0) + Math.min(had, bytes));
    }
    return shared;
  }
}

async function piecesOf(file: RenameCandidate, sources: RenameSources): Promise<Pieces> {
  const pieces: Pieces = new Map();
  const count = (id: string, bytes: number): void => void pieces.set(id, (pieces.get(id) ?? 0) + bytes);
  if (file.blake3 !== undefined) {
    const known = await sources.chunksOf?.(file.blake3, file.size);
    const chunks = known?.chunks ?? [];
    // Chunks of a plain form are longer than the file: what they share is taken as a share of it.
    const scale = Math.min(1, file.size / chunks.reduce((sum, { length }) => sum + length, 0));
    for (const { id, length } of chunks) count(id.toString('latin1'), length * scale);
  } else if (file.kind === 'text' && file.size <= MAX_TEXT && sources.textOf) {
    const text = (await sources.textOf(file.oid)).toString('latin1');
    for (const line of text.split(/(?<=\n)/)) count(line, line.length);
  }
  return pieces;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
