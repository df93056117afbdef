// Owns the cache-tree of a Git index: tree ids of folders whose entries did not change, and the codec of its TREE extension.

/** One folder of the index. */
export interface CacheTree {
  /** The folder's tree object, or undefined when an entry below it changed since that tree was written. */
  oid: string | undefined;
  /** Index entries below the folder; meaningful while `oid` is known. */
  entryCount: number;
  children: Map<string, CacheTree>;
}

const NUL = 0;
const SPACE = 0x20;
const LINE_FEED = 0x0a;
const OID_SIZE = 20;
/** No path has more folders; guards the stack against made-up nesting. */
const MAX_DEPTH = 2048;

export function emptyCacheTree(): CacheTree {
  return { oid: undefined, entryCount: -1, children: new Map() };
}

export function copyCacheTree({ oid, entryCount, children }: CacheTree): CacheTree {
  const copies = new Map<string, CacheTree>();
  for (const [name, child] of children) copies.set(name, copyCacheTree(child));
  return { oid, entryCount, children: copies };
}

/** Forgets the trees of every folder above `path`, and of `path` itself where a folder used to be. */
export function invalidateCacheTree(root: CacheTree, path: string): void {
  let node: CacheTree | undefined = root;
  let from = 0;
  while (node) {
    node.oid = undefined;
    const slash = path.indexOf('/', from);
    if (slash < 0) {
      node.children.delete(path.slice(from));
      return;
    }
    node = node.children.get(path.slice(from, slash));
    from = slash + 1;
  }
}

/**
 * Payload of a TREE extension: for each folder, parents first, `name NUL entryCount SP childCount LF` and 20 bytes of tree id
 * unless the count is -1 (unknown).
 */
export function encodeCacheTree(root: CacheTree): Buffer {
  const parts: Buffer[] = [];
  const append = (name: string, node: CacheTree): void => {
    const count = node.oid === undefined ? -1 : node.entryCount;
    parts.push(Buffer.from(`${name}\0${count} ${node.children.size}\n`, 'utf8'));
    if (node.oid !== undefined) parts.push(Buffer.from(node.oid, 'hex'));
    for (const [childName, child] of inGitOrder(node.children)) append(childName, child);
  };
  append('', root);
  return Buffer.concat(parts);
}

/** Git lists the folders of a cache-tree by the length of their names first. */
function inGitOrder(children: Map<string, CacheTree>): [string, CacheTree][] {
  return [...children]
    .map(([name, node]) => ({ name: Buffer.from(name, 'utf8'), pair: [name, node] as [string, CacheTree] }))
    .sort((a, b) => a.name.length - b.name.length || a.name.compare(b.name))
    .map(({ pair }) => pair);
}

/** Undefined when the bytes are not a whole cache-tree: it is only a cache, so the index is good without it. */
export function decodeCacheTree(bytes: Buffer): CacheTree | undefined {
  let at = 0;

  const number = (end: number): number => {
    const stop = bytes.indexOf(end, at);
    if (stop < 0) return NaN;
    const text = bytes.toString('latin1', at, stop);
    at = stop + 1;
    return /^-?[0-9]+$/.test(text) ? Number(text) : NaN;
  };

  const node = (depth: number): { name: string; tree: CacheTree } | undefined => {
    const end = bytes.indexOf(NUL, at);
    if (end < 0 || depth > MAX_DEPTH) return undefined;
    const name = bytes.toString('utf8', at, end);
    at = end + 1;
    const entryCount = number(SPACE);
    const childCount = number(LINE_FEED);
    if (!Number.isInteger(entryCount) || !(childCount >= 0)) return undefined;
    let oid: string | undefined;
    if (entryCount >= 0) {
      if (at + OID_SIZE > bytes.length) return undefined;
      oid = bytes.toString('hex', at, at + OID_SIZE);
      at += OID_SIZE;
    }
    const children = new Map<string, CacheTree>();
    for (let i = 0; i < childCount; i++) {
      const child = node(depth + 1);
      if (!child || child.name === '') return undefined;
      children.set(child.name, child.tree);
    }
    return { name, tree: { oid, entryCount, children } };
  };

  const root = node(0);
  return root && root.name === '' && at === bytes.length ? root.tree : undefined;
}
