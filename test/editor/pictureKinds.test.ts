// Tests the viewer of pictures in a real browser: each kind, whole and broken, floats, tolerance, and the values of a pixel.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ddsBc1, exr, hdr, png, tga } from '../unit/formats/fixtures.ts';
import { animatedGif, deepPng, psdOf } from '../unit/formats/pictureFixtures.ts';
import { projectRoot } from './support/editorServer.ts';
import { type PictureFile, PicturePage, type PicturePageOptions } from './support/picturePage.ts';
import { useBrowser } from './support/useBrowser.ts';
import { SCREENSHOTS } from './support/workbench.ts';

const PSD = path.join(projectRoot, '../shared/data/media/histories/multitile.psd');
const HALF = { quarter: 0x3400, one: 0x3c00, two: 0x4000 };

/** A composite of one row: raw, RGB. */
function psd(depth: number, pixels: number[], mode = 3): Buffer {
  const head = Buffer.alloc(26 + 12 + 2);
  head.write('8BPS', 'latin1');
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(3, 12);
  head.writeUInt32BE(1, 14);
  head.writeUInt32BE(pixels.length / 3 / (depth / 8), 18);
  head.writeUInt16BE(depth, 22);
  head.writeUInt16BE(mode, 24);
  return Buffer.concat([head, Buffer.from(pixels)]);
}

/** What the browser itself writes. */
const DRAWN = `(async () => {
  const canvas = new OffscreenCanvas(64, 64);
  const context = canvas.getContext('2d');
  for (let i = 0; i < 64; i++) { context.fillStyle = 'hsl(' + i * 5 + ' 80% 50%)'; context.fillRect(i, 0, 1, 64 - i); }
  const made = {};
  for (const kind of ['jpeg', 'webp']) {
    const blob = await canvas.convertToBlob({ type: 'image/' + kind });
    made['drawn.' + kind] = btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
  }
  return made;
})()`;

/** BGR, one colour. */
function bmp(colour: number[]): Buffer {
  const pixels = Buffer.alloc(16 * 4 * 3, Buffer.from(colour));
  const head = Buffer.alloc(54);
  head.write('BM', 'latin1');
  head.writeUInt32LE(54 + pixels.length, 2);
  head.writeUInt32LE(54, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(16, 18);
  head.writeInt32LE(4, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(24, 28);
  return Buffer.concat([head, pixels]);
}

/** One pixel of a table of two colours: clear code, index 0, end code. */
function gif(colour: number[]): Buffer {
  const head = [0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0, ...colour, 0, 0, 0];
  return Buffer.from([...head, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b]);
}

const quad = (alpha: number) => png(4, 4, (x, y) => [x * 9, y * 9, 77, alpha]);

describe('kinds of pictures', () => {
  const browser = useBrowser();

  async function withPage(
    files: [PictureFile] | [PictureFile, PictureFile],
    run: (viewer: PicturePage) => Promise<void>,
    options?: PicturePageOptions,
  ): Promise<void> {
    const viewer = await PicturePage.open(browser.current, files, options);
    try {
      await run(viewer);
    } finally {
      await viewer.page.close();
    }
  }
  const shot = (viewer: PicturePage, name: string) =>
    viewer.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });

  const kinds: [name: string, before: Buffer, after: Buffer, changed: number][] = [
    ['hero.png', quad(255), quad(254), 16],
    ['hero.tga', tga(4, 3, [1, 2, 3, 255]), tga(4, 3, [1, 2, 4, 255]), 12],
    ['hero.exr', exr(4, 3, HALF.one), exr(4, 3, HALF.two), 12],
    ['hero.hdr', hdr(4, 3, [128, 64, 0, 130]), hdr(4, 3, [128, 65, 0, 130]), 12],
    ['hero.dds', ddsBc1(5, 5, 0xf800), ddsBc1(5, 5, 0x001f), 25],
    ['hero.bmp', bmp([1, 2, 3]), bmp([1, 2, 4]), 64],
    ['hero.gif', gif([1, 2, 3]), gif([1, 2, 4]), 1],
    ['hero.psd', psd(8, [9, 9, 0, 0, 0, 0]), psd(8, [9, 8, 0, 0, 0, 0]), 1],
  ];
  for (const [name, before, after, changed] of kinds) {
    it(`shows and compares ${name}`, () =>
      withPage(
        [
          [name, before],
          [name, after],
        ],
        async (viewer) => {
          await viewer.status('pixels differ');
          const { changedPixels, problems } = await viewer.state();
          assert.deepEqual([changedPixels, problems], [changed, []]);
          assert.equal(await viewer.page.locator('canvas').count(), 2);
        },
      ));

    it(`says why a truncated ${name} is not shown, beside the other side`, () =>
      withPage(
        [
          [name, before],
          [name, after.subarray(0, after.length - 1 - (after.length >> 2))],
        ],
        async (viewer) => {
          const line = await viewer.status('cannot be decoded');
          assert.match(line, new RegExp(`^${name} \\(Working File\\): The picture cannot be decoded: .{8}`));
          assert.equal(await viewer.page.locator('canvas').count(), 1);
          assert.match(
            (await viewer.page.locator('figure .problem').textContent()) ?? '',
            /cannot be decoded/,
          );
          if (name === 'hero.exr') await shot(viewer, 'picture-broken-exr');
        },
      ));

    it(`says why both sides of ${name} are not shown when they are something else`, () =>
      withPage(
        [
          [name, Buffer.from('no picture')],
          [name, Buffer.alloc(0)],
        ],
        async (viewer) => {
          await viewer.status('cannot be decoded');
          assert.equal(await viewer.page.locator('.package .problem').count(), 2);
          // The bytes are what there is to see.
          await viewer.page.locator('.package-bytes').waitFor();
          if (name === 'hero.psd') await shot(viewer, 'picture-undecoded');
        },
      ));
  }

  it('shows drawings of lines by the browser, and says why a broken one is not shown', async () => {
    const drawing =
      '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10"/></svg>';
    await withPage([['line.svg', Buffer.from(drawing)]], async (viewer) => {
      await viewer.page.locator('figcaption', { hasText: '20 × 10' }).waitFor();
    });
    await withPage([['line.svg', Buffer.from(drawing.slice(0, 70))]], async (viewer) => {
      await viewer.status('cannot be decoded');
    });
  });

  it('compares JPEG and WebP, and says why broken ones are not shown', async () => {
    const seen = await browser.current.newPage();
    const made: Record<string, string> = await seen.evaluate(DRAWN);
    await seen.close();
    for (const [name, base64] of Object.entries(made)) {
      const whole = Buffer.from(base64, 'base64');
      await withPage(
        [
          [name, whole],
          [name, whole],
        ],
        async (viewer) => {
          await viewer.status('The pictures are equal');
        },
      );
      await withPage(
        [
          [name, whole],
          [name, whole.subarray(0, whole.length >> 1)],
        ],
        async (viewer) => {
          await viewer.status('cannot be decoded');
          assert.equal(await viewer.page.locator('canvas').count(), 1);
        },
      );
    }
  });

  it('counts a change of colour where hardly anything is opaque', () =>
    withPage(
      [
        ['a.png', png(2, 2, () => [100, 100, 100, 1])],
        ['a.png', png(2, 2, () => [101, 100, 100, 1])],
      ],
      async (viewer) => {
        await viewer.status('4 of 4 pixels differ');
      },
    ));

  it('compares real Photoshop files, in every mode', async function () {
    if (!existsSync(PSD)) {
      console.log(`    skipped: there is no ${PSD}`);
      this.skip();
    }
    const read = (name: string): PictureFile => ['multitile.psd', readFileSync(path.join(PSD, name))];
    for (const theme of ['dark', 'light'] as const)
      await withPage(
        [read('v01.psd'), read('v03.psd')],
        async (viewer) => {
          await viewer.status('of 46464 pixels differ');
          for (const [key, mode] of [
            ['1', 'side'],
            ['2', 'swipe'],
            ['3', 'onion'],
            ['4', 'difference'],
          ]) {
            await viewer.page.keyboard.press(key);
            await viewer.until(`state.mode === '${mode}'`);
            await viewer.until(
              "document.querySelector('canvas').getContext('2d').getImageData(640, 320, 1, 1).data[3] === 255 || state.mode === 'side'",
            );
            await shot(viewer, `picture-psd-${mode}-${theme}`);
          }
        },
        { theme },
      );
  });

  it('says what of Photoshop it cannot show, and what it shows otherwise', async () => {
    await withPage([['odd.psd', psd(8, [1, 2, 3], 5)]], async (viewer) => {
      assert.match(await viewer.status('cannot be decoded'), /kind of colour is not known \(5\)/);
    });
    const channels = Array<Buffer[]>(4).fill([Buffer.from([200, 100])]);
    const cmyk = psdOf({ mode: 4, depth: 8, width: 2, height: 1, channels });
    await withPage([['cmyk.psd', cmyk]], async (viewer) => {
      await viewer.status('CMYK is shown and compared as RGB');
    });
    await withPage(
      [
        ['deep.psd', psd(16, [1, 0, 2, 0, 3, 0])],
        ['deep.psd', psd(16, [1, 1, 2, 0, 3, 0])],
      ],
      async (viewer) => {
        await viewer.status('1 of 1 pixels differ');
      },
    );
  });

  it('compares PNG of 16 bits by all of them, and reads them', () => {
    const deep = (value: number): Buffer =>
      deepPng(9, 9, (x, y) => [x * 257, y * 257, x === 7 && y === 2 ? value : 5]);
    return withPage(
      [
        ['height.png', deep(5)],
        ['height.png', deep(6)],
      ],
      async (viewer) => {
        await viewer.status('1 of 81 pixels differ');
        await viewer.page.keyboard.press('n');
        const read =
          'x 7, y 2: RGBA 1799 514 5 65535 (8 bits: 7 2 0 255) → 1799 514 6 65535 (8 bits: 7 2 0 255)';
        await viewer.page.locator('.readout').filter({ hasText: read }).waitFor();
        await viewer.page.keyboard.press('4');
        await viewer.until("state.mode === 'difference'");
        await viewer.page.keyboard.press('n');
        // A step of one of 65,535 is seen.
        const seen = `document.querySelector('canvas').getContext('2d').getImageData(640, 320, 1, 1).data[2]`;
        await viewer.until(`${seen} >= 48`);
        await shot(viewer, 'picture-16-bits');
      },
    );
  });

  it('says reasons and notes in the language of the reader', async () => {
    const strings = {
      'The picture cannot be decoded: {0}': 'Das Bild kann nicht dekodiert werden: {0}',
      'the file is cut off': 'die Datei ist abgeschnitten',
      'It is animated: the first of {0} frames is shown': 'Gezeigt wird das erste von {0} Einzelbildern',
    };
    await withPage(
      [
        ['a.gif', animatedGif(3)],
        ['a.psd', psd(8, [1, 2, 3]).subarray(0, 40)],
      ],
      async (viewer) => {
        const line = await viewer.status('Gezeigt wird das erste von 3 Einzelbildern');
        assert.ok(line.includes('Das Bild kann nicht dekodiert werden: die Datei ist abgeschnitten'), line);
      },
      { strings },
    );
  });

  it('brightens floats by stops, without changing the count', () =>
    withPage(
      [
        ['sky.exr', exr(64, 64, HALF.quarter)],
        ['sky.exr', exr(64, 64, HALF.one)],
      ],
      async (viewer) => {
        await viewer.status('4096 of 4096 pixels differ');
        const seen = `document.querySelector('canvas').getContext('2d').getImageData(320, 320, 1, 1).data[0]`;
        await viewer.until(`${seen} === 137`);
        await viewer.page.keyboard.press('e');
        await viewer.page.keyboard.press('e');
        await viewer.until(`${seen} === 188`);
        assert.match(await viewer.status('Exposure +1'), /^4096 of 4096/);
        await viewer.page.getByRole('slider', { name: 'Exposure' }).fill('-2');
        await viewer.until(`${seen} === 71`);
        await shot(viewer, 'picture-exr-exposure');
      },
    ));

  it('takes what lies within the tolerance for equal', () =>
    withPage(
      [
        ['a.png', quad(255)],
        ['a.png', quad(250)],
      ],
      async (viewer) => {
        await viewer.status('16 of 16 pixels differ');
        const field = viewer.page.getByRole('spinbutton', { name: 'Tolerance' });
        await field.fill('5');
        assert.equal(await viewer.status('Tolerance 5'), 'The pictures are equal · Tolerance 5');
        await field.fill('4');
        await viewer.status('16 of 16 pixels differ');
      },
    ));

  it('tells the values of the pixel that the keyboard or the pointer is at', () =>
    withPage(
      [
        ['a.png', png(9, 9, (x, y) => [x, y, 5, 255])],
        ['a.png', png(9, 9, (x, y) => [x, y, x === 7 && y === 2 ? 6 : 5, 255])],
      ],
      async (viewer) => {
        await viewer.status('1 of 81 pixels differ');
        const readout = viewer.page.locator('.readout');
        await viewer.page.keyboard.press('n');
        await readout.filter({ hasText: 'x 7, y 2: RGBA 7 2 5 255 → 7 2 6 255' }).waitFor();
        await viewer.page.keyboard.press('Shift+ArrowLeft');
        await readout.filter({ hasText: 'x 6, y 2: RGBA 6 2 5 255 → 6 2 5 255' }).waitFor();
        await shot(viewer, 'picture-go-to-change');
        await viewer.page.keyboard.press('0');
        await viewer.page.locator('canvas').first().hover();
        await readout.filter({ hasText: 'x 4, y 4: RGBA 4 4 5 255 → 4 4 5 255' }).waitFor();
      },
    ));

  it('ends a decoder that takes too long and says so', () =>
    withPage(
      [['a.png', quad(255)]],
      async (viewer) => {
        await viewer.status('Decoding a.png …');
        await viewer.page.locator('body[data-workers="1"]').waitFor();
        await viewer.page.clock.fastForward(20_000);
        await viewer.status('It took more than 20 s');
      },
      { isClockStopped: true, scripts: { 'pictureWorker.js': 'for (;;);' } },
    ));
});
