/**
 * @file A small network in a real browser: with onnxruntime-web, with TensorFlow.js on WebAssembly, WebGL
 * and WebGPU, and as exported files that TF.js loads without any code of ours. All agree with Node.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requiredTensors, writeSafetensors, type ByteSink, type WeightStore } from '@slowfast/core';
import { compareWithGolden, formulaStore } from '@slowfast/core/testing';
import { onnxBytes, onnxRuntime } from '@slowfast/runtime-onnx';
import {
  channelsFirst,
  channelsLast,
  exportGraphModel,
  exportLayersModel,
} from '@slowfast/runtime-tfjs';
import type { Browser, Page } from 'playwright-core';
import { html, openBrowser, serve } from './browser/chromium.js';
import { pageBundle } from './browser/page-bundle.js';
import {
  plainTensors,
  smallClips,
  smallModel,
  type PageApi,
  type PageRun,
  type PlainTensor,
} from './browser/page.js';

/** Of float32 on any device, relative to the largest value and to 1. */
const TOLERANCE = 1e-3;

const here = dirname(fileURLToPath(import.meta.url));
const { resolve } = createRequire(import.meta.url);
const scratch = mkdtempSync(join(tmpdir(), 'slowfast-browser-'));

let server: Server;
let browser: Browser;
let origin: string;
let expected: PageRun['outputs'];

beforeAll(async () => {
  const model = smallModel();
  const weights = formulaStore(
    [...requiredTensors(model.graph)].map(([name, { shape }]) => [name, shape]),
  );
  await using compiled = await onnxRuntime({ backend: 'node' }).compile(model, weights);
  expected = plainTensors(await compiled.run(smallClips()));
  server = await serve(new Map([...(await modelFiles(weights)), ...(await pageFiles())]));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await openBrowser(scratch);
});

afterAll(async () => {
  await browser?.close();
  server?.close();
  server?.closeAllConnections();
  rmSync(scratch, { recursive: true, force: true });
});

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
      page: join(here, 'browser/page.ts'),
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

async function openPage(path: string): Promise<Page> {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(`${origin}${path}`, { waitUntil: 'load' });
  expect(problems).toEqual([]);
  return page;
}

function expectAgreement(outputs: PageRun['outputs']): void {
  expect(Object.keys(outputs).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, { shape, data }] of Object.entries(expected)) {
    const actual = outputs[name]!;
    const tensor = { shape: actual.shape, data: Float32Array.from(actual.data) };
    const agreement = compareWithGolden(tensor, { shape, value: data }, TOLERANCE);
    expect({ name, ...agreement }).toMatchObject({ ok: true });
  }
}

/** What the pages have on their global object. */
declare const slowfast: PageApi;
declare const tf: PlainTf;

/** The part of TF.js that the plain page uses. */
interface PlainTf {
  setBackend(name: string): Promise<boolean>;
  readonly wasm: { setWasmPaths(path: string): void };
  loadGraphModel(url: string): Promise<{ predict(feeds: object): Record<string, TfTensor> }>;
  loadLayersModel(url: string): Promise<{
    readonly outputNames: readonly string[];
    predict(feeds: readonly TfTensor[]): readonly TfTensor[];
  }>;
  tensor(data: Float32Array, shape: readonly number[]): TfTensor;
}
interface TfTensor {
  readonly shape: readonly number[];
  data(): Promise<Float32Array>;
}

describe('our packages in a page', () => {
  let page: Page;
  beforeAll(async () => {
    page = await openPage('/ours.html');
  });

  test('may share memory between threads, and has a GPU interface', async () => {
    const offers = await page.evaluate(() => slowfast.offers());
    expect(offers.sharedMemory).toBe(true);
    expect([offers.webgl, offers.webgpu !== undefined]).toContain(true);
  });

  test('onnxruntime-web', async () => {
    const { device, outputs } = await page.evaluate(() => slowfast.onnx());
    expect(device).toMatch(/^onnxruntime-web \(wasm, \d+ threads?\)$/);
    expectAgreement(outputs);
  });

  test.each(['wasm', 'webgl', 'webgpu'] as const)('TensorFlow.js on %s', async (backend) => {
    const running = page.evaluate((name) => slowfast.tfjs(name), backend);
    if (!(await isOffered(page, backend))) {
      await expect(running).rejects.toThrow(`small: expected the backend ${backend}`);
      return;
    }
    const { device, outputs } = await running;
    expect(device).toBe(`tfjs (${backend})`);
    expectAgreement(outputs);
  });
});

describe('TF.js alone in a page', () => {
  let page: Page;
  let ours: Page;
  beforeAll(async () => {
    page = await openPage('/plain.html');
    ours = await openPage('/ours.html');
  });

  test.each([
    ['graph', 'wasm'],
    ['graph', 'webgl'],
    // Conv3D is slow on WebAssembly and on a processor's WebGPU.
    ['layers', 'webgl'],
  ] as const)('loads the %s model on %s', async (kind, backend) => {
    if (!(await isOffered(ours, backend))) return;
    const { slow, fast } = smallClips();
    const shapes = { slow: channelsLast(slow).shape, fast: channelsLast(fast).shape };
    const outputs = await page.evaluate(runPlain, { kind, backend, shapes });
    expectAgreement(inGraphOrder(outputs));
  });
});

async function isOffered(page: Page, backend: string): Promise<boolean> {
  const { webgl, webgpu } = await page.evaluate(() => slowfast.offers());
  return backend === 'webgl' ? webgl : backend !== 'webgpu' || webgpu !== undefined;
}

/** Runs in the page, so all it uses is in it: loads a model and its clips, gives its outputs. */
async function runPlain(options: {
  readonly kind: 'graph' | 'layers';
  readonly backend: string;
  readonly shapes: Readonly<Record<'slow' | 'fast', readonly number[]>>;
}): Promise<PageRun['outputs']> {
  const { kind, backend, shapes } = options;
  tf.wasm.setWasmPaths('/');
  if (!(await tf.setBackend(backend))) throw new Error(`TF.js did not start ${backend}`);
  const clip = async (input: 'slow' | 'fast'): Promise<TfTensor> => {
    const response = await fetch(`/${input}.bin`);
    return tf.tensor(new Float32Array(await response.arrayBuffer()), shapes[input]);
  };
  const feeds = { slow: await clip('slow'), fast: await clip('fast') };
  const results: [string, TfTensor][] = [];
  if (kind === 'graph') {
    const model = await tf.loadGraphModel('/graph/model.json');
    results.push(...Object.entries(model.predict(feeds)));
  } else {
    const model = await tf.loadLayersModel('/layers/model.json');
    const tensors = model.predict([feeds.slow, feeds.fast]);
    results.push(
      ...tensors.map((tensor, i) => [model.outputNames[i]!, tensor] as [string, TfTensor]),
    );
  }
  const plain: [string, PlainTensor][] = [];
  for (const [name, tensor] of results) {
    plain.push([name, { shape: tensor.shape, data: Array.from(await tensor.data()) }]);
  }
  return Object.fromEntries(plain);
}

/** Outputs of exported files, which have channels last, as the graph has them. */
function inGraphOrder(outputs: PageRun['outputs']): PageRun['outputs'] {
  const tensors = Object.entries(outputs).map(([name, { shape, data }]) => {
    const tensor = { dtype: 'float32', shape, data: Float32Array.from(data) } as const;
    return [name, channelsFirst(tensor)] as const;
  });
  return plainTensors(Object.fromEntries(tensors));
}
