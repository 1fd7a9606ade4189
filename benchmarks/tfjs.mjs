/**
 * @file SlowFast 4x16 R50 at 256² on TensorFlow.js' WebAssembly backend: multiply-adds a second against
 * `tf.matMul` of 1024³ in the same process, peak memory, and two worker threads against one.
 * `node benchmarks/tfjs.mjs [view|pool]`
 */
import { graphCost, initialWeights, prepareForInference } from '@slowfast/core';
import { catalogModel } from '@slowfast/models';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';
import * as tf from '@tensorflow/tfjs';
import { inChild, keep, median, rounded, runTask, timed } from './measure.mjs';

const MODEL = 'slowfast-4x16-r50';
const SIZE = 256;
const RUNS = 7;
const CLIPS = 4;

const feedsOf = (graph, clips) =>
  Object.fromEntries(
    Object.entries(graph.inputs).map(([name, { type }]) => {
      const shape = [clips, ...type.shape.slice(1)];
      const size = shape.reduce((a, b) => a * b);
      const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
      return [name, { dtype: 'float32', shape, data }];
    }),
  );

/** Milliseconds of the processor that an action takes: the backend has one thread, and other work does not count. */
async function processorTime(action) {
  const before = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** 2 floating-point operations a multiply-add, in thousands of millions a second. */
const gflops = (multiplyAdds, ms) => (2 * multiplyAdds) / ms / 1e6;

const tasks = {
  async view() {
    const { graph } = catalogModel(MODEL, { size: SIZE }).model;
    const { multiplyAdds } = graphCost(prepareForInference(graph));
    const model = { name: MODEL, graph };
    const runtime = tfjsRuntime({ backend: 'wasm' });
    let compiled;
    const compileMs = await timed(async () => {
      compiled = await runtime.compile(model, initialWeights(graph));
    });
    const feeds = feedsOf(graph, 1);
    const [a, b] = [tf.randomUniform([1024, 1024]), tf.randomUniform([1024, 1024])];
    const product = async () => tf.dispose(tf.matMul(a, b));
    const firstMs = await timed(() => compiled.run(feeds));
    await product();
    // The product between runs, so that both meet the same load of the machine.
    const pairs = [];
    for (let i = 0; i < RUNS; i++) {
      const productMs = Math.min(await processorTime(product), await processorTime(product));
      let runMs;
      const wallMs = await timed(async () => {
        runMs = await processorTime(() => compiled.run(feeds));
      });
      pairs.push({ productMs, runMs, wallMs });
    }
    const best = (what) => Math.min(...pairs.map((pair) => pair[what]));
    await compiled[Symbol.asyncDispose]();
    return {
      compileMs,
      firstMs,
      wallMs: median(pairs.map(({ wallMs }) => wallMs)),
      bestRunMs: best('runMs'),
      viewGflops: gflops(multiplyAdds, best('runMs')),
      productGflops: gflops(1024 ** 3, best('productMs')),
      ratioOfPairs: median(
        pairs.map(
          ({ runMs, productMs }) => gflops(multiplyAdds, runMs) / gflops(1024 ** 3, productMs),
        ),
      ),
    };
  },
  async pool({ workers }) {
    const { graph } = catalogModel(MODEL, { size: SIZE }).model;
    const runtime = tfjsRuntime({ backend: 'wasm', workers });
    const compiled = await runtime.compile({ name: MODEL, graph }, initialWeights(graph));
    const feeds = feedsOf(graph, 1);
    await Promise.all(Array.from({ length: workers }, () => compiled.run(feeds)));
    const runs = [];
    for (let i = 0; i < 2; i++) {
      runs.push(
        await timed(() => Promise.all(Array.from({ length: CLIPS }, () => compiled.run(feeds)))),
      );
    }
    await compiled[Symbol.asyncDispose]();
    return { clipMs: Math.min(...runs) / CLIPS };
  },
};

if (!(await runTask(tasks))) {
  const [only] = process.argv.slice(2);
  if (only !== 'pool') {
    const view = await inChild(import.meta.url, 'view', {});
    const row = {
      model: MODEL,
      size: SIZE,
      'compile, ms': rounded(view.compileMs, 0),
      'first run, ms': rounded(view.firstMs, 0),
      'run, ms': rounded(view.wallMs, 0),
      'best run, ms of processor': rounded(view.bestRunMs, 0),
      'GFLOP/s': rounded(view.viewGflops, 1),
      'matMul 1024, GFLOP/s': rounded(view.productGflops, 1),
      'best / best': rounded(view.viewGflops / view.productGflops),
      'median of pairs': rounded(view.ratioOfPairs),
      'peak, MiB': view.peakMiB,
    };
    await keep('tfjs-view', [row]);
  }
  if (only !== 'view') {
    const rounds = [];
    for (let i = 0; i < 3; i++) {
      const one = await inChild(import.meta.url, 'pool', { workers: 1 });
      rounds.push({ one, two: await inChild(import.meta.url, 'pool', { workers: 2 }) });
    }
    const row = {
      model: MODEL,
      size: SIZE,
      '1 worker, ms a clip': rounded(median(rounds.map(({ one }) => one.clipMs)), 0),
      '2 workers, ms a clip': rounded(median(rounds.map(({ two }) => two.clipMs)), 0),
      'times as fast': rounded(median(rounds.map(({ one, two }) => one.clipMs / two.clipMs))),
      '1 worker, peak MiB': median(rounds.map(({ one }) => one.peakMiB)),
      '2 workers, peak MiB': median(rounds.map(({ two }) => two.peakMiB)),
    };
    await keep('tfjs-pool', [row]);
  }
}
