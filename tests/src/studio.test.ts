/// <reference lib="dom" />
/**
 * @file The studio in a real browser, as `slowfast studio` serves it: a network is composed, a real file and a broken one are
 * tried. The other tabs, the camera, no network, accessibility and memory are in `studio.reference.test.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel } from '@slowfast/checkpoints';
import { scoreViews } from '@slowfast/evaluation';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { openVideo, slidingWindows, views } from '@slowfast/video';
import {
  drop,
  openStudio,
  SAMPLE,
  status,
  trySample,
  type OpenStudio,
} from './browser/studio-pages.js';

let studio: OpenStudio;
beforeAll(async () => {
  studio = await openStudio();
});
afterAll(() => studio?.[Symbol.asyncDispose]());
afterEach(() => studio.closePages());

describe('Compose', () => {
  test('draws and counts; an error is where it belongs; the link holds it all; ONNX is written', async () => {
    const { page, problems } = await studio.open('');
    const cost = page.locator('.sums dd').first();
    await cost.waitFor();
    // Table 5a of the paper: 27.6 G at 224².
    expect(await cost.textContent()).toBe('27.64 G');
    expect(await page.locator('.drawing svg desc').textContent()).toContain(
      'fast to slow after res4',
    );
    const alpha = page.locator('[data-place="pathways.1"]').getByLabel('α, times the frames');
    await alpha.fill('2.5');
    const error = page.locator('[data-place="pathways.1"] [role=alert]');
    await error.waitFor();
    expect(await error.textContent()).toBe(
      'pathway fast: expected temporalStride to be a whole number of at least 1, received 6.4.',
    );
    await alpha.fill('4');
    await page.waitForFunction(() => !document.querySelector('[role=alert]'));
    await page.locator('.drawing text', { hasText: '32 × 16 × 56²' }).waitFor();
    expect(await page.locator('pre').textContent()).toContain('frames: 16,');
    const other = await studio.open(new URL(page.url()).hash);
    await other.page.locator('.drawing text', { hasText: '32 × 16 × 56²' }).waitFor();
    await page.getByLabel('Begin with').selectOption('Small: 18 layers, 112²');
    await page.locator('.drawing text', { hasText: 'small' }).first().waitFor();
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export ONNX' }).click();
    const file = join(studio.scratch, 'exported.onnx');
    await (await downloading).saveAs(file);
    const session = await (await import('@slowfast/runtime-onnx')).loadOnnx(file);
    expect(session.inputs).toEqual({
      slow: ['N', 3, 4, 112, 112],
      fast: ['N', 3, 32, 112, 112],
    });
    await session[Symbol.asyncDispose]();
    expect(problems).toEqual([]);
  });

  test('a link that holds no network says so, and runs nothing', async () => {
    const { page } = await studio.open(
      `#compose/${encodeURIComponent('{"network":{"name":"<img src=x>"}}')}`,
    );
    await page.locator('.sums').waitFor();
    expect(await page.locator('#panel-compose [role=status].note').textContent()).toMatch(
      /^The link holds no network: network\.size/,
    );
  });
});

describe('Try', () => {
  test('windows of a file have the scores of Node; segments are saved; a broken file says what is wrong', async () => {
    const { page, requests, problems } = await studio.open('#try');
    await trySample(page);
    const best = page.locator('#panel-try .scores li').first();
    const { label, score } = await nodeScores();
    expect(await best.locator('span').first().textContent()).toBe(label);
    const shown = parseFloat((await best.locator('.amount').textContent())!) / 100;
    // Shown to a tenth of a percent.
    expect(Math.abs(shown - score)).toBeLessThan(1e-3 + 5e-4);
    expect(await page.locator('#panel-try figcaption').allTextContents()).toEqual([
      'slow: 4 frames',
      'fast: 16 frames',
    ]);
    await page.getByLabel('Show where a class is seen').check();
    await page.locator('.maps canvas').nth(1).waitFor({ timeout: 60_000 });
    expect(await page.locator('.maps figcaption').allTextContents()).toEqual([
      'slow.res5',
      'fast.res5',
    ]);
    // The frames are brown and grey; red and blue are the maps'.
    expect(await page.evaluate(colourfulPixels, '.maps canvas')).toBeGreaterThan(1000);
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'JSON' }).click();
    const file = join(studio.scratch, 'segments.json');
    await (await downloading).saveAs(file);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([
      { label: 'handshake', start: 0, end: expect.closeTo(4.5, 0), score: expect.closeTo(0.88, 1) },
    ]);
    writeFileSync(join(studio.scratch, 'broken.mp4'), 'no video at all');
    await drop(page, 'try', join(studio.scratch, 'broken.mp4'));
    await status(page, 'try').filter({ hasText: 'MediaError' }).waitFor();
    expect(await status(page, 'try').textContent()).toMatch(
      /^MediaError: broken\.mp4: expected a video in a container/,
    );
    // The sample again: an error leaves nothing behind.
    await trySample(page);
    expect(
      requests.filter((url) => !url.startsWith(studio.url) && !/^(blob|data):/.test(url)),
    ).toEqual([]);
    const escape = await page.evaluate(() =>
      fetch('http://127.0.0.1:9/').then(
        () => 'left',
        () => 'kept',
      ),
    );
    expect(escape).toBe('kept');
    expect(problems.filter((text) => !text.includes('127.0.0.1:9'))).toEqual([]);
  });
});

/** Runs in the page: pixels of a canvas whose red is far from its blue. */
function colourfulPixels(selector: string): number {
  const canvas = document.querySelector<HTMLCanvasElement>(selector)!;
  const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (Math.abs(data[i]! - data[i + 2]!) > 80) count += 1;
  }
  return count;
}

/** The best class of the sample's first window, and its score, in Node. */
async function nodeScores(): Promise<{ readonly label: string; readonly score: number }> {
  const { entry, weights, metadata } = await loadModel();
  await using model = await onnxRuntime().compile(entry.model, weights, { metadata });
  const { preprocessing, labels = [] } = metadata;
  const { frames, stride, fps } = preprocessing.clip;
  await using video = await openVideo(SAMPLE);
  const window = (frames - 1) * stride + 1;
  const [first] = slidingWindows(video.timeline, { window, stride: fps / 2, fps, frames });
  const seen = views(video, preprocessing, { samples: [first!], crops: 1 });
  const { scores } = await scoreViews(model, seen, { preprocessing });
  const place = scores.indexOf(Math.max(...scores));
  return { label: labels[place]!, score: scores[place]! };
}
