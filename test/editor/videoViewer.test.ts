// Tests the viewer of videos in a real browser, without a workbench.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ShowMessage, ViewedFile } from '../../extension/webview/messages.ts';
import { useBrowser } from './support/useBrowser.ts';
import { answering, type Fetchable, openViewer, type ViewerPage } from './support/viewerPage.ts';

const videos: [string, string] = ['../video/videoViewer.ts', 'openVideos'];
/** Pictures of the videos in test/fixtures/media: 20, 10 a second. */
const PIXELS = 64 * 36;

type Shown = [ViewedFile, Buffer];

function video(
  name: string,
  media: ViewedFile['media'] = { codec: 'VP8', frameRate: 10, duration: 2 },
): Shown {
  const bytes = readFileSync(new URL(`../fixtures/media/${name}`, import.meta.url));
  const url = `https://media.test/${name}`;
  const facts: ViewedFile['facts'] = [['Codec', media?.codec ?? '']];
  return [{ label: name, path: name, url, size: bytes.length, facts, media }, bytes];
}

function broken(name: string, media?: ViewedFile['media']): Shown {
  const [file] = video('mpeg4.mp4', media ?? {});
  const bytes = Buffer.from('\0\0\0\x18ftypisom and nothing else');
  return [{ ...file, label: name, path: name, url: `https://media.test/${name}`, size: bytes.length }, bytes];
}

describe('the viewer of videos', () => {
  const browser = useBrowser();

  function open(...files: Shown[]): Promise<ViewerPage> {
    const shown = files.map(([one]) => one) as ShowMessage['files'];
    const message: ShowMessage = { type: 'show', viewer: 'video', files: shown, strings: {} };
    const read = (side: number, offset: number, length: number): Uint8Array =>
      files[side][1].subarray(offset, offset + length);
    const fetchable: Fetchable = {};
    for (const [{ url = '' }, bytes] of files) fetchable[url] = bytes;
    const pages = answering(browser.current, (question) =>
      question === 'changedRanges' ? [{ offset: 4, length: 8 }] : null,
    );
    return openViewer(pages, videos, message, read, fetchable);
  }

  const compare = (): Promise<ViewerPage> => open(video('old.webm'), video('new.webm'));
  const until = (viewer: ViewerPage, condition: string) => viewer.page.waitForFunction(condition);

  it('plays one video, and pauses at a picture', async () => {
    const viewer = await open(video('old.webm'));
    const { keyboard } = viewer.page;
    assert.equal(await viewer.page.locator('canvas').count(), 1);
    assert.equal(await viewer.page.getByRole('group', { name: 'Compare modes' }).count(), 0);
    await keyboard.press('Space');
    await viewer.page.getByRole('button', { name: 'Pause' }).waitFor();
    await until(viewer, "document.querySelector('.time').textContent > '0:00.300'");
    await keyboard.press('Space');
    await until(viewer, 'state.settled && !state.playing');
    const { time, frame } = await viewer.state();
    assert.ok(Number(frame) >= 3 && Number(frame) < 20, String(frame));
    assert.ok(Math.abs(Number(time) - (Number(frame) + 0.5) / 10) < 1e-6, String(time));
  });

  it('compares the pictures of two videos while they stand', async () => {
    const viewer = await compare();
    const { keyboard } = viewer.page;
    await until(viewer, 'state.changedPixels === 0');
    assert.equal(await viewer.status(), 'The pictures are equal');
    assert.equal(await viewer.page.locator('canvas').count(), 2);
    for (let frame = 1; frame <= 11; frame += 1) await keyboard.press('.');
    await until(viewer, 'state.frame === 11 && state.changedPixels > 0');
    const { changedPixels, pixels, box } = (await viewer.state()) as {
      changedPixels: number;
      pixels: number;
      box: { x: number; y: number };
    };
    assert.equal(pixels, PIXELS);
    // The red box has 100 pixels; coding blurs its edges.
    assert.ok(changedPixels >= 100 && changedPixels < 700, String(changedPixels));
    assert.ok(box.x > 20 && box.y > 8, JSON.stringify(box));
    assert.match(await viewer.status(), /^\d+ of 2304 pixels differ \(\d+\.\d %\) · within /);
    await viewer.page.getByLabel('Tolerance').fill('255');
    await until(viewer, 'state.changedPixels === 0');
    await viewer.page.getByLabel('Tolerance').fill('40');
    await until(viewer, 'state.changedPixels > 0');
    assert.ok(Number((await viewer.state()).changedPixels) < changedPixels);
  });

  it('shows the other modes by a key', async () => {
    const viewer = await compare();
    const { keyboard } = viewer.page;
    await keyboard.press('End');
    await until(viewer, 'state.changedPixels > 0');
    const redAt = (x: number, y: number) =>
      viewer.page.evaluate<number[]>(`(() => {
        const canvas = document.querySelector('canvas');
        const scale = Math.min(canvas.width / 64, canvas.height / 36);
        const [left, top] = [(canvas.width - 64 * scale) / 2, (canvas.height - 36 * scale) / 2];
        const { data } = canvas.getContext('2d').getImageData(left + ${x} * scale, top + ${y} * scale, 1, 1);
        return [...data];
      })()`);
    await keyboard.press('2');
    assert.equal((await viewer.state()).mode, 'swipe');
    assert.equal(await viewer.page.locator('canvas').count(), 1);
    // The red box lies right of the middle: in the newer version.
    assert.ok((await redAt(49, 27))[0] > 150);
    for (let i = 0; i < 8; i += 1) await keyboard.press('ArrowUp');
    assert.ok(Math.abs(Number((await viewer.state()).position) - 0.9) < 1e-9);
    assert.ok((await redAt(49, 27))[0] < 60);
    await keyboard.press('3');
    const blended = (await redAt(49, 27))[0];
    for (let i = 0; i < 10; i += 1) await keyboard.press('ArrowDown');
    const less = (await redAt(49, 27))[0];
    assert.ok(less < blended - 50, `${less} after ${blended}`);
    await keyboard.press('4');
    assert.equal(await viewer.page.getByRole('button', { name: 'Difference', pressed: true }).count(), 1);
    const [red, green] = await redAt(49, 27);
    assert.ok(red > 150 && green < red, `${red} ${green}`);
    assert.deepEqual(await redAt(5, 30), [0, 0, 0, 255]);
    if (process.env.VIEWER_SCREENSHOT) await viewer.page.screenshot({ path: process.env.VIEWER_SCREENSHOT });
  });

  it('finds the next picture that differs, and says where none does', async () => {
    const viewer = await compare();
    const { keyboard } = viewer.page;
    await until(viewer, 'state.changedPixels === 0');
    await keyboard.press('n');
    await until(viewer, 'state.changedPixels > 0');
    assert.equal((await viewer.state()).frame, 10);
    await keyboard.press('n');
    await until(viewer, 'state.frame === 11 && state.changedPixels > 0');
    await viewer.page.getByLabel('Tolerance').fill('255');
    await until(viewer, 'state.changedPixels === 0');
    await viewer.page.getByRole('button', { name: 'Next difference' }).click();
    await until(viewer, 'line === "Nothing differs from here on · The pictures are equal · Tolerance 255"');
    assert.equal((await viewer.state()).frame, 19);
    await keyboard.press('Home');
    await until(viewer, 'line === "The pictures are equal · Tolerance 255"');
  });

  it('moves by keys, by steps and by its slider', async () => {
    const viewer = await compare();
    const { keyboard } = viewer.page;
    for (const [key, expected] of [
      ['.', 0.15],
      ['.', 0.25],
      [',', 0.15],
      [',', 0.05],
      [',', 0.05],
      ['ArrowRight', 1.05],
      ['ArrowRight', 2],
      [',', 1.85],
      ['.', 1.95],
      ['.', 1.95],
      ['Home', 0],
      ['End', 2],
      ['ArrowLeft', 1.05],
    ] as const) {
      await keyboard.press(key);
      await until(viewer, 'state.settled');
      const { time } = await viewer.state();
      assert.ok(Math.abs(Number(time) - expected) < 1e-6, `${key}: ${String(time)}`);
    }
    await viewer.page.getByRole('slider', { name: 'Play position' }).fill('2500');
    assert.equal((await viewer.state()).time, 0.55);
    await viewer.page.getByRole('button', { name: 'Next frame' }).click();
    assert.equal((await viewer.state()).frame, 6);
  });

  it('plays both as one, at any speed, and brings back the one that drifted', async () => {
    const viewer = await compare();
    const { keyboard } = viewer.page;
    await keyboard.press('l');
    await keyboard.press('<');
    await keyboard.press('<');
    assert.equal((await viewer.state()).speed, 0.25);
    await keyboard.press('Space');
    await until(viewer, 'state.playing && document.querySelector(".time").textContent > "0:00.050"');
    const players = '[...document.querySelectorAll("video")]';
    const drift = () =>
      viewer.page.evaluate<number>(`(([a, b]) => Math.abs(a.currentTime - b.currentTime))(${players})`);
    await viewer.page.evaluate(`${players}[0].currentTime += 0.8`);
    await until(viewer, `(([a, b]) => Math.abs(a.currentTime - b.currentTime) < 0.03)(${players})`);
    await viewer.page.evaluate(`${players}[0].currentTime += 0.15`);
    await until(viewer, `(([a]) => a.playbackRate < 0.25)(${players})`);
    await until(viewer, `(([a, b]) => Math.abs(a.currentTime - b.currentTime) < 0.03)(${players})`);
    await keyboard.press('Space');
    await until(viewer, 'state.settled && state.changedPixels !== undefined');
    assert.equal(await drift(), 0);
  });

  it('goes on from the start in a loop, and stops at the end without one', async () => {
    const viewer = await compare();
    const { keyboard } = viewer.page;
    await keyboard.press('End');
    await keyboard.press('ArrowLeft');
    await keyboard.press('l');
    for (let i = 0; i < 3; i += 1) await keyboard.press('>');
    assert.equal((await viewer.state()).speed, 4);
    await keyboard.press('Space');
    await until(viewer, 'state.playing');
    await until(viewer, 'document.querySelector(".time").textContent < "0:00.900"');
    await viewer.page.getByRole('button', { name: 'Loop', pressed: true }).click();
    await until(viewer, '!state.playing && state.time === state.duration');
    await viewer.page.getByRole('button', { name: 'Play' }).waitFor();
  });

  it('lets one of them be heard', async () => {
    const media = { codec: 'VP9, Opus', frameRate: 10, duration: 2, channels: 1, sampleRate: 48000 };
    const [file, bytes] = video('vp9.webm', media);
    const viewer = await open([file, bytes], [{ ...file, label: 'newer' }, bytes]);
    const { keyboard } = viewer.page;
    const muted = () =>
      viewer.page.evaluate<boolean[]>('[...document.querySelectorAll("video")].map((one) => one.muted)');
    assert.deepEqual(await muted(), [true, false]);
    await keyboard.press('a');
    assert.deepEqual(await muted(), [false, true]);
    await viewer.page.getByRole('button', { name: 'Hear older', pressed: true }).waitFor();
    await keyboard.press('m');
    assert.deepEqual(await muted(), [true, true]);
    await keyboard.press('m');
    await keyboard.press('b');
    assert.deepEqual(await muted(), [true, false]);
    await keyboard.press('Space');
    await until(viewer, 'document.querySelector(".time").textContent > "0:01.200"');
    assert.deepEqual((await viewer.state()).problems, []);
  });

  it('says that the sound cannot be decoded, where the pictures can', async () => {
    const viewer = await open(video('old.webm', { codec: 'VP8, AAC', channels: 2, frameRate: 10 }));
    await viewer.page.keyboard.press('Space');
    await until(viewer, 'line.startsWith("old.webm: Its sound cannot be decoded; its codec is VP8, AAC")');
  });

  it('does not hold a large file as a whole, and compares its pictures all the same', async () => {
    const [[old, oldBytes], [newer, newBytes]] = [video('old.webm'), video('new.webm')];
    const viewer = await open([{ ...old, size: 2 ** 28 + 1 }, oldBytes], [newer, newBytes]);
    const sources = await viewer.page.evaluate<string[]>(
      '[...document.querySelectorAll("video")].map((one) => one.src)',
    );
    assert.deepEqual(
      sources.map((source) => source.split(':')[0]),
      ['https', 'blob'],
    );
    await viewer.page.keyboard.press('End');
    await until(viewer, 'state.changedPixels > 0');
  });

  it('finds out how long a recording is that was never closed', async () => {
    const [file, bytes] = video('old.webm', { codec: 'VP8' });
    const live = Buffer.from(bytes);
    // The element of the duration becomes an empty one of the same length.
    Buffer.from([0xec, 0x89]).copy(live, live.indexOf(Buffer.from([0x44, 0x89, 0x88])));
    const viewer = await open([file, live]);
    const { duration, time } = await viewer.state();
    assert.ok(Number(duration) > 1.85 && Number(duration) < 2.05, String(duration));
    assert.equal(time, 0);
    await viewer.page.keyboard.press('.');
    // Without a frame rate a step is a thirtieth of a second.
    assert.ok(Math.abs(Number((await viewer.state()).time) - 0.05) < 1e-9);
  });

  it('zooms and pans by keys', async () => {
    const viewer = await compare();
    const { keyboard } = viewer.page;
    const view = async () => (await viewer.state()).view as { scale: number; x: number } | undefined;
    assert.equal(await view(), undefined);
    await keyboard.press('+');
    await keyboard.press('+');
    const zoomed = await view();
    await keyboard.press('Shift+ArrowRight');
    const panned = await view();
    assert.ok(zoomed && panned);
    assert.deepEqual([panned.scale, panned.x], [zoomed.scale, zoomed.x - 40]);
    await keyboard.press('0');
    assert.equal(await view(), undefined);
  });

  it('shows the side that can be decoded, and says why not the other', async () => {
    const viewer = await open(
      video('mpeg4.mp4', { format: 'MP4', codec: 'MPEG-4 Visual' }),
      video('new.webm'),
    );
    assert.match(
      await viewer.status(),
      /^mpeg4\.mp4: The video cannot be decoded; it is MP4 \(MPEG-4 Visual\): /,
    );
    assert.equal(await viewer.page.locator('canvas').count(), 1);
    assert.match((await viewer.page.locator('figure .problem').textContent()) ?? '', /MPEG-4 Visual/);
    await viewer.page.keyboard.press('.');
    assert.equal((await viewer.state()).frame, 1);
  });

  it('shows facts and changed bytes where nothing can be decoded', async () => {
    const viewer = await open(broken('a.mp4', { format: 'MP4', codec: 'H.265' }), broken('b.mp4'));
    const status = await viewer.status();
    assert.match(
      status,
      /^a\.mp4: The video cannot be decoded; it is MP4 \(H\.265\): .* · b\.mp4: The video cannot be decoded: /,
    );
    await viewer.page.getByRole('grid').waitFor();
    assert.equal(await viewer.page.locator('.facts dd').first().textContent(), 'H.265');
    // Of the newer one alone: bytes 4 to 11.
    assert.equal(await viewer.page.locator('.hex-changed').count(), 8);
  });

  it('leaves nothing behind', async () => {
    const viewer = await compare();
    await viewer.page.keyboard.press('Space');
    await until(viewer, 'state.playing');
    await viewer.dispose();
    const left = await viewer.page.evaluate(
      "[document.getElementById('body').childElementCount, document.adoptedStyleSheets.length]",
    );
    assert.deepEqual(left, [0, 0]);
  });
});
