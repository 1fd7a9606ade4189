/**
 * @file The small model in Chromium on WebGPU, whose adapter is a program on the processor (SwiftShader): its scores are
 * those of WebAssembly.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_WEIGHTS } from '@slowfast/models';
import type { Browser, Page } from 'playwright-core';
import { html, openBrowser, serve } from './browser/chromium.js';
import { pageBundle } from './browser/page-bundle.js';
import type { ScoresOn } from './browser/provider-page.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { resolve } = createRequire(import.meta.url);
const scratch = mkdtempSync(join(tmpdir(), 'slowfast-webgpu-'));

/** What the page has on its global object. */
declare const scoresOn: ScoresOn;

let browser: Browser;
let server: Server;
let page: Page;

beforeAll(async () => {
  const dist = dirname(resolve('onnxruntime-web'));
  const binaries = ['ort-wasm-simd-threaded.wasm', 'ort-wasm-simd-threaded.asyncify.wasm'];
  server = await serve(
    new Map([
      ...(await pageBundle({ page: at('browser/provider-page.ts') })),
      ...binaries.map((name) => [`/${name}`, readFileSync(join(dist, name))] as const),
      ['/page.html', html('<script type="module" src="/page.js"></script>')],
      ['/weights.safetensors', readFileSync(DEFAULT_WEIGHTS)],
    ]),
  );
  browser = await openBrowser(scratch);
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/page.html`);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
  server?.closeAllConnections();
  rmSync(scratch, { recursive: true, force: true });
});

test('WebGPU gives the scores of WebAssembly', async () => {
  const wasm = await page.evaluate(() => scoresOn('wasm'));
  const webgpu = await page.evaluate(() => scoresOn('webgpu'));
  expect(wasm.device).toMatch(/^onnxruntime-web \(wasm/);
  expect(webgpu.device).toMatch(/^onnxruntime-web \(webgpu/);
  expect(webgpu.scores).toHaveLength(6);
  webgpu.scores.forEach((score, i) => expect(Math.abs(score - wasm.scores[i]!)).toBeLessThan(1e-4));
}, 60_000);
