// Tests the viewer of pictures at its bounds, in a real browser: sides that are too long, and files of 200 MB.
import assert from 'node:assert/strict';
import path from 'node:path';
import { exrOfFloats } from '../unit/formats/exrFixtures.ts';
import { ddsBc1, exr, png } from '../unit/formats/fixtures.ts';
import { pngOf, psdOf } from '../unit/formats/pictureFixtures.ts';
import { type PictureFile, PicturePage } from './support/picturePage.ts';
import { useBrowser } from './support/useBrowser.ts';
import { SCREENSHOTS } from './support/workbench.ts';

/** Decoding 200 MB on a busy machine, in milliseconds. */
const LARGE_MS = 180_000;

describe('bounds of pictures', () => {
  const browser = useBrowser();

  async function withPage(file: PictureFile, run: (viewer: PicturePage) => Promise<void>): Promise<void> {
    const viewer = await PicturePage.open(browser.current, [file]);
    try {
      await run(viewer);
      // The window is still there, and answers at once.
      assert.equal(await viewer.page.evaluate('1 + 1'), 2);
    } finally {
      await viewer.page.close();
    }
  }

  const huge = png(1, 1, () => [1, 2, 3, 255]);
  huge.writeUInt32BE(16_384, 16);
  huge.writeUInt32BE(16_384, 20);
  const texture = ddsBc1(4, 4, 9);
  texture.writeUInt32LE(16_384, 12);
  texture.writeUInt32LE(16_384, 16);
  const long = pngOf([1, 100_000], [8, 0], Array<Buffer>(100_000).fill(Buffer.from([7])));
  const wide = exr(2, 2, 0x3c00);
  wide.writeInt32LE(99_999, wide.indexOf('displayWindow\0box2i\0') + 32);
  for (const [name, file] of [
    ['16k.png', huge],
    ['16k.dds', texture],
    ['long.png', long],
    ['wide.exr', wide],
  ] as const) {
    it(`says why ${name} is not shown`, () =>
      withPage([name, file], async (viewer) => {
        assert.match(await viewer.status('cannot be decoded'), /too many|more memory|damaged/);
      }));
  }

  it('shows a picture that is one pixel wide and as long as can be', () => {
    const file = pngOf([1, 32_768], [8, 0], Array<Buffer>(32_768).fill(Buffer.from([7])));
    return withPage(['column.png', file], async (viewer) => {
      await viewer.page.locator('figcaption', { hasText: '1 × 32768' }).waitFor();
    });
  });

  it('shows a Photoshop file of 196 MB', function () {
    this.timeout(LARGE_MS);
    const row = Buffer.alloc(8192, 90);
    const channels = Array<Buffer[]>(3).fill(Array<Buffer>(8000).fill(row));
    const file = psdOf({ mode: 3, depth: 8, width: 8192, height: 8000, channels });
    return withPage(['large.psd', file], async (viewer) => {
      await viewer.page.locator('figcaption', { hasText: '8192 × 8000' }).waitFor({ timeout: LARGE_MS });
      await viewer.until(
        "document.querySelector('canvas').getContext('2d').getImageData(640, 320, 1, 1).data[0] === 90",
      );
      await viewer.page.screenshot({ path: path.join(SCREENSHOTS, 'picture-large-psd.png') });
    });
  });

  it('shows an OpenEXR file of 207 MB', function () {
    this.timeout(LARGE_MS);
    return withPage(['large.exr', exrOfFloats(3600, 3600, [1, 0.25, 0.25, 0.25])], async (viewer) => {
      await viewer.page.locator('figcaption', { hasText: '3600 × 3600' }).waitFor({ timeout: LARGE_MS });
      await viewer.until(
        "document.querySelector('canvas').getContext('2d').getImageData(640, 320, 1, 1).data[0] === 137",
      );
    });
  });
});
