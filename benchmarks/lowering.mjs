/**
 * @file The lowered graphs against the plain ones on the processor, in ONNX Runtime: time in alternating runs of
 * one process, the share of the machine's best rate of convolution measured in the same process, and the peak
 * memory of each in a process of its own. `node benchmarks/lowering.mjs [MODEL... | --threads=N] [--tune]`; with --tune
 * layers are lowered as `slowfast --tune` measures them first
 */
import { GraphBuilder, describeModel, initialWeights } from '@slowfast/core';
import { catalogModel } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { inChild, keep, median, rounded, runTask, timed } from './measure.mjs';

/** Name, side of the input, pairs of runs; each with one thread and with two. */
const MODELS = [
  ['slowfast-4x16-r50', 224, 7],
  ['slowfast-4x16-r50', 256, 7],
  ['slowfast-8x8-r50', 256, 5],
  ['slow-8x8-r50', 256, 5],
  ['i3d-8x8-r50', 256, 5],
  ['slowfast-8x8-r101', 256, 5],
  ['slowfast-16x8-r101-nl', 256, 3],
];
const CASES = [1, 2].flatMap((threads) =>
  MODELS.map(([name, size, pairs]) => ({ name, size, threads, pairs })),
);

/** Wall and processor milliseconds of an action. */
async function measured(action) {
  const before = process.cpuUsage();
  const wall = await timed(action);
  const { user, system } = process.cpuUsage(before);
  return { wall, cpu: (user + system) / 1000 };
}

const feedsOf = (graph, batch = 1) =>
  Object.fromEntries(
    Object.entries(graph.inputs).map(([name, { type }]) => {
      const shape = [batch, ...type.shape.slice(1)];
      const size = shape.reduce((a, b) => a * b);
      const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
      return [name, { dtype: 'float32', shape, data }];
    }),
  );

/** Eight convolutions 3x3, 256 to 256 channels, 28 x 28, batch 8: what this machine does at best. */
function bestConvolutions() {
  const g = GraphBuilder.empty('best');
  let x = g.input('x', { dtype: 'float32', shape: ['N', 256, 1, 28, 28] });
  for (let i = 0; i < 8; i++) x = g.scope(`c${i}`).conv3d(x, { channels: 256, kernel: [1, 3, 3] });
  const graph = g.build({ y: x });
  return { name: 'best', graph, multiplyAdds: 8 * 8 * 256 * 256 * 9 * 28 * 28 };
}

async function compiledRun(model, options, batch) {
  const compiled = await onnxRuntime().compile(model, initialWeights(model.graph), options);
  const feeds = feedsOf(model.graph, batch);
  await compiled.run(feeds);
  return { compiled, run: () => compiled.run(feeds) };
}

const tasks = {
  async pairs({ name, size, threads, pairs, how }) {
    const { model } = catalogModel(name, { size });
    const best = bestConvolutions();
    const plain = await compiledRun(model, { threads, lowering: 'none' });
    const lowered = await compiledRun(model, { threads, lowering: how });
    const peak = await compiledRun(best, { threads }, 8);
    const rows = [];
    for (let i = 0; i < pairs; i++) {
      rows.push({
        plain: await measured(plain.run),
        lowered: await measured(lowered.run),
        best: await measured(peak.run),
      });
    }
    return { rows, bestMultiplyAdds: best.multiplyAdds };
  },
  async alone({ name, size, threads, lowering }) {
    const { model } = catalogModel(name, { size });
    let compiled;
    const compileMs = await timed(async () => {
      compiled = await onnxRuntime().compile(model, initialWeights(model.graph), {
        threads,
        lowering,
      });
    });
    const feeds = feedsOf(model.graph);
    for (let i = 0; i < 2; i++) await compiled.run(feeds);
    return { compileMs };
  },
};

if (!(await runTask(tasks))) {
  const wanted = process.argv.slice(2).filter((text) => text !== '--tune');
  const how = process.argv.includes('--tune') ? 'tune' : 'auto';
  const cases = CASES.filter(
    ({ name, threads }) =>
      wanted.length === 0 || wanted.includes(name) || wanted.includes(`--threads=${threads}`),
  );
  const results = [];
  for (const { name, size, threads, pairs } of cases) {
    const { rows, bestMultiplyAdds } = await inChild(import.meta.url, 'pairs', {
      ...{ name, size, threads, pairs, how },
    });
    const alone = {};
    for (const lowering of ['none', how]) {
      alone[lowering] = await inChild(import.meta.url, 'alone', { name, size, threads, lowering });
    }
    const middle = (who) => median(rows.map((row) => row[who].wall));
    const ratio = (what) => median(rows.map((row) => row.lowered[what] / row.plain[what]));
    const { multiplyAdds } = describeModel(catalogModel(name, { size }).model);
    results.push({
      model: name,
      size,
      threads,
      lowering: how,
      'plain, ms': rounded(middle('plain'), 0),
      'lowered, ms': rounded(middle('lowered'), 0),
      'lowered / plain': rounded(ratio('wall')),
      // Other work on the machine disturbs it less; threads that wait for one another count in it, too.
      'processor time': rounded(ratio('cpu')),
      'of best rate': rounded(
        (multiplyAdds / bestMultiplyAdds) *
          median(rows.map(({ lowered, best }) => best.wall / lowered.wall)),
      ),
      'plain compile, ms': rounded(alone.none.compileMs, 0),
      'compile, ms': rounded(alone[how].compileMs, 0),
      'plain peak, MiB': alone.none.peakMiB,
      'peak, MiB': alone[how].peakMiB,
      'peak / plain': rounded(alone[how].peakMiB / alone.none.peakMiB),
    });
    console.log(JSON.stringify(results.at(-1)));
  }
  await keep('lowering', results);
}
