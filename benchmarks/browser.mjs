/**
 * @file The studio and models in Chromium: bytes and seconds of a first use on the loopback interface, the longest time that
 * the page's thread is busy while a model runs, and a view on WebAssembly with one thread and with two.
 *
 * npm run build && npm run typecheck && npm run build:studio && node benchmarks/browser.mjs [--json] [--runs 5]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { initialWeights } from '@slowfast/core';
import { catalogModel } from '@slowfast/models';
import { loadModel } from '@slowfast/checkpoints';
import { onnxBytes } from '@slowfast/runtime-onnx';
import { studioServer } from '@slowfast/studio';
import { build } from 'esbuild';
import { html, openBrowser, serve } from '../tests/dist/browser/chromium.js';

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, runs: { type: 'string', default: '5' } },
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
  await page.locator('#panel-try .row button').first().click();
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

const PAGE = `
import { loadOnnx } from '@slowfast/runtime-onnx';
globalThis.time = async (path, threads, runs) => {
  const bytes = new Uint8Array(await (await fetch(path)).arrayBuffer());
  await using model = await loadOnnx(bytes, { backend: 'web', threads });
  const feeds = Object.fromEntries(
    Object.entries(model.inputs).map(([name, shape]) => {
      const sizes = shape.map((size) => (typeof size === 'number' ? size : 1));
      const data = new Float32Array(sizes.reduce((a, b) => a * b, 1)).fill(0.1);
      return [name, { dtype: 'float32', shape: sizes, data }];
    }),
  );
  await model.run(feeds);
  const times = [];
  for (let i = 0; i < runs; i++) {
    const began = performance.now();
    await model.run(feeds);
    times.push(performance.now() - began);
  }
  return { device: model.device, milliseconds: times.sort((a, b) => a - b)[times.length >> 1] };
};
`;

/** The median of a view, the first run left out. */
async function viewTimes() {
  const small = await loadModel();
  const large = catalogModel('slowfast-4x16-r50').model;
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
  const wasm = 'ort-wasm-simd-threaded.wasm';
  const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  const files = new Map([
    ...outputFiles.map(({ path, contents }) => [path, contents]),
    ['/page.html', html('<script type="module" src="/page.js"></script>')],
    [`/${wasm}`, await readFile(join(runtime, wasm))],
    ['/default.onnx', await onnxBytes(small.entry.model, small.weights)],
    ['/slowfast-4x16-r50.onnx', await onnxBytes(large, initialWeights(large.graph, { seed: 0 }))],
  ]);
  const server = await serve(files);
  results.views = [];
  for (const name of ['default', 'slowfast-4x16-r50']) {
    for (const threads of [1, 2]) {
      // A page each: threads are started once.
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/page.html`);
      await page.waitForFunction(() => globalThis.time);
      const runs = name === 'default' ? Number(values.runs) : 1;
      const time = await page.evaluate(
        ([path, count, times]) => globalThis.time(path, count, times),
        [`/${name}.onnx`, threads, runs],
      );
      results.views.push({ model: name, ...time, milliseconds: Math.round(time.milliseconds) });
      await page.close();
    }
  }
  server.close();
  server.closeAllConnections();
}

try {
  await firstUse();
  await viewTimes();
} finally {
  await browser.close();
  await rm(scratch, { recursive: true, force: true });
}
if (values.json) console.log(JSON.stringify(results));
else {
  const { drawing, sample, longestTaskMilliseconds } = results.studio;
  console.log(`studio: drawing after ${drawing.seconds} s, ${drawing.megabytes} MB`);
  console.log(`studio: sample after ${sample.seconds} s more, ${sample.megabytes} MB in all`);
  console.log(`studio: the page's thread busy for ${longestTaskMilliseconds} ms at most`);
  for (const { model, device, milliseconds } of results.views) {
    console.log(`${model}, ${device}: ${milliseconds} ms a view`);
  }
}
