// Shows the language features in a real workbench: a hover over a reference with picture, facts and versions, and a missing asset.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { Sandbox } from '../support/forgeCommand.ts';
import { useWorkbench } from './support/useWorkbench.ts';

describe('hover over an asset', () => {
  const workbench = useWorkbench(async () => {
    const sandbox = await Sandbox.withRepository();
    const { folder } = sandbox;
    await mkdir(path.join(folder, 'img'));
    await writeFile(path.join(folder, 'img/rock.png'), gradient(32));
    await writeFile(path.join(folder, 'page.yaml'), 'rock: ./img/rock.png\ngone: ./img/rok.png\n');
    sandbox.forge('commit', '-q', '-m', 'Paint the rock');
    await writeFile(path.join(folder, 'img/rock.png'), gradient(128));
    sandbox.forge('commit', '-q', '-m', 'Paint it larger');
    return folder;
  });

  it('shows picture, facts and versions with their links', async () => {
    const { current } = workbench;
    await current.openFile('page.yaml');
    await current.page.locator('.squiggly-warning').waitFor();
    const hover = await current.settledHover('img/rock.png', 'PNG, ');
    await hover.getByText(/PNG, \d+ ×/).waitFor();
    await hover.getByText('Paint the rock').waitFor();
    const picture = hover.locator('img[alt="Preview of rock.png"]');
    assert.ok(
      await picture.evaluate((image: { naturalWidth: number }) => image.naturalWidth === 128),
      'the picture is drawn',
    );
    await current.screenshot('hover');
    await hover.getByRole('link', { name: 'History' }).waitFor();
    assert.equal(await hover.getByRole('link', { name: 'Restore' }).count(), 2);
  });
});

/** A square PNG with a gradient. */
function gradient(side: number): Buffer {
  const rows = Buffer.alloc(side * (1 + side * 3));
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      rows.set([(x * 255) / side, (y * 255) / side, 128], y * (1 + side * 3) + 1 + x * 3);
  const header = Buffer.from([0, 0, 0, side, 0, 0, 0, side, 8, 2, 0, 0, 0]);
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
