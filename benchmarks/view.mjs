/**
 * @file One view of SlowFast 4x16 R50: compile and run, time and peak memory, against the same network as a
 * plain export (5-D convolutions, batch norms as nodes of their own) in an ONNX Runtime session without any
 * code of ours. `node benchmarks/view.mjs`
 */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialWeights } from '@slowfast/core';
import { catalogModel } from '@slowfast/models';
import { writeFileAtomic } from '@slowfast/core';
import { exportOnnx, onnxRuntime } from '@slowfast/runtime-onnx';
import { inChild, keep, median, rounded, runTask, timed } from './measure.mjs';

const MODEL = 'slowfast-4x16-r50';
const RUNS = 7;

const feedsOf = (graph) =>
  Object.fromEntries(
    Object.entries(graph.inputs).map(([name, { type }]) => {
      const shape = [1, ...type.shape.slice(1)];
      const size = shape.reduce((a, b) => a * b);
      const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
      return [name, { dtype: 'float32', shape, data }];
    }),
  );

const tasks = {
  async ours({ size, threads }) {
    const { graph } = catalogModel(MODEL, { size }).model;
    const model = { name: MODEL, graph };
    const weights = initialWeights(graph);
    let compiled;
    const compileMs = await timed(async () => {
      compiled = await onnxRuntime().compile(model, weights, { threads });
    });
    const feeds = feedsOf(graph);
    await compiled.run(feeds);
    const runs = [];
    for (let i = 0; i < RUNS; i++) runs.push(await timed(() => compiled.run(feeds)));
    await compiled[Symbol.asyncDispose]();
    return { compileMs, runMs: median(runs) };
  },
  async plain({ size, threads, file }) {
    const { default: ort } = await import('onnxruntime-node');
    const { graph } = catalogModel(MODEL, { size }).model;
    const feeds = Object.fromEntries(
      Object.entries(feedsOf(graph)).map(([name, { shape, data }]) => [
        name,
        new ort.Tensor('float32', data, shape),
      ]),
    );
    let session;
    const compileMs = await timed(async () => {
      session = await ort.InferenceSession.create(file, { intraOpNumThreads: threads });
    });
    await session.run(feeds);
    const runs = [];
    for (let i = 0; i < RUNS; i++) runs.push(await timed(() => session.run(feeds)));
    return { compileMs, runMs: median(runs) };
  },
};

if (!(await runTask(tasks))) {
  const rows = [];
  for (const size of [224, 256]) {
    const file = join(tmpdir(), `slowfast-plain-${process.pid}-${size}.onnx`);
    const { model } = catalogModel(MODEL, { size });
    await writeFileAtomic(file, async (sink) => {
      const options = { optimize: false, lowering: 'none' };
      for await (const chunk of exportOnnx(model, initialWeights(model.graph), options)) {
        await sink.write(chunk);
      }
    });
    for (const threads of [1, 2]) {
      const pairs = [];
      for (let round = 0; round < 3; round++) {
        pairs.push({
          ours: await inChild(import.meta.url, 'ours', { size, threads }),
          plain: await inChild(import.meta.url, 'plain', { size, threads, file }),
        });
      }
      const of = (who, what) => median(pairs.map((pair) => pair[who][what]));
      rows.push({
        model: MODEL,
        size,
        threads,
        'run, ms': rounded(of('ours', 'runMs'), 0),
        'plain run, ms': rounded(of('plain', 'runMs'), 0),
        'run / plain': rounded(median(pairs.map(({ ours, plain }) => ours.runMs / plain.runMs))),
        'compile, ms': rounded(of('ours', 'compileMs'), 0),
        'plain load, ms': rounded(of('plain', 'compileMs'), 0),
        'peak, MiB': of('ours', 'peakMiB'),
        'plain peak, MiB': of('plain', 'peakMiB'),
        'peak / plain': rounded(of('ours', 'peakMiB') / of('plain', 'peakMiB')),
      });
    }
    await rm(file);
  }
  await keep('view', rows);
}
