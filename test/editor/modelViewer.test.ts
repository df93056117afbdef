// Tests the viewer of models in a real browser, without a workbench.
import assert from 'node:assert/strict';
import type { BrowserContextOptions } from 'playwright-core';
import type { ShowMessage, ViewedFile } from '../../extension/webview/messages.ts';
import { type BoxSize, boxBytes, boxJson, glbOf } from '../support/model.ts';
import { useBrowser } from './support/useBrowser.ts';
import { answering, openViewer } from './support/viewerPage.ts';

/** Answers what a viewer asks: see extension/webview/questions.ts. */
type Answer = (question: string, about: unknown) => unknown;

const nothing = () => new Uint8Array();

function urlOf(bytes: Uint8Array): string {
  return `data:application/octet-stream;base64,${Buffer.from(bytes).toString('base64')}`;
}

function fileOf(label: string, bytes: Uint8Array): ViewedFile {
  return { label, path: label, url: urlOf(bytes), size: bytes.length, facts: [['Format', 'glTF binary']] };
}

function box(label: string, size: BoxSize): ViewedFile {
  return fileOf(label, glbOf(boxJson(size), boxBytes(size)));
}

function gltf(label: string, uri: string, more: Record<string, unknown> = {}): ViewedFile {
  return fileOf(label, Buffer.from(JSON.stringify({ ...boxJson([1, 1, 1], uri), ...more })));
}

const MODELS: [string, string] = ['../model/modelViewer.ts', 'openModels'];

interface State {
  problems: string[];
  missing: string[];
  differences: string[];
  webgl: boolean;
  view?: { around: number; above: number; distance: number };
  wireframe: boolean;
  grid: boolean;
  playing: boolean;
}

describe('the model viewer', () => {
  const browser = useBrowser();

  async function open(
    files: ShowMessage['files'],
    answer: Answer = (question) => Promise.reject(new Error(question)),
  ) {
    const message: ShowMessage = { type: 'show', viewer: 'model', files, strings: {} };
    const viewer = await openViewer(answering(browser.current, answer), MODELS, message, nothing);
    return { ...viewer, state: async () => (await viewer.state()) as unknown as State };
  }

  it('draws two versions beside each other under one camera, and marks what differs', async () => {
    const { page, state } = await open([box('old.glb', [1, 1, 1]), box('new.glb', [1, 2, 1])]);
    const first = await state();
    assert.deepEqual([first.problems, first.missing, first.webgl], [[], [], true]);
    assert.deepEqual(first.differences, ['Size', 'Bounding box']);
    const row = page.getByRole('row', { name: 'Bounding box 1 × 1 × 1 m 1 × 2 × 1 m ≠ differs' });
    await row.waitFor();
    const drawn = await page.locator('canvas').screenshot();
    const { left, right } = await colouredOf(page, drawn);
    assert.ok(left > 500, `${left} pixels of the box on the left`);
    assert.ok(right > 1.3 * left, `${right} on the right, ${left} on the left`);
    if (process.env.VIEWER_SCREENSHOT) await page.screenshot({ path: process.env.VIEWER_SCREENSHOT });

    const canvas = page.locator('canvas');
    await canvas.press('ArrowRight');
    await canvas.press('ArrowRight');
    await canvas.press('+');
    const { view } = await state();
    assert.equal(view!.around, first.view!.around + 15);
    assert.ok(Math.abs(view!.distance / first.view!.distance - 0.8) < 1e-6);
    await canvas.press('0');
    assert.deepEqual((await state()).view, first.view);
  });

  it('turns by the mouse', async () => {
    const { page, state } = await open([box('a.glb', [1, 1, 1])]);
    const before = (await state()).view!;
    await page.locator('canvas').hover();
    await page.mouse.down();
    await page.mouse.move(700, 100, { steps: 4 });
    await page.mouse.up();
    assert.notDeepEqual((await state()).view, before);
  });

  it('shows edges, hides the grid and plays by keys', async () => {
    const { page, state } = await open([box('a.glb', [1, 1, 1])]);
    const canvas = page.locator('canvas');
    const still = await canvas.screenshot();
    await canvas.press('w');
    await page.getByRole('button', { name: 'Wireframe', pressed: true }).waitFor();
    await canvas.press('g');
    await page.getByRole('button', { name: 'Grid', pressed: false }).waitFor();
    assert.ok(!(await canvas.screenshot()).equals(still), 'nothing else is drawn');
    assert.equal(await page.getByLabel('Animation').inputValue(), 'Rise');
    await canvas.press(' ');
    assert.equal((await state()).playing, true);
    await page.getByRole('button', { name: 'Play', pressed: true }).click();
    const { playing, wireframe, grid } = await state();
    assert.deepEqual({ playing, wireframe, grid }, { playing: false, wireframe: true, grid: false });
  });

  it('says why one side is broken, and draws the other', async () => {
    const whole = box('new.glb', [1, 1, 1]);
    const broken = fileOf('old.glb', Buffer.from('glTF and no more'));
    const { page, state } = await open([broken, whole]);
    assert.deepEqual((await state()).problems, ['The file is cut off or damaged']);
    await page.locator('.problem', { hasText: 'cut off' }).waitFor();
    assert.equal((await state()).webgl, true);
  });

  it('shows a reason and facts where neither side can be shown', async () => {
    const absent = {
      label: 'old.glb',
      path: 'old.glb',
      url: undefined,
      size: 0,
      absent: 'It was added.',
      facts: [],
    };
    const { page, state } = await open([absent, fileOf('new.glb', Buffer.from('{}'))]);
    assert.deepEqual((await state()).problems, ['It was added.', 'Its description is not one of glTF']);
    await page.getByRole('row', { name: 'Format' }).waitFor();
    assert.equal(await page.locator('canvas').count(), 0);
  });

  it('draws no model of too many triangles, and tells its facts', async () => {
    const json = boxJson([1, 1, 1]);
    (json.accessors as { count: number }[])[1].count = 60_000_000;
    const { page, state } = await open([fileOf('large.glb', glbOf(json, boxBytes([1, 1, 1])))]);
    assert.match((await state()).problems[0], /20000000 triangles .* more than is shown/);
    await page.getByRole('row', { name: 'Triangles 20,000,000' }).waitFor();
  });

  it('reads the files beside a model, of that version', async () => {
    const asked: unknown[] = [];
    const { state } = await open([gltf('a.gltf', 'my%20box.bin')], (question, about) => {
      asked.push([question, about]);
      return { url: urlOf(boxBytes([1, 1, 1])), size: 200 };
    });
    assert.deepEqual(asked, [['beside', { side: 0, name: 'my box.bin' }]]);
    const { problems, webgl } = await state();
    assert.deepEqual([problems, webgl], [[], true]);
  });

  it('names the files that are missing', async () => {
    const lost = await open([gltf('a.gltf', 'gone.bin')]);
    assert.deepEqual((await lost.state()).problems, ['A file that it needs is not there: gone.bin']);
    const pale = {
      images: [{ uri: 'gone.png' }],
      textures: [{ source: 0 }],
      materials: [{ pbrMetallicRoughness: { baseColorTexture: { index: 0 } } }],
    };
    const answer: Answer = (_question, about) => {
      if ((about as { name: string }).name === 'gone.png') throw new Error('not there');
      return { url: urlOf(boxBytes([1, 1, 1])), size: 200 };
    };
    const { page, state } = await open([gltf('a.gltf', 'box.bin', pale)], answer);
    assert.deepEqual((await state()).missing, ['gone.png']);
    await page.locator('.problem', { hasText: 'Not there: gone.png' }).waitFor();
    assert.equal((await state()).webgl, true);
  });

  /** Pages in which `script` runs before anything else. */
  function beginningWith(script: string) {
    return {
      newPage: async (options: BrowserContextOptions = {}) => {
        const page = await browser.current.newPage(options);
        await page.addInitScript(script);
        // Scripts of this kind run in documents that are loaded.
        await page.goto('about:blank');
        return page;
      },
    };
  }

  function shown(file: ViewedFile): ShowMessage {
    return { type: 'show', viewer: 'model', files: [file], strings: {} };
  }

  it('tells facts where there is no WebGL', async () => {
    const pages = beginningWith('HTMLCanvasElement.prototype.getContext = () => null');
    const viewer = await openViewer(pages, MODELS, shown(box('a.glb', [1, 1, 1])), nothing);
    assert.equal((await viewer.state()).webgl, false);
    await viewer.page.locator('.problem', { hasText: 'no WebGL' }).waitFor();
    await viewer.page.getByRole('row', { name: 'Triangles 12' }).waitFor();
  });

  it('shows metal in a room that it mirrors, and says where it does not for want of a graphics card', async () => {
    const metal = boxJson([1, 1, 1]);
    metal.materials = [{ pbrMetallicRoughness: { baseColorFactor: [0.9, 0.3, 0.1, 1], metallicFactor: 1 } }];
    const metalBox = shown(fileOf('metal.glb', glbOf(metal, boxBytes([1, 1, 1]))));
    // Where the browser does not tell, there may be one.
    const card = beginningWith(`
      const { getExtension } = WebGL2RenderingContext.prototype;
      WebGL2RenderingContext.prototype.getExtension = function (name) {
        return name === 'WEBGL_debug_renderer_info' ? null : getExtension.call(this, name);
      };`);
    for (const [pages, line] of [
      [browser.current, 'No graphics card: surfaces mirror nothing here.'],
      [card, ''],
    ] as const) {
      const viewer = await openViewer(pages, MODELS, metalBox, nothing);
      assert.equal(await viewer.status(), line);
      const drawn = await viewer.page.locator('canvas').screenshot();
      const { left, right } = await colouredOf(viewer.page, drawn);
      assert.ok(left + right > 5000, `${left + right} pixels of metal: ${line}`);
      if (process.env.VIEWER_SCREENSHOT)
        await viewer.page.screenshot({
          path: `${process.env.VIEWER_SCREENSHOT}.${line ? 'lamps' : 'room'}.png`,
        });
    }
  });

  it('leaves nothing behind', async () => {
    const viewer = await open([box('a.glb', [1, 1, 1])]);
    await viewer.dispose();
    const left = await viewer.page.evaluate(
      "[document.getElementById('body').childElementCount, document.getElementById('toolbar').childElementCount, document.adoptedStyleSheets.length]",
    );
    assert.deepEqual(left, [0, 0, 0]);
  });
});

/** How many pixels of a screenshot are of the box's colour, in each half. */
async function colouredOf(
  page: { evaluate<T>(script: string): Promise<T> },
  screenshot: Buffer,
): Promise<{ left: number; right: number }> {
  return page.evaluate(`(async () => {
    const bitmap = await createImageBitmap(await (await fetch('${urlOf(screenshot)}')).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    const { data, width } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const found = { left: 0, right: 0 };
    for (let i = 0; i < data.length; i += 4)
      if (data[i] > data[i + 2] + 60) found[(i / 4) % width < width / 2 ? 'left' : 'right'] += 1;
    return found;
  })()`);
}
