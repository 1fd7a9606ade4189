/// <reference lib="dom" />
/**
 * @file A small network in a real browser: with onnxruntime-web, with TensorFlow.js on WebAssembly and WebGL, and as exported
 * files that TF.js loads without any code of ours. All agree with Node. `browser.reference.test.ts` goes on.
 */
import type { Page } from 'playwright-core';
import { plainOutputs } from './browser/plain-tfjs.js';
import type { PageApi } from './browser/page.js';
import { isOffered, smallNetworkPages, type SmallNetworkPages } from './browser/small-network.js';

let pages: SmallNetworkPages;
let page: Page;
beforeAll(async () => {
  pages = await smallNetworkPages();
  page = await pages.open('/ours.html');
});
afterAll(() => pages?.[Symbol.asyncDispose]());

/** What the page has on its global object. */
declare const slowfast: PageApi;

test('may share memory between threads, and has a GPU interface', async () => {
  const offers = await page.evaluate(() => slowfast.offers());
  expect(offers.sharedMemory).toBe(true);
  expect([offers.webgl, offers.webgpu !== undefined]).toContain(true);
});

test('onnxruntime-web', async () => {
  const { device, outputs } = await page.evaluate(() => slowfast.onnx());
  expect(device).toMatch(/^onnxruntime-web \(wasm, \d+ threads?\)$/);
  expect(pages.disagreement(outputs)).toEqual({});
});

test.each(['wasm', 'webgl'] as const)('TensorFlow.js on %s', async (backend) => {
  const running = page.evaluate((name) => slowfast.tfjs(name), backend);
  if (!(await isOffered(page, backend))) {
    await expect(running).rejects.toThrow(`small: expected the backend ${backend}`);
    return;
  }
  const { device, outputs } = await running;
  expect(device).toBe(`tfjs (${backend})`);
  expect(pages.disagreement(outputs)).toEqual({});
});

test('TF.js alone loads the graph model on wasm', async () => {
  const outputs = await plainOutputs(await pages.open('/plain.html'), 'graph', 'wasm');
  expect(pages.disagreement(outputs)).toEqual({});
});
