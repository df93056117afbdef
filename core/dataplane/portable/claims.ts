// Owns, on the main thread, who writes which new record during one ingest: the store is asked first, then the first asker writes.
import { ID_SIZE } from '../../model/record.ts';
import { Known, type IngestHooks } from '../dataPlane.ts';
import type { Answer, Question } from './workerMessages.ts';

export class Claims {
  private readonly isKnown: IngestHooks['isKnown'];
  private readonly chunks = new Set<string>();
  private readonly manifests = new Set<string>();

  constructor(isKnown: IngestHooks['isKnown']) {
    this.isKnown = isKnown;
  }

  answer(question: Question): Answer {
    return {
      chunks: this.claim(question.chunks, this.chunks, (known) => known === Known.chunk),
      manifests: this.claim(question.manifests, this.manifests, (known) => known !== Known.nothing),
    };
  }

  /** 1 for each id that need not be written: the store has it, or another asker writes it. */
  private claim(asked: Uint8Array, claimed: Set<string>, suffices: (known: number) => boolean): Uint8Array {
    if (asked.length === 0) return new Uint8Array(0);
    const ids = Buffer.from(asked.buffer, asked.byteOffset, asked.length);
    const known = Uint8Array.from(this.isKnown(ids));
    if (known.length !== ids.length / ID_SIZE) {
      // Taking a missing answer for a yes would lose what was asked about.
      throw new RangeError(`isKnown answered ${known.length} of ${ids.length / ID_SIZE} questions`);
    }
    for (let i = 0; i < known.length; i++) {
      const isStored = suffices(known[i]);
      known[i] = isStored ? 1 : 0;
      if (isStored) continue;
      const id = ids.toString('latin1', ID_SIZE * i, ID_SIZE * (i + 1));
      if (claimed.has(id)) known[i] = 1;
      else claimed.add(id);
    }
    return known;
  }
}
