// Owns the reading of a file's stat into the ten fields that a Git index keeps.
import type { BigIntStats } from 'node:fs';
import type { StatTuple } from '../dataPlane.ts';

const SECOND = 1_000_000_000n;

export function statTuple(stats: BigIntStats): StatTuple {
  const [ctimeSec, ctimeNsec] = splitTime(stats.ctimeNs);
  const [mtimeSec, mtimeNsec] = splitTime(stats.mtimeNs);
  return [
    ctimeSec,
    ctimeNsec,
    mtimeSec,
    mtimeNsec,
    low32(stats.dev),
    low32(stats.ino),
    Number(stats.mode),
    low32(stats.uid),
    low32(stats.gid),
    Number(stats.size),
  ];
}

/** Whether a file that was read between the two stats was left alone meanwhile. */
export function sameFile(before: BigIntStats, after: BigIntStats): boolean {
  return (
    before.size === after.size &&
    before.mtimeNs === after.mtimeNs &&
    before.ctimeNs === after.ctimeNs &&
    before.ino === after.ino
  );
}

/** Rounds down also before 1970, so that the nanoseconds are never negative. */
function splitTime(time: bigint): [seconds: number, nanoseconds: number] {
  const whole = Number(time / SECOND);
  const rest = Number(time % SECOND);
  return rest < 0 ? [whole - 1, rest + Number(SECOND)] : [whole, rest];
}

function low32(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}
