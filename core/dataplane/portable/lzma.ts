// Owns reading LZMA payloads (docs/formats/segment.md), which the native plane writes for what lies cold.

/** Bits of a probability, and how fast it follows what is seen. */
const PROB_BITS = 11;
const PROB_START = 1 << (PROB_BITS - 1);
const PROB_SHIFT = 5;
const TOP = 2 ** 24;

const STATES = 12;
/** States below this one follow a literal. */
const LITERAL_STATES = 7;
const SHORTEST_MATCH = 2;
const LENGTH_STATES = 4;
/** Distances from slot 14 on end in plain bits and four aligned ones. */
const START_MODELLED = 4;
const END_MODELLED = 14;
const FULL_DISTANCES = 1 << (END_MODELLED >> 1);
const ALIGN_BITS = 4;
/** lc + 9 (lp + 5 pb) with lc of at most 8 and lp, pb of at most 4. */
const MOST_PROPS = 9 * 5 * 5;

/**
 * The `rawLength` bytes that a payload holds: a byte of properties, then an LZMA stream without end marker whose dictionary starts as
 * `prefix`. Undefined when it is not such a payload. Damage that it does not notice is for checksums.
 */
export function unpackLzma(payload: Buffer, rawLength: number, prefix: Buffer): Buffer | undefined {
  if (payload.length < 6 || payload[0] >= MOST_PROPS || payload[1] !== 0) return undefined;
  const decoder = new LzmaDecoder(payload, prefix, rawLength);
  return decoder.run() ? decoder.window.subarray(prefix.length) : undefined;
}

class LzmaDecoder {
  /** Prefix, then what was decoded. */
  readonly window: Buffer;
  private at: number;
  private readonly input: Buffer;
  private next = 6;
  private range = 0xffffffff;
  private code: number;

  private readonly literalBits: number;
  private readonly literalMask: number;
  private readonly positionMask: number;
  private readonly literals: Uint16Array;
  private readonly isMatch = probs(STATES << 4);
  private readonly isRep = probs(STATES);
  private readonly isRep0 = probs(STATES);
  private readonly isRep1 = probs(STATES);
  private readonly isRep2 = probs(STATES);
  private readonly isRep0Long = probs(STATES << 4);
  private readonly slots = Array.from({ length: LENGTH_STATES }, () => probs(64));
  private readonly special = probs(1 + FULL_DISTANCES - END_MODELLED);
  private readonly align = probs(1 << ALIGN_BITS);
  private readonly matchLengths = new LengthProbs();
  private readonly repLengths = new LengthProbs();

  constructor(input: Buffer, prefix: Buffer, rawLength: number) {
    const props = input[0];
    this.literalBits = props % 9;
    const rest = (props - this.literalBits) / 9;
    this.literalMask = (1 << (rest % 5)) - 1;
    this.positionMask = (1 << Math.floor(rest / 5)) - 1;
    this.literals = probs(0x300 << (this.literalBits + (rest % 5)));
    this.input = input;
    this.code = input.readUInt32BE(2);
    this.window = Buffer.allocUnsafe(prefix.length + rawLength);
    this.at = prefix.copy(this.window);
  }

  /** Fills the window. False when the stream ends early, or names bytes that are not there. */
  run(): boolean {
    const { window, isMatch } = this;
    let state = 0;
    const last = [0, 0, 0, 0];
    while (this.at < window.length) {
      const position = this.at & this.positionMask;
      if (this.bit(isMatch, (state << 4) + position) === 0) {
        this.literal(state >= LITERAL_STATES ? last[0] + 1 : 0);
        state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
        continue;
      }
      let length: number;
      if (this.bit(this.isRep, state) === 0) {
        last.copyWithin(1, 0, 3);
        length = this.length(this.matchLengths, position);
        last[0] = this.distance(length);
        state = state < LITERAL_STATES ? 7 : 10;
      } else {
        const isShort = this.repeat(state, position, last);
        length = isShort ? 1 : this.length(this.repLengths, position);
        if (isShort) state = state < LITERAL_STATES ? 9 : 11;
        else state = state < LITERAL_STATES ? 8 : 11;
      }
      const from = this.at - last[0] - 1;
      if (from < 0 || this.at + length > window.length || this.next > this.input.length) return false;
      for (let i = 0; i < length; i++) window[this.at + i] = window[from + i];
      this.at += length;
    }
    return this.next <= this.input.length;
  }

  /** Which of the last four distances comes again: it becomes the first of `last`. Returns whether it is for one byte only. */
  private repeat(state: number, position: number, last: number[]): boolean {
    if (this.bit(this.isRep0, state) === 0) {
      return this.bit(this.isRep0Long, (state << 4) + position) === 0;
    }
    let which = 1;
    if (this.bit(this.isRep1, state) === 1) which = 2 + this.bit(this.isRep2, state);
    const [distance] = last.splice(which, 1);
    last.unshift(distance);
    return false;
  }

  /** `back`: how far back the byte lies that would come next had the last match gone on; 0 after a literal. */
  private literal(back: number): void {
    const { window, at } = this;
    const before = at > 0 ? window[at - 1] : 0;
    const context = ((at & this.literalMask) << this.literalBits) + (before >>> (8 - this.literalBits));
    const base = 0x300 * context;
    let symbol = 1;
    if (back > 0) {
      let match = at >= back ? window[at - back] : 0;
      while (symbol < 0x100) {
        const expected = (match >>> 7) & 1;
        match <<= 1;
        const bit = this.bit(this.literals, base + ((1 + expected) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== expected) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.bit(this.literals, base + symbol);
    window[this.at++] = symbol & 0xff;
  }

  private length(lengths: LengthProbs, position: number): number {
    if (this.bit(lengths.choice, 0) === 0) return SHORTEST_MATCH + this.tree(lengths.low, position << 3, 3);
    if (this.bit(lengths.choice, 1) === 0)
      return SHORTEST_MATCH + 8 + this.tree(lengths.middle, position << 3, 3);
    return SHORTEST_MATCH + 16 + this.tree(lengths.high, 0, 8);
  }

  private distance(length: number): number {
    const slot = this.tree(this.slots[Math.min(length - SHORTEST_MATCH, LENGTH_STATES - 1)], 0, 6);
    if (slot < START_MODELLED) return slot;
    const bits = (slot >>> 1) - 1;
    const high = (2 | (slot & 1)) * 2 ** bits;
    if (slot < END_MODELLED) return high + this.reverseTree(this.special, high - slot, bits);
    return (
      high + this.plain(bits - ALIGN_BITS) * 2 ** ALIGN_BITS + this.reverseTree(this.align, 0, ALIGN_BITS)
    );
  }

  /** A number of so many bits, the highest first, each with a probability of its own. */
  private tree(table: Uint16Array, base: number, bits: number): number {
    let symbol = 1;
    for (let i = 0; i < bits; i++) symbol = (symbol << 1) | this.bit(table, base + symbol);
    return symbol - (1 << bits);
  }

  /** The same with the lowest bit first. */
  private reverseTree(table: Uint16Array, base: number, bits: number): number {
    let node = 1;
    let symbol = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.bit(table, base + node);
      node = (node << 1) | bit;
      symbol |= bit << i;
    }
    return symbol;
  }

  /** Bits that are as often 0 as 1. */
  private plain(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i++) {
      this.range >>>= 1;
      const bit = this.code >= this.range ? 1 : 0;
      if (bit === 1) this.code -= this.range;
      value = value * 2 + bit;
      this.refill();
    }
    return value;
  }

  private bit(table: Uint16Array, index: number): number {
    const prob = table[index];
    const bound = (this.range >>> PROB_BITS) * prob;
    let bit = 0;
    if (this.code < bound) {
      this.range = bound;
      table[index] = prob + (((1 << PROB_BITS) - prob) >>> PROB_SHIFT);
    } else {
      this.range -= bound;
      this.code -= bound;
      table[index] = prob - (prob >>> PROB_SHIFT);
      bit = 1;
    }
    this.refill();
    return bit;
  }

  /** What lies behind the input reads as 0; `run` notices. */
  private refill(): void {
    if (this.range >= TOP) return;
    this.range = (this.range << 8) >>> 0;
    const byte = this.next < this.input.length ? this.input[this.next] : 0;
    this.code = ((this.code << 8) | byte) >>> 0;
    this.next++;
  }
}

/** How long matches are. */
class LengthProbs {
  readonly choice = probs(2);
  readonly low = probs(16 << 3);
  readonly middle = probs(16 << 3);
  readonly high = probs(1 << 8);
}

function probs(count: number): Uint16Array {
  return new Uint16Array(count).fill(PROB_START);
}
