// Owns packing as small as it gets: a high level, and of several possible prefixes the best one.
import { Codec, ID_SIZE } from '../../model/record.ts';
import { compress, packWithPrefix } from './packing.ts';

/** Levels of the quick tries that tell which prefix is best, and whether the thorough one is worth its time. */
const QUICK_LEVEL = 1;
const QUICK_DELTA_LEVEL = 3;
/** Raw bytes decode for free, so zstd has to save at least a fiftieth. */
const WORTH_IT = 0.98;

/** Bytes that a record may be packed against. */
export interface Candidate {
  prefix: Buffer;
  /** How many records they come from. */
  bases: number;
  /** What a byte of the payload counts against one of a payload without bases: deep records serve fewer others. */
  weight: number;
}

export interface Pressed {
  codec: Codec;
  payload: Buffer;
  /** With codec prefix: which candidate. */
  candidate: number;
}

/** The smallest payload found. `isIncompressible`: on its own it was stored raw before, which need not be tried again. */
export function press(
  raw: Buffer,
  isIncompressible: boolean,
  candidates: readonly Candidate[],
  level: number,
): Pressed {
  const isTried = !isIncompressible && candidates.length > 0;
  const quickPlain = isTried ? compress(raw, QUICK_LEVEL).length : raw.length;
  const delta = bestDelta(raw, candidates, Math.min(quickPlain, raw.length), level);
  const cost = delta ? costOf(candidates[delta.candidate], delta.payload) : Infinity;
  // Far below the quick try, the thorough one cannot win.
  const isClear = cost < quickPlain / 2;
  const frame = isIncompressible || isClear ? undefined : compress(raw, level);
  const plain = frame && frame.length < WORTH_IT * raw.length ? frame : undefined;
  if (delta && cost < (plain?.length ?? raw.length)) return delta;
  return plain
    ? { codec: Codec.zstd, payload: plain, candidate: 0 }
    : { codec: Codec.raw, payload: raw, candidate: 0 };
}

/** Undefined when the quick tries do not promise any. */
function bestDelta(
  raw: Buffer,
  candidates: readonly Candidate[],
  plain: number,
  level: number,
): Pressed | undefined {
  let least = plain;
  let best: number | undefined;
  candidates.forEach((candidate, at) => {
    const cost = costOf(candidate, packWithPrefix(raw, candidate.prefix, QUICK_DELTA_LEVEL));
    if (cost >= least) return;
    least = cost;
    best = at;
  });
  if (best === undefined) return undefined;
  const payload = packWithPrefix(raw, candidates[best].prefix, level);
  return { codec: Codec.prefix, payload, candidate: best };
}

function costOf({ weight, bases }: Candidate, payload: Buffer): number {
  return weight * (payload.length + ID_SIZE * bases);
}
