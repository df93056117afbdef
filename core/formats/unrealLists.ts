// Owns the lists of what an Unreal package names, imports, exports and depends on, alone or compared with an earlier version; bounded.
import type { UnrealPackage } from './unreal.ts';
import type { SameExport } from './unrealContent.ts';

export type EntryState = 'same' | 'added' | 'removed' | 'changed';

export interface ListEntry {
  text: string;
  state: EntryState;
  /** Bytes of an export; before and after where they differ. */
  sizes?: [number] | [before: number, after: number];
}

export interface EntryList {
  /** Entries of the newer version. */
  total: number;
  added: number;
  removed: number;
  changed: number;
  /** What differs stands first, each part sorted. */
  entries: ListEntry[];
  /** So many more there are, all after those listed. */
  left: number;
}

export interface PackageLists {
  names: EntryList;
  imports: EntryList;
  exports: EntryList;
  dependencies: EntryList;
  /** Undefined where the newer package is too old to tell. */
  softDependencies: EntryList | undefined;
}

interface Item {
  text: string;
  size?: number;
  /** Its place in the list of its version. */
  index?: number;
}

const RANK: Record<EntryState, number> = { removed: 0, added: 1, changed: 2, same: 3 };

/**
 * The lists of `after`, each of `most` entries at most; what differs from `before` is marked. Exports of equal length are the same
 * where `isSame` says so, and without it.
 */
export function packageLists(
  before: UnrealPackage | undefined,
  after: UnrealPackage,
  most: number,
  isSame?: SameExport,
): PackageLists {
  const list = (itemsOf: (one: UnrealPackage) => Item[]): EntryList =>
    compareItems(before && itemsOf(before), itemsOf(after), most, isSame);
  return {
    names: list(({ names }) => names.map(itemOf)),
    imports: list(({ imports }) => imports.map(({ className, path }) => ({ text: `${className} ${path}` }))),
    exports: list(({ exports }) =>
      exports.map(({ className, path, size }, index) => ({ text: `${className} ${path}`, size, index })),
    ),
    dependencies: list(({ dependencies }) => dependencies.map(itemOf)),
    softDependencies:
      after.softDependencies && list(({ softDependencies = [] }) => softDependencies.map(itemOf)),
  };
}

function itemOf(text: string): Item {
  return { text };
}

/** Items are the same when their text is; of several with one text each stands for one of the other side. */
export function compareItems(
  before: Item[] | undefined,
  after: Item[],
  most: number,
  isSame: SameExport = () => true,
): EntryList {
  const waiting = new Map<string, Item[]>();
  for (const item of [...(before ?? [])].reverse()) {
    const known = waiting.get(item.text);
    if (known) known.push(item);
    else waiting.set(item.text, [item]);
  }
  const entries: ListEntry[] = after.map((item) => {
    const { text, size } = item;
    const old = waiting.get(text)?.pop();
    if (!old) return { text, state: before ? 'added' : 'same', ...(size !== undefined && { sizes: [size] }) };
    if (size === undefined) return { text, state: 'same' };
    if (old.size !== undefined && old.size !== size)
      return { text, state: 'changed', sizes: [old.size, size] };
    const { index } = item;
    const same = old.index === undefined || index === undefined || isSame(old.index, index);
    return { text, state: same ? 'same' : 'changed', sizes: [size] };
  });
  for (const rest of waiting.values())
    for (const { text, size } of rest)
      entries.push({ text, state: 'removed', ...(size !== undefined && { sizes: [size] }) });
  const count = (state: EntryState): number => entries.filter((one) => one.state === state).length;
  entries.sort((a, b) => RANK[a.state] - RANK[b.state] || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  return {
    total: after.length,
    added: count('added'),
    removed: count('removed'),
    changed: count('changed'),
    entries: entries.slice(0, most),
    left: Math.max(0, entries.length - most),
  };
}
