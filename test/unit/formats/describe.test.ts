// Tests what is told of files of each format, and that damaged ones never do worse than say so.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { type ByteSource, bytesSource } from '../../../core/formats/byteSource.ts';
import { describe as describeFile, detect, HEAD_LENGTH, previewOf } from '../../../core/formats/describe.ts';
import { clip } from './clipFixture.ts';
import { blend, ddsBc1, exr, glb, hdr, krita, png, psd, tga, uasset, wav } from './fixtures.ts';

const DATA = fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const PICTURE = png(3, 2, () => [1, 2, 3, 255]);

const FILES: Record<string, Buffer> = {
  'a.png': PICTURE,
  'a.tga': tga(5, 4, [0, 0, 255, 255]),
  'a.hdr': hdr(4, 3, [128, 128, 128, 129]),
  'a.dds': ddsBc1(8, 6, 0xf800),
  'a.exr': exr(7, 5, 0x3c00),
  'a.kra': krita(PICTURE),
  'a.blend': blend(2, 2, Buffer.alloc(16, 9)),
  'a.psd': psd(PICTURE),
  'a.wav': wav(2),
  'a.glb': glb(PICTURE),
  'a.uasset': uasset(PICTURE),
  'a.gltf': Buffer.from('{"asset":{"version":"2.0","generator":"by hand"},"meshes":[{}]}'),
  'a.clip': clip(PICTURE),
};

/** Fails the test when a format reads outside the file. */
function strict(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => {
      assert.ok(offset >= 0 && length >= 0 && offset + length <= bytes.length, `read ${offset}+${length}`);
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
}

describe('formats', () => {
  const sizes: [name: string, kind: string, format: string, width?: number, height?: number][] = [
    ['a.png', 'image', 'PNG', 3, 2],
    ['a.tga', 'image', 'TGA', 5, 4],
    ['a.hdr', 'image', 'Radiance HDR', 4, 3],
    ['a.dds', 'image', 'DDS', 8, 6],
    ['a.exr', 'image', 'OpenEXR', 7, 5],
    ['a.kra', 'paint', 'Krita', 320, 200],
    ['a.psd', 'paint', 'Photoshop', 40, 30],
    ['a.blend', 'model', 'Blender'],
    ['a.wav', 'audio', 'WAV'],
    ['a.glb', 'model', 'glTF binary'],
    ['a.uasset', 'unreal', 'Unreal package'],
    ['a.gltf', 'model', 'glTF'],
    ['a.clip', 'paint', 'Clip Studio Paint', 928, 647],
  ];
  for (const [name, kind, format, width, height] of sizes) {
    it(`${name} is ${format}`, async () => {
      const facts = await describeFile(strict(FILES[name]), name);
      assert.equal(facts.problem, undefined);
      assert.deepEqual([facts.kind, facts.format, facts.width, facts.height], [kind, format, width, height]);
      assert.equal(detect(FILES[name].subarray(0, HEAD_LENGTH), name).kind, kind);
    });
  }

  it('tells class, engine and dependencies of a package', async () => {
    const { details } = await describeFile(bytesSource(FILES['a.uasset']), 'a.uasset');
    assert.deepEqual(details, [
      ['Class', 'Texture2D'],
      ['Asset', 'T_Hero'],
      ['Engine', '5.3.2'],
      ['Names', '7'],
      ['Imports', '2'],
      ['Exports', '1'],
      ['Dependencies', '1'],
      ['Depends on', '/Game/Materials/M_Hero'],
    ]);
  });

  it('tells how long a sound is', async () => {
    const { duration, sampleRate, channels, bitDepth } = await describeFile(bytesSource(wav(2)), 'a.wav');
    assert.deepEqual(
      { duration, sampleRate, channels, bitDepth },
      { duration: 2, sampleRate: 8000, channels: 1, bitDepth: 16 },
    );
  });

  for (const name of ['a.clip', 'a.kra', 'a.psd', 'a.glb', 'a.uasset']) {
    it(`finds the picture in ${name}`, async () => {
      const preview = await previewOf(strict(FILES[name]), name, 192);
      assert.ok(preview.kind === 'file');
      assert.ok(PICTURE.equals(preview.bytes));
    });
  }

  it('turns the thumbnail of Blender the right way up', async () => {
    const bottom = Buffer.from([1, 1, 1, 1, 2, 2, 2, 2]);
    const top = Buffer.from([3, 3, 3, 3, 4, 4, 4, 4]);
    const preview = await previewOf(bytesSource(blend(2, 2, Buffer.concat([bottom, top]))), 'a.blend', 192);
    assert.ok(preview.kind === 'pixels');
    assert.ok(Buffer.concat([top, bottom]).equals(preview.data));
  });

  it('leaves unknown and empty files opaque', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('hello'), Buffer.alloc(100, 7)]) {
      assert.equal((await describeFile(strict(bytes), 'a.bin')).kind, 'binary');
      assert.equal((await previewOf(strict(bytes), 'a.bin', 192)).kind, 'none');
    }
  });

  it('says why a newer package is not looked into', async () => {
    const newer = Buffer.from(FILES['a.uasset']);
    newer.writeInt32LE(1999, 16);
    assert.match((await describeFile(bytesSource(newer), 'a.uasset')).problem!, /1999.* not known yet/);
  });

  for (const [name, bytes] of Object.entries(FILES)) {
    it(`a damaged ${name} never throws, nor reads outside the file`, async () => {
      const change = fc.record({
        flips: fc.array(fc.tuple(fc.nat(Math.min(bytes.length, 600) - 1), fc.nat(255)), { maxLength: 6 }),
        length: fc.oneof(fc.constant(bytes.length), fc.nat(bytes.length)),
      });
      await fc.assert(
        fc.asyncProperty(change, async ({ flips, length }) => {
          const damaged = Buffer.from(bytes.subarray(0, length));
          for (const [at, value] of flips) if (at < length) damaged[at] = value;
          await describeFile(strict(damaged), name);
          await previewOf(strict(damaged), name, 192);
        }),
        { numRuns: 300 },
      );
    });
  }

  if (!existsSync(DATA)) it('../shared/data is not there');
  else
    it('describes every real file of a known kind', async function () {
      this.timeout(120_000);
      let count = 0;
      const files = readdirSync(DATA, { recursive: true, withFileTypes: true });
      for (const file of files) {
        if (!file.isFile() || !/\.(uasset|umap|png|psd|kra|blend|wav|glb|clip)$/.test(file.name)) continue;
        const facts = await describeFile(strict(readFileSync(join(file.parentPath, file.name))), file.name);
        assert.equal(facts.problem, undefined, file.name);
        assert.notEqual(facts.kind, 'binary', file.name);
        count += 1;
      }
      assert.ok(count > 400, `${count} files`);
    });
});
