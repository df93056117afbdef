// Owns the tests of the rule that tells assets from texts.
import assert from 'node:assert/strict';
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePointer } from '../../../core/model/pointer.ts';
import { classifyFile } from '../../../core/worktree/classify.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('classifyFile', () => {
  async function kindOf(
    bytes: Buffer | string,
    rule: 'auto' | 'asset' | 'text' = 'auto',
    assetThreshold = 10_000,
  ) {
    const path = join(await tempFolder(), 'file');
    writeFileSync(path, bytes);
    return classifyFile(path, { rule, size: Buffer.byteLength(bytes), assetThreshold });
  }
  const pointer = encodePointer({ blake3: 'ab'.repeat(32), size: 12 });

  it('follows the attribute first', async () => {
    assert.equal(await kindOf('text', 'asset'), 'asset');
    assert.equal(await kindOf(Buffer.alloc(20_000), 'text'), 'text');
  });

  it('takes a NUL among the first 8,000 bytes for binary, no later one', async () => {
    assert.equal(await kindOf(Buffer.from('a\0b')), 'asset');
    assert.equal(await kindOf(`${'a'.repeat(7_999)}\0`), 'asset');
    assert.equal(await kindOf(`${'a'.repeat(8_000)}\0`), 'text');
  });

  it('takes what is above the threshold for an asset', async () => {
    assert.equal(await kindOf('a'.repeat(10_000)), 'text');
    assert.equal(await kindOf('a'.repeat(10_001)), 'asset');
  });

  it('takes bytes that read as a pointer for an asset, and no others', async () => {
    assert.equal(await kindOf(pointer), 'asset');
    assert.equal(await kindOf(Buffer.concat([pointer, Buffer.from('\n')])), 'text');
  });

  it('takes an empty file for text, whatever the attribute says', async () => {
    assert.equal(await kindOf(''), 'text');
    assert.equal(await kindOf('', 'asset'), 'text');
  });

  it('does not read a file above the threshold, nor through a link', async () => {
    const folder = await tempFolder();
    const options = { rule: 'auto', size: 100, assetThreshold: 50 } as const;
    assert.equal(classifyFile(join(folder, 'gone'), options), 'asset');
    writeFileSync(join(folder, 'text'), 'plain');
    symlinkSync('text', join(folder, 'link'));
    assert.equal(classifyFile(join(folder, 'link'), { ...options, size: 5 }), 'asset');
  });

  it('copes with a file that has become shorter', async () => {
    const path = join(await tempFolder(), 'file');
    writeFileSync(path, 'abc');
    truncateSync(path, 1);
    assert.equal(classifyFile(path, { rule: 'auto', size: 3, assetThreshold: 50 }), 'text');
  });
});
