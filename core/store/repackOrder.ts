// Owns the order of deltas in the history of one path: which earlier versions each version is packed against, and how deep.
import { MAX_DELTA_DEPTH } from '../model/record.ts';

export interface VersionPlace {
  /** Positions of earlier versions. */
  references: number[];
  /** Greatest depth of the version's records. */
  maxDepth: number;
}

const STRIDES = (process.env.GC_STRIDES ?? '16,4').split(',').map(Number);

export function placeOf(position: number): VersionPlace {
  if (process.env.GC_MODE === 'chain') return { references: position > 0 ? [position - 1] : [], maxDepth: MAX_DELTA_DEPTH };
  const [s1, s2] = STRIDES;
  const refs = new Set<number>();
  let level = 3;
  if (position % s1 === 0) level = 1;
  else if (position % s2 === 0) level = 2;
  const base = (l: number): number => (l === 1 ? 0 : l === 2 ? position - (position % s1) : position - (position % s2));
  if (level < 3) {
    refs.add(base(level));
    if (level === 2) refs.add(0);
    if (level === 1 && position >= s1) refs.add(position - s1);
  } else {
    refs.add(position - 1);
    refs.add(position - (position % s2));
    refs.add(position - (position % s1));
  }
  refs.delete(position);
  return { references: [...refs].filter((r) => r >= 0), maxDepth: level };
}
