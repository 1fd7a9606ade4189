/**
 * @file Native TensorFlow (`@tensorflow/tfjs-node`, to be installed beside): where its own convolution over time and
 * space is faster than those over two axes, and what a whole network takes with each plan. The plans run in turn
 * in one process; times are the processor's, of all threads. `node benchmarks/tfjs-native.mjs [convolutions|view]`
 */
import { graphCost, initialWeights, prepareForInference } from '@slowfast/core';
import { catalogModel } from '@slowfast/models';
import { openTfjsBackend } from '@slowfast/runtime-tfjs';
import * as tf from '@tensorflow/tfjs';
// Not exported: what is compared are plans that users cannot choose.
import { DerivedWeightCache } from '@slowfast/runtime-tfjs';
import { uploadParameters } from '@slowfast/runtime-tfjs';
import { convolve3d } from '@slowfast/runtime-tfjs';
import { CHANNELS_LAST, placed } from '@slowfast/runtime-tfjs';
import { runGraph } from '@slowfast/runtime-tfjs';
import { inChild, keep, median, rounded, runTask } from './measure.mjs';

const MODEL = 'slowfast-4x16-r50';
const SIZE = 256;
const ROUNDS = 5;

/** `[T, H, W, C]`, outputs, kernel, stride. */
const CONVOLUTIONS = {
  'fast stem 5x7x7, 3 to 8': [[32, 256, 256, 3], 8, [5, 7, 7], [1, 2, 2]],
  'slow stem 1x7x7, 3 to 64': [[4, 256, 256, 3], 64, [1, 7, 7], [1, 2, 2]],
  'res3 1x3x3, 128 to 128': [[4, 32, 32, 128], 128, [1, 3, 3], [1, 1, 1]],
  'res4 3x1x1, 1024 to 256': [[4, 16, 16, 1024], 256, [3, 1, 1], [1, 1, 1]],
  'res4 1x1x1, 256 to 1024': [[4, 16, 16, 256], 1024, [1, 1, 1], [1, 1, 1]],
  'fast res3 3x1x1, 64 to 16': [[32, 32, 32, 64], 16, [3, 1, 1], [1, 1, 1]],
  'lateral 5x1x1 stride 8, 32 to 64': [[32, 64, 64, 32], 64, [5, 1, 1], [8, 1, 1]],
  '3x3x3, 64 to 64': [[8, 28, 28, 64], 64, [3, 3, 3], [1, 1, 1]],
  '3x3x3, 256 to 256': [[4, 14, 14, 256], 256, [3, 3, 3], [1, 1, 1]],
};

async function busy(action) {
  const before = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Medians of the actions' times, which alternate; the first round warms up. */
async function alternating(actions) {
  const times = Object.fromEntries(Object.keys(actions).map((name) => [name, []]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, action] of Object.entries(actions)) {
      const ms = await busy(action);
      if (round >= 0) times[name].push(ms);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, median(ms)]));
}

/** With the padding of networks: half of the kernel on each side. */
function plansOf([shape, outputs, kernel, stride]) {
  const x = tf.randomNormal([1, ...shape]);
  const filter = tf.randomNormal([...kernel, shape[3], outputs]);
  const padding = kernel.map((size) => [(size - 1) / 2, (size - 1) / 2]);
  const reading = (compute) => () => tf.tidy(() => void compute().dataSync());
  return {
    native: reading(() =>
      tf.conv3d(tf.pad(x, [[0, 0], ...padding, [0, 0]]), filter, stride, 'valid'),
    ),
    lowered: reading(() => convolve3d(x, filter, { stride, dilation: [1, 1, 1], padding })),
  };
}

const tasks = {
  async convolutions() {
    await openTfjsBackend({ backend: 'tfjs-node' });
    const rows = [];
    for (const [name, convolution] of Object.entries(CONVOLUTIONS)) {
      const { native, lowered } = await alternating(plansOf(convolution));
      rows.push({
        convolution: name,
        'conv3d, ms': rounded(native, 1),
        'lowered, ms': rounded(lowered, 1),
        'lowered / conv3d': rounded(lowered / native),
      });
    }
    return { rows };
  },
  async view() {
    const backend = await openTfjsBackend({ backend: 'tfjs-node' });
    const graph = prepareForInference(catalogModel(MODEL, { size: SIZE }).model.graph);
    const parameters = await uploadParameters(graph, initialWeights(graph), backend, {
      site: MODEL,
    });
    const feeds = Object.values(graph.inputs).map(({ name, type }) => {
      const [, c, t, h, w] = type.shape;
      return [name, placed(tf.randomNormal([1, t, h, w, c]), CHANNELS_LAST)];
    });
    const given = new Map([...parameters, ...feeds]);
    const derived = new DerivedWeightCache([...parameters.values()].map(({ tensor }) => tensor));
    const run = (plan) => async () => {
      const context = { sizes: new Map([['N', 1]]), ...plan };
      for (const { tensor } of runGraph(graph, given, context).values()) {
        await tensor.data();
        tensor.dispose();
      }
    };
    const [a, b] = [tf.randomUniform([1024, 1024]), tf.randomUniform([1024, 1024])];
    const product = () => tf.tidy(() => void tf.matMul(a, b).dataSync());
    const times = await alternating({
      native: run({ nativeConv3d: true }),
      lowered: run({ nativeConv3d: false }),
      wasmPlan: run({ nativeConv3d: false, derived }),
      product,
    });
    const rate = (multiplyAdds, ms) => (2 * multiplyAdds) / ms / 1e6;
    return {
      ...times,
      gflops: rate(graphCost(graph).multiplyAdds, times.native),
      productGflops: rate(1024 ** 3, times.product),
    };
  },
};

if (!(await runTask(tasks))) {
  const [only] = process.argv.slice(2);
  if (only !== 'view') {
    const { rows } = await inChild(import.meta.url, 'convolutions', {});
    await keep('tfjs-native-convolutions', rows);
  }
  if (only !== 'convolutions') {
    const view = await inChild(import.meta.url, 'view', {});
    await keep('tfjs-native-view', [
      {
        model: MODEL,
        size: SIZE,
        'plan of tfjs-node, ms': rounded(view.native, 0),
        'plan of wasm, ms': rounded(view.wasmPlan, 0),
        'tfjs-node / wasm plan': rounded(view.native / view.wasmPlan),
        'without conv3d, ms': rounded(view.lowered, 0),
        'GFLOP/s of a core': rounded(view.gflops, 1),
        'matMul 1024, GFLOP/s of a core': rounded(view.productGflops, 1),
        'peak, MiB': view.peakMiB,
      },
    ]);
  }
}
