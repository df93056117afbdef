// Owns the tests that LZMA payloads are read as the format says, and that no bytes make the reader fail or run away.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { unpackLzma } from '../../../core/dataplane/portable/lzma.ts';
import { sameBytes } from '../../support/sameBytes.ts';

/** Streams of liblzma 5.4, raw LZMA1 filter at preset 9, behind the byte of properties that names lc, lp and pb. */
const GOLDEN = {
  'lc 3, lp 0, pb 2':
    'XQAAYYM+UXcgvlo76oqzwlokdMYPdUfwdEAb0uoYwkbmDCan0OvuAZsau8dshiHmMkl4wFsAhpQYYMiS9+ULhXiC/MPtFTY9m9mUD1FhoPZg3dJQ1aFx1UrtuJEL64//XAGvfIzKVN/lKT2RiZ+z2oNPNEkvy8sXUVxkPpfPHnqVGrRzThAzHxOWP9q5rl16X83lC+5n8r5ab8p0TT6C6THhyfcTA6C5Ma8aEjasovbBuR1KO2DjHscI1M+CyNXkydCRbXBbX6nqcV+7Y3PxR+8KYu8xWRVDS+potCt3+1z40loCI30TKtw8ueA9hE92j3EQIS/CZ6rKyKaJWbdzc3mEnlok059FszeFydrmbIsycq6P3FBoOtBmVxnRABXnN+M+0btQqqGhQ4iUuNk4lZNeaQjH3QYXoz+ggSuIox0sSU8+AjOcvnKQhNK3T4RKQfojRVPIhLBDTKDjlC401xgqjuXRE5+pCUQrA0nC3K4n3pNQTZEcTMZkWYUdwE3xFg4Q0jijd6zAqxKOqpb+tSJH7OP///Hi79I=',
  'lc 0, lp 2, pb 0':
    'EgAAYncUMMGJRtPtrqzm8JFMYjjCLzM01orPi7y+f0LaCiRoPfi5mne6KdznBlABMEWPZFHOFLNMYJDOPCENp81fRFDCseQPSE5wXmehJZLI4T0IALGDYHdbfhzpzFzcOk9KWB+ncIWxVvVVyeI0L9k7xRxAT6fufyeUrzmEN45PpB/Az0RJNYQEBsgJR1nxGU9PVbSdeTmOe/QaxgLZBKPQWfQdQTy4kG59cix8SHnsRyIRFii/yZjmfr+DtwNUO1dMHzsvOLqjO6bUX/1RlSEuxT1pSX+eEvjTWbtDuWu/4/vxMPuMnkCa+iHPBStGPqe96E/SDJ1lDyvRKcS2NZp2YQS11X6Ut2bu0VJjEjJ8IswBXCDYDGXne0HynfzOYemdJhL7ovbzBD/5vpfppRowQiN2C9QgYZH7GAncHIbghai0k1QKYKJIcqTf7KElFpP3Ssf4MlIAE32QIQjF/l4W5hRAfx8Zi/qb5Rpn//7J11o=',
};

/** What they hold. */
function content(): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i < 600; i++) parts.push(Buffer.from([(i * i * 7 + i) % 251, 0, 97, 98, 99]));
  return Buffer.concat([...parts, Buffer.from('forge'.repeat(40))]);
}

const NOTHING = Buffer.alloc(0);

describe('LZMA payloads', () => {
  for (const [name, payload] of Object.entries(GOLDEN)) {
    it(`of liblzma are read, ${name}`, () => {
      const raw = unpackLzma(Buffer.from(payload, 'base64'), content().length, NOTHING);
      assert.ok(raw);
      sameBytes(raw, content());
    });
  }

  it('that are cut off or name impossible properties are none', () => {
    const payload = Buffer.from(GOLDEN['lc 3, lp 0, pb 2'], 'base64');
    const { length } = content();
    for (const end of [0, 1, 5, 6, 100, payload.length - 20])
      assert.equal(unpackLzma(payload.subarray(0, end), length, NOTHING), undefined);
    assert.equal(unpackLzma(payload, length + 100, NOTHING), undefined);
    for (const props of [225, 255]) {
      payload[0] = props;
      assert.equal(unpackLzma(payload, length, NOTHING), undefined);
    }
  });

  it('of any bytes give the asked length or nothing', () => {
    const payload = Buffer.from(GOLDEN['lc 0, lp 2, pb 0'], 'base64');
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.nat(payload.length - 1), fc.nat(255)).map(([at, byte]) => {
        const changed = Uint8Array.from(payload);
        changed[at] = byte;
        return changed;
      }),
    );
    const prefixes = fc.uint8Array({ maxLength: 50 });
    fc.assert(
      fc.property(bytes, fc.nat(5000), prefixes, (changed, length, prefix) => {
        const raw = unpackLzma(Buffer.from(changed), length, Buffer.from(prefix));
        assert.ok(raw === undefined || raw.length === length);
      }),
      { numRuns: 500 },
    );
  });
});
