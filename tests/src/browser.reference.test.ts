/// <reference lib="dom" />
/** @file A small network in a real browser on what a processor does slowly: WebGPU, and exported files on WebGL. */
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

test('TensorFlow.js on webgpu', async () => {
  const running = page.evaluate(() => slowfast.tfjs('webgpu'));
  if (!(await isOffered(page, 'webgpu'))) {
    await expect(running).rejects.toThrow('small: expected the backend webgpu');
    return;
  }
  const { device, outputs } = await running;
  expect(device).toBe('tfjs (webgpu)');
  expect(pages.disagreement(outputs)).toEqual({});
});

// Conv3D is slow on WebAssembly and on a processor's WebGPU.
test.each(['graph', 'layers'] as const)('TF.js alone loads the %s model on webgl', async (kind) => {
  if (!(await isOffered(page, 'webgl'))) return;
  const outputs = await plainOutputs(await pages.open('/plain.html'), kind, 'webgl');
  expect(pages.disagreement(outputs)).toEqual({});
});
