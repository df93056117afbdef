// Tests the viewer of sounds in a real browser, without a workbench.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ShowMessage, ViewedFile } from '../../extension/webview/messages.ts';
import { type SoundShape, wavFile } from '../support/soundFile.ts';
import { useBrowser } from './support/useBrowser.ts';
import { type Fetchable, openViewer, type ViewerPage } from './support/viewerPage.ts';

const sounds: [string, string] = ['../sound/soundViewer.ts', 'openSounds'];

/** A file, and its bytes behind its URL. */
function wav(name: string, shape: SoundShape): [ViewedFile, Buffer] {
  const bytes = wavFile(shape);
  const { rate: sampleRate = 44100, channels = 1, seconds: duration = 1 } = shape;
  return [file(name, bytes, { sampleRate, channels, duration, codec: 'PCM' }), bytes];
}

function file(name: string, bytes: Buffer, media: ViewedFile['media']): ViewedFile {
  const url = `https://media.test/${name}`;
  return { label: name, path: name, url, size: bytes.length, facts: [['Codec', 'PCM']], media };
}

describe('the viewer of sounds', () => {
  const browser = useBrowser();

  function open(...files: [ViewedFile, Buffer][]): Promise<ViewerPage> {
    const shown = files.map(([one]) => one) as ShowMessage['files'];
    const message: ShowMessage = { type: 'show', viewer: 'audio', files: shown, strings: {} };
    const read = (side: number, offset: number, length: number): Uint8Array =>
      files[side][1].subarray(offset, offset + length);
    const fetchable: Fetchable = {};
    for (const [{ url = '' }, bytes] of files) fetchable[url] = bytes;
    return openViewer(browser.current, sounds, message, read, fetchable);
  }

  it('draws two versions and counts the samples that differ', async () => {
    const tone = (i: number): number => Math.sin(i / 20) / 2;
    const viewer = await open(
      wav('old.wav', { rate: 8000, seconds: 2, sampleAt: tone }),
      wav('new.wav', {
        rate: 8000,
        seconds: 3,
        sampleAt: (i) => (i >= 4000 && i < 4010 ? 0.9 : tone(i)),
      }),
    );
    assert.equal(await viewer.page.locator('section').count(), 3);
    assert.equal(await viewer.status(), '8010 of 24000 samples differ, from 0:00.500 on');
    const { differing, first, duration, heard } = await viewer.state();
    assert.deepEqual(
      { differing, first, duration, heard },
      { differing: 8010, first: 0.5, duration: 3, heard: 'after' },
    );
    if (process.env.VIEWER_SCREENSHOT) await viewer.page.screenshot({ path: process.env.VIEWER_SCREENSHOT });
  });

  it('plays both at once, and switches by a key which of them is heard', async () => {
    const viewer = await open(wav('old.wav', { seconds: 30 }), wav('new.wav', { seconds: 30 }));
    const { keyboard } = viewer.page;
    assert.equal(await viewer.status(), 'The sounds are equal');
    await keyboard.press('Space');
    await viewer.page.waitForFunction("document.querySelector('.time').textContent > '0:00.300'");
    assert.equal((await viewer.state()).playing, true);
    for (const [key, heard] of [
      ['a', 'before'],
      ['b', 'after'],
      ['d', 'difference'],
    ]) {
      await keyboard.press(key);
      assert.equal((await viewer.state()).heard, heard);
      assert.equal(await viewer.page.locator('section.heard').count(), 1);
      assert.equal(await viewer.page.getByRole('button', { pressed: true }).count(), 1);
    }
    await keyboard.press('Space');
    const { playing, time } = await viewer.state();
    assert.equal(playing, false);
    assert.ok(Number(time) >= 0.3 && Number(time) < 30, String(time));
    await viewer.page.getByRole('button', { name: 'Play' }).waitFor();
  });

  it('moves by keys and by its slider, and stops at the end', async () => {
    const viewer = await open(wav('a.wav', { seconds: 10 }));
    const { keyboard } = viewer.page;
    const time = async (): Promise<unknown> => (await viewer.state()).time;
    for (const [key, expected] of [
      ['ArrowRight', 1],
      ['Shift+ArrowRight', 1.1],
      ['ArrowLeft', 0.1],
      ['ArrowLeft', 0],
      ['End', 10],
      ['ArrowRight', 10],
      ['Home', 0],
    ] as const) {
      await keyboard.press(key);
      assert.ok(Math.abs(Number(await time()) - expected) < 1e-9, `${key}: ${String(await time())}`);
    }
    const slider = viewer.page.getByRole('slider', { name: 'Play position' });
    await slider.fill('5000');
    assert.equal(await time(), 5);
    assert.equal(await slider.getAttribute('aria-valuetext'), '0:05.000 / 0:10.000');
    await slider.fill('9990');
    await keyboard.press('Space');
    await viewer.page.getByRole('button', { name: 'Play' }).waitFor();
    await viewer.page.waitForFunction('state.time === 10 && state.playing === false');
  });

  it('zooms and scrolls all waves as one', async () => {
    const viewer = await open(
      wav('old.wav', { seconds: 4 }),
      wav('new.wav', { seconds: 2, sampleAt: (i) => (i < 44100 ? 0 : 0.5) }),
    );
    const waves = `[...document.querySelectorAll('section > div')].map((one) => one.shadowRoot.querySelector('.scroll'))`;
    const fit = Number((await viewer.state()).scale);
    for (let i = 0; i < 4; i += 1) await viewer.page.keyboard.press('+');
    assert.ok(Math.abs(Number((await viewer.state()).scale) / fit - 16) < 0.1);
    await viewer.page.evaluate(`${waves}[1].scrollLeft = 3000`);
    await viewer.page.waitForFunction(`${waves}.every((one) => one.scrollLeft === 3000)`);
    const widths = await viewer.page.evaluate<number[]>(`${waves}.map((one) => one.scrollWidth)`);
    assert.equal(new Set(widths).size, 1);
    await viewer.page.keyboard.press('0');
    assert.equal((await viewer.state()).scale, fit);
  });

  it('decodes 24 bits, floats and other rates exactly', async () => {
    const sampleAt = (i: number, channel: number): number => ((i * 37 + channel * 11) % 1000) / 1000 - 0.5;
    for (const rate of [8000, 22050, 96000]) {
      const shape = { rate, channels: 2, sampleAt, seconds: 0.5 };
      const exact = (i: number, c: number): number => Math.round(sampleAt(i, c) * 8388607) / 8388608;
      const viewer = await open(
        wav('old.wav', { ...shape, coding: 'pcm24' }),
        wav('new.wav', { ...shape, coding: 'float', sampleAt: exact }),
      );
      const { differing, total } = await viewer.state();
      assert.deepEqual({ differing, total }, { differing: 0, total: rate });
    }
  });

  for (const [name, sampleRate, seconds] of [
    ['tone.ogg', 22050, 0.5],
    ['tone.opus', 48000, 0.5],
    ['tone.flac', 8000, 0.5],
    ['constant.mp3', 22050, 0.57],
    ['variable.mp3', 44100, 0.5],
  ] as const)
    it(`decodes ${name}`, async () => {
      const bytes = readFileSync(new URL(`../fixtures/media/${name}`, import.meta.url));
      const viewer = await open([file(name, bytes, { duration: seconds, sampleRate, channels: 1 }), bytes]);
      assert.equal(await viewer.page.locator('section').count(), 1);
      assert.ok(Math.abs(Number((await viewer.state()).duration) - seconds) < 0.1);
    });

  it('says why there is no difference', async () => {
    const viewer = await open(wav('old.wav', { rate: 8000 }), wav('new.wav', { rate: 16000 }));
    assert.equal(await viewer.status(), 'The sample rates differ: no difference is shown');
    assert.equal(await viewer.page.locator('section').count(), 2);
    const other = await open(wav('old.wav', { channels: 2 }), wav('new.wav', {}));
    assert.equal(await other.status(), 'The numbers of channels differ: no difference is shown');
  });

  it('shows the side that can be decoded, and says why not the other', async () => {
    const broken = Buffer.from('RIFF....WAVE, and nothing else');
    const viewer = await open(
      [file('old.wav', broken, { codec: 'ADPCM' }), broken],
      wav('new.wav', { seconds: 1 }),
    );
    assert.match(await viewer.status(), /^old\.wav: The sound cannot be decoded; its codec is ADPCM: /);
    assert.equal(await viewer.page.locator('section').count(), 1);
  });

  it('shows facts and bytes where nothing can be decoded', async () => {
    const broken = Buffer.from('RIFF....WAVE, and nothing else');
    const viewer = await open([file('a.wav', broken, undefined), broken]);
    assert.match(await viewer.status(), /^a\.wav: The sound cannot be decoded: /);
    await viewer.page.getByRole('grid', { name: 'Bytes of a.wav' }).waitFor();
    assert.equal(await viewer.page.locator('.facts dd').textContent(), 'PCM');
  });

  it('plays without a waveform what is too long for one', async () => {
    const [shown, bytes] = wav('long.wav', { seconds: 1 });
    const viewer = await open([
      { ...shown, media: { duration: 3600, sampleRate: 48000, channels: 2 } },
      bytes,
    ]);
    assert.equal(
      await viewer.status(),
      'long.wav: It is too long for a waveform: at its rate, 11 minutes are shown',
    );
    await viewer.page.waitForFunction("document.querySelector('audio').duration === 1");
  });

  it('leaves nothing behind', async () => {
    const viewer = await open(wav('a.wav', {}), wav('b.wav', {}));
    await viewer.page.keyboard.press('Space');
    await viewer.dispose();
    const left = await viewer.page.evaluate(
      "[document.getElementById('body').childElementCount, document.adoptedStyleSheets.length]",
    );
    assert.deepEqual(left, [0, 0]);
  });
});
