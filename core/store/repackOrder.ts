// Owns which versions of a path each version is packed against.

/** How many versions back are tried, and how far apart those are that all versions up to the next may be packed against. */
const LAST = 6;
const STEP = 8;

export interface VersionPlace {
  /** Positions of versions to be packed against: earlier ones, and its own, for chunks that are like others of the same version. */
  references: number[];
}

/** `position`: 0 for the oldest version. What it answers does not depend on later versions, so a history may grow. */
export function placeOf(position: number): VersionPlace {
  const references = new Set<number>();
  for (let back = 1; back <= Math.min(LAST, position); back++) references.add(position - back);
  references.add(position - (position % STEP));
  references.add(position);
  return { references: [...references] };
}
