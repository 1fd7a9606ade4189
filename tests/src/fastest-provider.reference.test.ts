/**
 * @file `providers: 'fastest'` in Chromium: measured at the first use, remembered after, forgotten when asked. Its adapter is a
 * program on the processor, which is never measured; for the others the page says that it is none.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { html, openBrowser, serve } from './browser/chromium.js';
import type { FastestPage } from './browser/fastest-page.js';
import { pageBundle } from './browser/page-bundle.js';

const { resolve } = createRequire(import.meta.url);
const scratch = mkdtempSync(join(tmpdir(), 'slowfast-fastest-'));

/** What the page has on its global object. */
declare const fastest: FastestPage;

let browser: Browser;
let server: Server;
let contexts: BrowserContext[] = [];

beforeAll(async () => {
  const dist = dirname(resolve('onnxruntime-web'));
  const binaries = ['ort-wasm-simd-threaded.wasm', 'ort-wasm-simd-threaded.asyncify.wasm'];
  const entry = fileURLToPath(new URL('browser/fastest-page.ts', import.meta.url));
  server = await serve(
    new Map([
      ...(await pageBundle({ page: entry })),
      ...binaries.map((name) => [`/${name}`, readFileSync(join(dist, name))] as const),
      ['/page.html', html('<script type="module" src="/page.js"></script>')],
    ]),
  );
  browser = await openBrowser(scratch);
}, 60_000);

afterEach(async () => {
  for (const context of contexts) await context.close();
  contexts = [];
});

afterAll(async () => {
  await browser?.close();
  server?.close();
  server?.closeAllConnections();
  rmSync(scratch, { recursive: true, force: true });
});

/** A page with a storage of its own, and what it fetched. */
async function open(script?: string): Promise<{ page: Page; fetched: string[] }> {
  const context = await browser.newContext();
  contexts.push(context);
  const page = await context.newPage();
  if (script) await page.addInitScript(script);
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/page.html`);
  return { page, fetched };
}

const PROCESSOR =
  'Object.defineProperty(GPUAdapterInfo.prototype, "isFallbackAdapter", { get: () => false });';
const NONE = 'Object.defineProperty(navigator, "gpu", { value: undefined });';

test.each([
  ['there is no WebGPU', NONE, 'wasm: this browser offers no WebGPU'],
  ['it is a program', undefined, 'wasm: WebGPU is a program on the processor here'],
])('WebAssembly at once where %s', async (_, script, reason) => {
  const { page, fetched } = await open(script);
  expect(await page.evaluate(() => fastest.open(8))).toMatchObject({ provider: 'wasm', reason });
  expect(fetched).not.toContain('/ort-wasm-simd-threaded.asyncify.wasm');
});

test('half is float16 weights where the adapter has no float16 arithmetic', async () => {
  const { page } = await open();
  expect(
    await page.evaluate(async () =>
      (await navigator.gpu.requestAdapter())!.features.has('shader-f16'),
    ),
  ).toBe(false);
  const float = await page.evaluate(() => fastest.open(8, ['webgpu']));
  const half = await page.evaluate(() => fastest.open(8, ['webgpu'], 'half'));
  expect(half.provider).toBe('webgpu');
  expect(half.score).not.toBe(float.score);
  expect(Math.abs(half.score - float.score)).toBeLessThan(1e-3);
});

test('measured once, then remembered by model, until it is forgotten', async () => {
  const { page, fetched } = await open(PROCESSOR);
  const first = await page.evaluate(() => fastest.open(8));
  expect(first.reason).toMatch(/^(?:webgpu|wasm): [\d.]+ ms a run, [\d.]+ on (?:wasm|WebGPU)$/);
  expect(first.device).toContain(first.provider);
  const other: 'webgpu' | 'wasm' = first.provider === 'wasm' ? 'webgpu' : 'wasm';
  const forced = await page.evaluate((name: 'webgpu' | 'wasm') => fastest.open(8, [name]), other);
  expect(forced).toMatchObject({ provider: other, reason: undefined });
  expect(Math.abs(forced.score - first.score)).toBeLessThan(1e-3);

  await page.reload();
  fetched.length = 0;
  const again = await page.evaluate(() => fastest.open(8));
  expect(again).toMatchObject({ provider: first.provider, reason: first.reason });
  const isGpu = first.provider === 'webgpu';
  expect(fetched.includes('/ort-wasm-simd-threaded.asyncify.wasm')).toBe(isGpu);
  expect(fetched.includes('/ort-wasm-simd-threaded.wasm')).toBe(!isGpu);

  // Of another model nothing is known.
  const count = () =>
    page.evaluate(async () => (await (await caches.open('slowfast-providers')).keys()).length);
  expect(await count()).toBe(1);
  await page.evaluate(() => fastest.open(16));
  expect(await count()).toBe(2);
  await page.evaluate(() => fastest.forget());
  expect(await count()).toBe(0);
}, 60_000);
