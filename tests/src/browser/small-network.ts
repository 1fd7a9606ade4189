/// <reference lib="dom" />
/** @file A small network for pages of a real browser: on a server in every form that a page loads, and its outputs in Node. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requiredTensors, writeSafetensors, type ByteSink, type WeightStore } from '@slowfast/core';
import { compareWithGolden, formulaStore } from '@slowfast/core/testing';
import { onnxBytes, onnxRuntime } from '@slowfast/runtime-onnx';
import { channelsLast, exportGraphModel, exportLayersModel } from '@slowfast/runtime-tfjs';
import type { Page } from 'playwright-core';
import { html, openBrowser, serve } from './chromium.js';
import { pageBundle } from './page-bundle.js';
import { plainTensors, smallClips, smallModel, type PageApi, type PageRun } from './page.js';

/** Of float32 on any device, relative to the largest value and to 1. */
const TOLERANCE = 1e-3;

const here = dirname(fileURLToPath(import.meta.url));
const { resolve } = createRequire(import.meta.url);

/** What the page of our packages has on its global object. */
declare const slowfast: PageApi;

/** A browser, and a server of the network. */
export interface SmallNetworkPages extends AsyncDisposable {
  /** A page: `/ours.html` has our packages, `/plain.html` TF.js alone. Rejects with what the page threw as it loaded. */
  open(path: '/ours.html' | '/plain.html'): Promise<Page>;
  /** What disagrees with Node, by the name of an output: `{}` is agreement. */
  disagreement(outputs: PageRun['outputs']): Readonly<Record<string, unknown>>;
}

/** Serves the network and starts the browser. */
export async function smallNetworkPages(): Promise<SmallNetworkPages> {
  const scratch = mkdtempSync(join(tmpdir(), 'slowfast-browser-'));
  const model = smallModel();
  const weights = formulaStore(
    [...requiredTensors(model.graph)].map(([name, { shape }]) => [name, shape]),
  );
  await using compiled = await onnxRuntime({ backend: 'node' }).compile(model, weights);
  const expected = plainTensors(await compiled.run(smallClips()));
  const server = await serve(new Map([...(await modelFiles(weights)), ...(await pageFiles())]));
  const { port } = server.address() as AddressInfo;
  const browser = await openBrowser(scratch);
  return {
    open: async (path) => {
      const page = await browser.newPage();
      const problems: Error[] = [];
      page.on('pageerror', (error) => problems.push(error));
      await page.goto(`http://127.0.0.1:${port}${path}`, { waitUntil: 'load' });
      if (problems[0]) throw problems[0];
      return page;
    },
    disagreement: (outputs) => {
      const wrong: Record<string, unknown> = {};
      for (const name of new Set([...Object.keys(expected), ...Object.keys(outputs)])) {
        const [golden, actual] = [expected[name], outputs[name]];
        if (!golden || !actual) {
          wrong[name] = actual ? 'is not of the network' : 'is missing';
          continue;
        }
        const tensor = { shape: actual.shape, data: Float32Array.from(actual.data) };
        const { shape, data } = golden;
        const found = compareWithGolden(tensor, { shape, value: data }, TOLERANCE);
        if (!found.ok) wrong[name] = found;
      }
      return wrong;
    },
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      server.close();
      server.closeAllConnections();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** Whether this browser has what a backend runs on, asked of a page of our packages. */
export async function isOffered(page: Page, backend: string): Promise<boolean> {
  const { webgl, webgpu } = await page.evaluate(() => slowfast.offers());
  return backend === 'webgl' ? webgl : backend !== 'webgpu' || webgpu !== undefined;
}

/** What a user would put on a server. */
async function modelFiles(weights: WeightStore): Promise<Map<string, Uint8Array>> {
  const model = smallModel();
  const files = new Map([['/small.onnx', await onnxBytes(model, weights)]]);
  const chunks: Uint8Array[] = [];
  const sink: ByteSink = { write: async (chunk) => void chunks.push(chunk.slice()) };
  await writeSafetensors(weights, { sink });
  files.set('/small.safetensors', Buffer.concat(chunks));
  for (const [name, bytes] of await exportGraphModel(model, weights)) {
    files.set(`/graph/${name}`, bytes);
  }
  for (const [name, bytes] of await exportLayersModel(model, weights)) {
    files.set(`/layers/${name}`, bytes);
  }
  for (const [input, clip] of Object.entries(smallClips())) {
    files.set(`/${input}.bin`, new Uint8Array(channelsLast(clip).data.buffer));
  }
  return files;
}

/** Our packages bundled, TF.js as it comes from the registry, and the WebAssembly of both runtimes. */
async function pageFiles(): Promise<Map<string, Uint8Array>> {
  const files = new Map(
    await pageBundle({
      page: join(here, 'page.ts'),
      webgpu: '@tensorflow/tfjs-backend-webgpu',
    }),
  );
  const imports = { '@tensorflow/tfjs-backend-webgpu': '/webgpu.js' };
  files.set(
    '/ours.html',
    html(
      `<script type="importmap">${JSON.stringify({ imports })}</script>`,
      '<script type="module" src="/page.js"></script>',
    ),
  );
  const scripts = ['tf.min.js', 'tf-backend-wasm.min.js', 'tf-backend-webgpu.min.js'];
  files.set('/plain.html', html(...scripts.map((name) => `<script src="/${name}"></script>`)));
  for (const [pack, names] of Object.entries({
    '@tensorflow/tfjs': ['tf.min.js'],
    '@tensorflow/tfjs-backend-webgpu': ['tf-backend-webgpu.min.js'],
    '@tensorflow/tfjs-backend-wasm': [
      'tf-backend-wasm.min.js',
      'tfjs-backend-wasm.wasm',
      'tfjs-backend-wasm-simd.wasm',
      'tfjs-backend-wasm-threaded-simd.wasm',
    ],
    'onnxruntime-web': ['ort-wasm-simd-threaded.wasm', 'ort-wasm-simd-threaded.asyncify.wasm'],
  })) {
    for (const name of names) files.set(`/${name}`, readFileSync(distFile(pack, name)));
  }
  return files;
}

const distFile = (pack: string, name: string): string => {
  const main = resolve(pack);
  return join(main.slice(0, main.lastIndexOf(join(pack, '/'))), pack, 'dist', name);
};
