// Owns Git's pkt-line framing: packets of up to 65,516 bytes, and the flush packets between lists of them.

/** Largest content of one packet. Source: gitprotocol-common(5). */
export const MAX_PACKET = 65_516;
const FLUSH = Buffer.from('0000', 'latin1');

/** Reads packets from a byte stream. */
export class PacketReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next packet's content; 'flush' for a flush packet; undefined at the end of the stream. @throws RangeError for broken framing */
  async next(): Promise<Buffer | 'flush' | undefined> {
    const head = await this.#take(4);
    if (!head) return undefined;
    const text = head.toString('latin1');
    if (!/^[0-9a-f]{4}$/i.test(text)) throw new RangeError(`not a packet length: ${JSON.stringify(text)}`);
    const length = parseInt(text, 16);
    if (length === 0) return 'flush';
    if (length < 4 || length > MAX_PACKET + 4) throw new RangeError(`impossible packet length ${length}`);
    const content = await this.#take(length - 4);
    if (!content) throw new RangeError('the stream ends inside a packet');
    return content;
  }

  /** The packets up to the next flush as lines without line feeds; undefined at the end of the stream. */
  async lines(): Promise<string[] | undefined> {
    const lines: string[] = [];
    for (;;) {
      const packet = await this.next();
      if (packet === undefined) return undefined;
      if (packet === 'flush') return lines;
      lines.push(packet.toString('utf8').replace(/\n$/, ''));
    }
  }

  /** The contents of the packets up to the next flush. Read to the end before the next call. */
  async *contents(): AsyncGenerator<Buffer> {
    for (;;) {
      const packet = await this.next();
      if (packet === undefined) throw new RangeError('the stream ends inside a content');
      if (packet === 'flush') return;
      yield packet;
    }
  }

  async #take(length: number): Promise<Buffer | undefined> {
    while (this.#rest.length < length) {
      const next = await this.#source.next();
      if (next.done) {
        if (this.#rest.length > 0) throw new RangeError('the stream ends inside a packet');
        return undefined;
      }
      this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    }
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }
}

/** A list of lines, ended by a flush. */
export function encodeLines(lines: string[]): Buffer {
  return Buffer.concat([
    ...lines.flatMap((line) => [...encodeContent(Buffer.from(`${line}\n`, 'utf8'))]),
    FLUSH,
  ]);
}

/** Bytes as packets, without a flush. */
export function* encodeContent(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += MAX_PACKET) {
    const part = bytes.subarray(at, at + MAX_PACKET);
    yield Buffer.concat([Buffer.from((part.length + 4).toString(16).padStart(4, '0'), 'latin1'), part]);
  }
}

export function flushPacket(): Buffer {
  return FLUSH;
}
