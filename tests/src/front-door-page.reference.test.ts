/**
 * @file The front door in a real browser: `videoClassifier` from a bundle, in a page and in a web worker, gives Node's
 * scores of a real file, on WebAssembly, with and without shared memory; `liveClassifier` watches a camera in a worker.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_WEIGHTS } from '@slowfast/models';
import type { Browser, Page } from 'playwright-core';
import { videoClassifier } from 'slowfast';
import { html, openBrowser, serve } from './browser/chromium.js';
import { pageBundle } from './browser/page-bundle.js';
import type { FrontDoorPage } from './browser/front-door-page.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { resolve } = createRequire(import.meta.url);
const { path: ffmpeg } = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as {
  readonly path: string;
};
const scratch = mkdtempSync(join(tmpdir(), 'slowfast-front-door-'));
const video = join(scratch, 'handshake.mp4');

/** What the page has on its global object. */
declare const door: FrontDoorPage;

let browser: Browser;
let files: Map<string, Uint8Array>;
let expected: readonly { readonly label?: string; readonly score: number }[];
const servers: Server[] = [];

beforeAll(async () => {
  const source = at('../../examples/media/ut-interaction/handshake_s09_c52.avi');
  // MPEG-4 in AVI, which browsers do not play.
  execFileSync(ffmpeg, ['-v', 'error', '-i', source, '-c:v', 'libx264', '-an', video]);
  await using classify = await videoClassifier({ lowering: 'none' });
  expected = [...(await classify(video, { views: '2x1', top: 6 }))];
  const bundle = await pageBundle({
    'front-door-page': at('browser/front-door-page.ts'),
    'front-door.worker': at('browser/front-door.worker.ts'),
  });
  const wasm = 'ort-wasm-simd-threaded.wasm';
  files = new Map([
    ...bundle,
    ['/page.html', html('<script type="module" src="/front-door-page.js"></script>')],
    ['/weights.safetensors', readFileSync(DEFAULT_WEIGHTS)],
    ['/handshake.mp4', readFileSync(video)],
    ['/broken.mp4', new TextEncoder().encode('no video at all')],
    [
      '/unknown.mp4',
      Buffer.from(readFileSync(video, 'latin1').replaceAll('avc1', 'xxxx'), 'latin1'),
    ],
    [`/${wasm}`, readFileSync(join(dirname(resolve('onnxruntime-web')), wasm))],
  ]);
  browser = await openBrowser(scratch, [
    '--disable-features=WebGPU',
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
  ]);
});

afterAll(async () => {
  await browser?.close();
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(scratch, { recursive: true, force: true });
});

async function open(isIsolated: boolean): Promise<{ page: Page; warnings: readonly string[] }> {
  const server = await serve(files, { isIsolated });
  servers.push(server);
  const page = await browser.newPage();
  const warnings: string[] = [];
  page.on('console', (message) => warnings.push(message.text()));
  page.on('pageerror', (error) => warnings.push(error.message));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/page.html`);
  return { page, warnings };
}

test.each([
  ['page', false],
  ['worker', false],
  ['worker', true],
] as const)('videoClassifier in a %s, shared memory: %s', async (where, isIsolated) => {
  const { page, warnings } = await open(isIsolated);
  const answer = await page.evaluate((place) => door.ask(place, '/handshake.mp4', '2x1'), where);
  expect(answer).toMatchObject({ notes: [], isIsolated });
  expect(answer.error).toBeUndefined();
  expect(answer.device).toContain('wasm');
  expect(answer.predictions.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
  answer.predictions.forEach(({ score }, i) =>
    expect(Math.abs(score - expected[i]!.score)).toBeLessThan(1e-3),
  );
  expect(warnings).toEqual([]);
  await page.close();
});

test('a broken file is refused as in Node, and the camera is watched from a worker', async () => {
  const { page, warnings } = await open(false);
  const { error } = await page.evaluate(() => door.ask('worker', '/broken.mp4', '1x1'));
  expect(error).toMatch(/^MediaError: broken\.mp4: expected a video in a container such as MP4/);
  const unknown = await page.evaluate(() => door.ask('page', '/unknown.mp4', '1x1'));
  expect(unknown.error).toMatch(/^MediaError: unknown\.mp4: expected/);
  // Of these Mediabunny has lines of its own.
  expect(warnings).toEqual([]);
  const seen = await page.evaluate(() => door.camera(2));
  expect(seen.error).toBeUndefined();
  expect(seen.predictions).toHaveLength(2);
  for (const { score } of seen.predictions) expect(score).toBeGreaterThan(1 / 6);
  await page.close();
});

test('weights by name: fetched with progress, then from Cache Storage, without a network', async () => {
  const { page } = await open(false);
  const requests: string[] = [];
  await page.context().route('https://huggingface.co/**', (route) => {
    requests.push(new URL(route.request().url()).pathname);
    return route.fulfill({
      headers: {
        'access-control-allow-origin': '*',
        'content-length': `${files.get('/weights.safetensors')!.length}`,
      },
      body: Buffer.from(files.get('/weights.safetensors')!),
    });
  });
  const weights = { weights: 'hf:someone/slowfast/weights.safetensors' };
  const ask = (where: 'page' | 'worker', how: { weights: string; offline?: boolean }) =>
    page.evaluate(([place, asked]) => door.ask(place, '/handshake.mp4', '2x1', asked), [
      where,
      how,
    ] as const);
  const none = await ask('page', { ...weights, offline: true });
  expect(none.error).toBe(
    'SpecError: hf:someone/slowfast/weights.safetensors: expected weights in the cache, since this is offline, ' +
      'received none.',
  );
  const first = await ask('page', weights);
  expect(first.error).toBeUndefined();
  expect(first.predictions.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
  const size = files.get('/weights.safetensors')!.length;
  expect(first.downloads!.length).toBeGreaterThan(0);
  expect(first.downloads!.at(-1)).toEqual([size, size]);
  await page.context().unroute('https://huggingface.co/**');
  await page.context().route('https://huggingface.co/**', (route) => route.abort());
  for (const where of ['page', 'worker'] as const) {
    const again = await ask(where, where === 'page' ? weights : { ...weights, offline: true });
    expect(again).toMatchObject({ downloads: [], predictions: first.predictions });
  }
  expect(requests).toEqual(['/someone/slowfast/resolve/main/weights.safetensors']);
  await page.close();
});

test.each<[string, object, string]>([
  [
    'not found',
    { status: 404, body: 'no' },
    'received status 404 (https://download.openmmlab.com/',
  ],
  ['a page of HTML', { body: '<!doctype html><title>Sign in</title>' }, 'received a web page'],
  ['another file', { body: Buffer.alloc(1000, 1) }, 'received the SHA-256 '],
  [
    'a Git LFS pointer',
    { body: 'version https://git-lfs.github.com/spec/v1\n' },
    'received a Git LFS pointer',
  ],
])('weights by name that are %s are refused, and not kept', async (_, response, message) => {
  const { page } = await open(false);
  const headers = { 'access-control-allow-origin': '*' };
  await page
    .context()
    .route('https://download.openmmlab.com/**', (route) => route.fulfill({ headers, ...response }));
  const weights = 'mmaction2/slowfast-r50-8xb8-4x16x1-256e-kinetics400-rgb';
  const { error } = await page.evaluate(
    (name) => door.ask('page', '/handshake.mp4', '1x1', { weights: name }),
    weights,
  );
  expect(error).toContain(`WeightError: ${weights}: expected `);
  expect(error).toContain(message);
  const kept = await page.evaluate(async () =>
    (await (await caches.open('slowfast-weights')).keys()).map(({ url }) => url),
  );
  expect(kept).toEqual([]);
  await page.context().unroute('https://download.openmmlab.com/**');
  await page.close();
});
