/// <reference lib="dom" />
/**
 * @file The studio in a real browser, as `slowfast studio` serves it: every tab on real files, a broken file, a camera, the
 * machine's own model, without a network, in Korean, on a phone; accessibility; memory.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadModel } from '@slowfast/checkpoints';
import { scoreViews } from '@slowfast/evaluation';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import type { StudioServer } from '@slowfast/studio';
import { openVideo, slidingWindows, views } from '@slowfast/video';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { builtStudio } from './browser/built-studio.js';
import { openBrowser } from './browser/chromium.js';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'slowfast-studio-'));
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const sample = at('apps/studio/public/samples/handshake.webm');
const TABS = ['compose', 'try', 'compare', 'train'] as const;

let server: StudioServer;
let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  const model = join(scratch, 'mine.onnx');
  execFileSync(process.execPath, [at('packages/slowfast/bin/slowfast.js'), 'export', '-o', model], {
    stdio: 'pipe',
  });
  server = await builtStudio(scratch, [{ name: 'mine.onnx', path: model }]);
  browser = await openBrowser(scratch, [
    '--disable-features=WebGPU',
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
  ]);
});
afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
  rmSync(scratch, { recursive: true, force: true });
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});

/** The studio in a browser of its own, with what it wrote, asked for, and could not do. */
async function open(
  hash: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; requests: readonly string[]; problems: readonly string[] }> {
  const context = await browser.newContext(options);
  contexts.push(context);
  const page = await context.newPage();
  const requests: string[] = [];
  const problems: string[] = [];
  context.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(`${server.url}${hash}`);
  return { page, requests, problems };
}

const status = (page: Page, tab: string) => page.locator(`#panel-${tab} [data-status]`);

async function drop(page: Page, tab: string, file: string): Promise<void> {
  await page.setInputFiles(`#panel-${tab} input[accept]`, file);
}

/** Goes over the sample in the Try tab, to its end. */
async function trySample(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sample: a handshake' }).click();
  await page.locator('#panel-try table').waitFor({ timeout: 60_000 });
}

describe('Compose', () => {
  test('draws and counts; an error is where it belongs; the link holds it all; ONNX is written', async () => {
    const { page, problems } = await open('');
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
    const other = await open(new URL(page.url()).hash);
    await other.page.locator('.drawing text', { hasText: '32 × 16 × 56²' }).waitFor();
    await page.getByLabel('Begin with').selectOption('Small: 18 layers, 112²');
    await page.locator('.drawing text', { hasText: 'small' }).first().waitFor();
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export ONNX' }).click();
    const file = join(scratch, 'exported.onnx');
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
    const { page } = await open(
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
    const { page, requests, problems } = await open('#try');
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
    const file = join(scratch, 'segments.json');
    await (await downloading).saveAs(file);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([
      { label: 'handshake', start: 0, end: expect.closeTo(4.5, 0), score: expect.closeTo(0.88, 1) },
    ]);
    writeFileSync(join(scratch, 'broken.mp4'), 'no video at all');
    await drop(page, 'try', join(scratch, 'broken.mp4'));
    await status(page, 'try').filter({ hasText: 'MediaError' }).waitFor();
    expect(await status(page, 'try').textContent()).toMatch(
      /^MediaError: broken\.mp4: expected a video in a container/,
    );
    // The sample again: an error leaves nothing behind.
    await trySample(page);
    expect(
      requests.filter((url) => !url.startsWith(server.url) && !/^(blob|data):/.test(url)),
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

  test('the camera is watched until it is stopped', async () => {
    const { page, problems } = await open('#try');
    await page.getByRole('button', { name: 'Camera' }).click();
    await status(page, 'try').filter({ hasText: 'Watching' }).waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Stop' }).click();
    await status(page, 'try').filter({ hasText: 'Stopped.' }).waitFor();
    expect(problems).toEqual([]);
  });

  test('without a network it goes on, from the first visit on', async () => {
    const { page } = await open('#try');
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await page.context().setOffline(true);
    await page.reload();
    await trySample(page);
  });

  test('memory stays the same, video after video', async () => {
    const { page } = await open('#try');
    const session = await browser.newBrowserCDPSession();
    const collecting = await page.context().newCDPSession(page);
    /** What the pages' processes hold, workers included. */
    const bytes = async (): Promise<number> => {
      await collecting.send('HeapProfiler.collectGarbage');
      const { processInfo } = await session.send('SystemInfo.getProcessInfo');
      return processInfo
        .filter(({ type }) => type === 'renderer')
        .map(({ id }) => readFileSync(`/proc/${id}/statm`, 'utf8').split(' ')[1])
        .reduce((sum, pages) => sum + 4096 * Number(pages), 0);
    };
    const go = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) {
        await drop(page, 'try', sample);
        await page.locator('#panel-try table').waitFor({ state: 'detached' });
        await page.locator('#panel-try table').waitFor({ timeout: 60_000 });
      }
    };
    await go(2);
    const before = await bytes();
    await go(3);
    const after = await bytes();
    console.log(`page and workers: ${before >> 20} MiB after 2 videos, ${after >> 20} MiB after 5`);
    // One clip is 3 MiB, and a video has six; what waits for the collector comes and goes.
    expect(after - before).toBeLessThan(64 * 2 ** 20);
  });
});

test('Compare: the paper’s figures, and the same model thrice gives the same', async () => {
  const { page, problems } = await open('#compare');
  const row = page.locator('[data-catalog] tr', { hasText: 'slowfast-16x8-r101' }).last();
  await row.waitFor({ timeout: 60_000 });
  expect(await row.locator('td').allTextContents()).toEqual([
    ...['slowfast-16x8-r101', '213.0', '78.9', 'paper, Table 2'],
  ]);
  await page.getByRole('button', { name: 'Add a model' }).click();
  await page.getByRole('combobox', { name: 'Model 2' }).selectOption('mine.onnx');
  await drop(page, 'compare', sample);
  const lists = page.locator('#panel-compare .scores');
  await lists.nth(2).waitFor({ timeout: 60_000 });
  const [first, ...others] = await lists.allTextContents();
  expect(first).toMatch(/^handshake/);
  expect(others).toEqual([first, first]);
  const sides = page.locator('.amounts tr', { hasText: 'handshake' });
  expect(await sides.allTextContents()).toEqual([
    expect.stringMatching(/^handshake(8\d\.\d %)\1\1$/),
  ]);
  await page.getByRole('button', { name: 'Remove Model 3' }).click();
  expect(await sides.allTextContents()).toEqual([
    expect.stringMatching(/^handshake(8\d\.\d %)\1$/),
  ]);
  expect(problems).toEqual([]);
});

test('Train: two classes before the camera, learned and tried', async () => {
  const { page, problems } = await open('#train');
  for (const place of [0, 1]) {
    const own = page.locator(`[data-class="${place}"]`);
    const record = own.getByRole('button', { name: /^Record/ });
    await record.click();
    await own.getByText(/^([2-9]|\d\d) clips$/).waitFor({ timeout: 60_000 });
    await record.click();
  }
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  expect(await status(page, 'train').textContent()).toMatch(/^Trained in \d+ ms: \d+ % of its own/);
  await page.getByRole('button', { name: 'Try on the camera' }).click();
  await page.locator('#panel-train .scores li').nth(1).waitFor({ timeout: 60_000 });
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the head' }).click();
  const file = join(scratch, 'head.json');
  await (await downloading).saveAs(file);
  const head = JSON.parse(readFileSync(file, 'utf8')) as Record<string, readonly unknown[]>;
  expect(head['labels']).toEqual(['yes', 'no']);
  expect(head['weights']).toHaveLength(2 * head['mean']!.length);
  expect(problems).toEqual([]);
});

test.each([
  ['light', 'en-US', { width: 1280, height: 900 }],
  ['dark', 'ko-KR', { width: 390, height: 844 }],
] as const)(
  '%s, %s: accessible, by keyboard, nothing wider than the screen',
  async (colorScheme, locale, viewport) => {
    const { page } = await open('', { colorScheme, locale, viewport });
    await page.addScriptTag({ path: axe }).catch(() => undefined);
    await page.evaluate(readFileSync(axe, 'utf8'));
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(locale.slice(0, 2));
    await page.locator('[role=tab][aria-selected=true]').focus();
    for (const tab of TABS) {
      expect(await page.evaluate(() => document.activeElement?.id)).toBe(`tab-${tab}`);
      await page.locator(`#panel-${tab}`).waitFor();
      if (tab === 'compose') await page.locator('.sums').waitFor();
      if (tab === 'try') {
        await page.locator('#panel-try .row button').first().click();
        await page.locator('#panel-try table').waitFor({ timeout: 60_000 });
        await page.locator('#panel-try .mark input').check();
        await page.locator('.maps canvas').nth(1).waitFor({ timeout: 60_000 });
      }
      if (tab === 'compare') await page.locator('[data-catalog]').waitFor({ timeout: 60_000 });
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: {
            run(): Promise<{
              violations: readonly {
                id: string;
                nodes: readonly { html: string; failureSummary: string }[];
              }[];
            }>;
          };
        };
        const { violations } = await axe.run();
        return violations.flatMap(({ id, nodes }) =>
          nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
        );
      });
      expect(violations).toEqual([]);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wider).toBeLessThanOrEqual(0);
      await page.locator(`#tab-${tab}`).focus();
      await page.keyboard.press('ArrowRight');
    }
  },
);

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
  await using video = await openVideo(sample);
  const window = (frames - 1) * stride + 1;
  const [first] = slidingWindows(video.timeline, { window, stride: fps / 2, fps, frames });
  const seen = views(video, preprocessing, { samples: [first!], crops: 1 });
  const { scores } = await scoreViews(model, seen, { preprocessing });
  const place = scores.indexOf(Math.max(...scores));
  return { label: labels[place]!, score: scores[place]! };
}
