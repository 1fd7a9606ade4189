/**
 * @file The studio and models in Chromium: bytes and seconds of a first use on the loopback interface, the longest time that
 * the page's thread is busy while a model runs, and opening and a view by lowering, on WebAssembly
 * with one thread and with two, and on WebGPU (a program on the processor: only differences and ratios say something).
 *
 * npm run build && npm run typecheck && npm run build:studio && node benchmarks/browser.mjs [--json] [--runs 5]
 *   [--only 'default wasm' | 'slowfast-4x16-r50 wasm' | 'default webgpu']
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_WEIGHTS } from '@slowfast/models';
import { studioServer } from '@slowfast/studio';
import { build } from 'esbuild';
import { html, openBrowser, serve } from '../tests/dist/browser/chromium.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string' },
  },
});
const scratch = await mkdtemp(join(tmpdir(), 'slowfast-browser-'));
const browser = await openBrowser(scratch);
const results = {};

/** Bytes and seconds until the drawing is there, and until the sample was gone over; the thread's longest task meanwhile. */
async function firstUse() {
  const server = await studioServer({ port: 0 });
  const page = await browser.newPage();
  let bytes = 0;
  page.on('response', async (response) => {
    bytes += Number(response.headers()['content-length'] ?? 0);
  });
  const began = performance.now();
  await page.goto(server.url);
  await page.locator('.sums').waitFor();
  const drawing = performance.now() - began;
  const drawingBytes = bytes;
  await page.evaluate(() => {
    globalThis.longest = 0;
    new globalThis.PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        globalThis.longest = Math.max(globalThis.longest, duration);
      }
    }).observe({ entryTypes: ['longtask'] });
  });
  const tried = performance.now();
  await page.locator('#tab-try').click();
  await page.locator('#panel-try .row select').selectOption('handshake');
  await page.locator('#panel-try table').waitFor({ timeout: 300_000 });
  results.studio = {
    drawing: { seconds: round(drawing / 1000), megabytes: round(drawingBytes / 1e6) },
    sample: { seconds: round((performance.now() - tried) / 1000), megabytes: round(bytes / 1e6) },
    longestTaskMilliseconds: Math.round(await page.evaluate(() => globalThis.longest)),
  };
  await page.close();
  await server[Symbol.asyncDispose]();
}

const round = (value) => Math.round(value * 100) / 100;

/** Lowerings side by side: opened one after the other, then run in turns, so that what else goes on weighs on both. */
const PAGE = `
import { blobSource, initialWeights } from '@slowfast/core';
import { loadModel } from '@slowfast/checkpoints';
import { catalogModel } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';
const networkOf = async (name) => {
  if (name === 'default') {
    const file = await (await fetch('/weights.safetensors')).blob();
    const { entry, weights } = await loadModel({ weights: blobSource(file, 'weights.safetensors') });
    return { model: entry.model, weights };
  }
  const { model } = catalogModel(name);
  return { model, weights: initialWeights(model.graph, { seed: 0 }) };
};
const timed = async (action) => {
  const began = performance.now();
  const result = await action();
  return [performance.now() - began, result];
};
const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
globalThis.compare = async ({ name, lowerings, runs, ...options }) => {
  const { model, weights } = await networkOf(name);
  const feeds = Object.fromEntries(
    Object.entries(model.graph.inputs).map(([input, { type }]) => {
      const shape = [1, ...type.shape.slice(1)];
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i));
      return [input, { dtype: 'float32', shape, data }];
    }),
  );
  const opened = [];
  // What starts WebAssembly and its threads is not a lowering's.
  const warm = await onnxRuntime().compile(model, weights, { backend: 'web', ...options });
  await warm[Symbol.asyncDispose]();
  for (const lowering of lowerings) {
    const [opening, compiled] = await timed(() =>
      onnxRuntime().compile(model, weights, { backend: 'web', ...options, lowering }),
    );
    const [first, outputs] = await timed(() => compiled.run(feeds));
    opened.push({ lowering, opening, first, compiled, times: [], values: Object.values(outputs)[0].data });
  }
  for (let i = 0; i < runs; i++) {
    for (const { compiled, times } of opened) times.push((await timed(() => compiled.run(feeds)))[0]);
  }
  const { values } = opened[0];
  return opened.map(({ lowering, opening, first, times, compiled, values: own }) => ({
    lowering,
    device: compiled.device,
    opening,
    first,
    milliseconds: times.length ? median(times) : first,
    difference: Math.max(...own.map((value, i) => Math.abs(value - values[i]))),
  }));
};
`;

/** Openings and the medians of a view by model, lowering and threads; the first run apart. */
async function viewTimes() {
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: import.meta.dirname, sourcefile: 'page.js' },
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    outdir: '/',
    entryNames: 'page',
    write: false,
    logLevel: 'silent',
  });
  const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  const files = new Map([
    ...outputFiles.map(({ path, contents }) => [path, contents]),
    ['/page.html', html('<script type="module" src="/page.js"></script>')],
    ['/weights.safetensors', await readFile(DEFAULT_WEIGHTS)],
  ]);
  for (const name of ['ort-wasm-simd-threaded.wasm', 'ort-wasm-simd-threaded.asyncify.wasm']) {
    files.set(`/${name}`, await readFile(join(runtime, name)));
  }
  const server = await serve(files);
  results.views = [];
  const lowerings = ['none', 'auto'];
  const runs = Number(values.runs);
  const cases = [
    ...[1, 2].map((threads) => ({ name: 'default', lowerings, threads, runs })),
    ...[1, 2].map((threads) => ({ name: 'slowfast-4x16-r50', lowerings, threads, runs: 2 })),
    { name: 'default', lowerings, providers: ['webgpu'], runs: 1 },
  ].filter(
    ({ name, providers }) => !values.only || `${name} ${providers ?? 'wasm'}` === values.only,
  );
  for (const asked of cases) {
    // A page each: threads are started once.
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/page.html`);
    await page.waitForFunction(() => globalThis.compare);
    for (const view of await page.evaluate((what) => globalThis.compare(what), asked)) {
      results.views.push({ model: asked.name, ...view });
    }
    await page.close();
  }
  server.close();
  server.closeAllConnections();
}

try {
  if (!values.only) await firstUse();
  await viewTimes();
} finally {
  await browser.close();
  await rm(scratch, { recursive: true, force: true });
}
if (values.json) console.log(JSON.stringify(results));
else {
  if (results.studio) {
    const { drawing, sample, longestTaskMilliseconds } = results.studio;
    console.log(`studio: drawing after ${drawing.seconds} s, ${drawing.megabytes} MB`);
    console.log(`studio: sample after ${sample.seconds} s more, ${sample.megabytes} MB in all`);
    console.log(`studio: the page's thread busy for ${longestTaskMilliseconds} ms at most`);
  }
  for (const {
    model,
    lowering,
    device,
    opening,
    first,
    milliseconds,
    difference,
  } of results.views) {
    console.log(
      `${model}, ${device}, ${lowering}: ${Math.round(milliseconds)} ms a view, opened in ${Math.round(opening)} ms, ` +
        `first view ${Math.round(first)} ms, outputs within ${difference}`,
    );
  }
}
