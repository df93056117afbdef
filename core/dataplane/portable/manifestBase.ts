// Owns packing a long manifest against that of the file's previous version.
import { decodeManifest } from '../../model/manifest.ts';
import { RecordType } from '../../model/record.ts';
import { type Delta, DELTA_LEVEL, deltaLength, WORTH_IT } from './delta.ts';
import { packWithPrefix } from './packing.ts';
import type { RecordReader } from './recordReader.ts';

/** Shorter manifests are not worth a chain. */
const LEAST_LENGTH = 256;
/** Manifests of huge files are long, and all below one are read for it. */
const MANIFEST_DEPTH = 3;

export class ManifestBase {
  private readonly row: number;
  private readonly reader: RecordReader;

  /** `row` is that of the previous version's manifest. */
  constructor(row: number, reader: RecordReader) {
    this.row = row;
    this.reader = reader;
  }

  /** A delta for the manifest `bytes` of the file `id`, if it is worth more than a plain payload of `plainLength` bytes. */
  encode(id: Buffer, bytes: Buffer, plainLength: number): Delta | undefined {
    if (bytes.length < LEAST_LENGTH) return undefined;
    try {
      const base = this.usable();
      const record = this.reader.row(base);
      const prefix = Buffer.from(this.reader.read(base));
      if (record.type !== RecordType.manifest || record.id.equals(id) || !decodeManifest(prefix))
        return undefined;
      const payload = packWithPrefix(bytes, prefix, DELTA_LEVEL, true);
      const delta = { payload, depth: record.depth + 1, bases: [record.id] };
      return deltaLength(delta) < WORTH_IT * plainLength ? delta : undefined;
    } catch {
      // A base that cannot be read costs the delta, not the file; `forge verify` finds it.
      return undefined;
    }
  }

  /** Where the chain is full, the manifest it was made against itself. */
  private usable(): number {
    const { depth, bases } = this.reader.row(this.row);
    return depth < MANIFEST_DEPTH ? this.row : bases[0];
  }
}
