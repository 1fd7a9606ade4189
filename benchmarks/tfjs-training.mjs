/**
 * @file One training step of a small SlowFast (16 and 4 frames of 64², width 16, two blocks a stage), batch 8, on
 * WebAssembly or another backend, against forward passes of the same network and against the cpu backend: with the layers
 * and gradients of TensorFlow.js alone (the network as a `tf.LayersModel`), and with those of this package.
 * `node benchmarks/tfjs-training.mjs [wasm|tfjs-node]`
 *
 * A step of 8 clips takes the cpu backend a minute: there it is one step of one clip, times 8. Times are the
 * processor's.
 */
import { initialWeights } from '@slowfast/core';
import { ARCHITECTURES, catalogModel, slowFastNetwork } from '@slowfast/models';
import { exportLayersModel, modelFilesHandler, tfjsRuntime } from '@slowfast/runtime-tfjs';
import { lossOf, sgd, trainingModel } from '@slowfast/training';
import * as tf from '@tensorflow/tfjs';
import { inChild, keep, median, rounded, runTask } from './measure.mjs';

const BATCH = 8;
const CLASSES = 6;
const ROUNDS = 9;

/** The plans and the lateral connection of the catalog's 4×16, with basic blocks. */
function network() {
  const { slowKernels, fastKernels } = ARCHITECTURES['slowfast-4x16-r50'];
  const { laterals } = catalogModel('slowfast-4x16-r50').model;
  return slowFastNetwork({
    name: 'small',
    depth: 18,
    frames: 16,
    stride: 2,
    size: 64,
    width: 16,
    alpha: 4,
    beta: 1 / 8,
    slowKernels,
    fastKernels,
    lateral: { via: laterals[0].via, merge: 'concat' },
    head: { classes: CLASSES, activation: 'none', pool: 'global' },
  });
}

/** Milliseconds of processor time: other work on the machine does not count. */
async function busy(action) {
  const before = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const batchOf = (graph, clips = BATCH) =>
  Object.fromEntries(
    Object.entries(graph.inputs).map(([name, { type }]) => {
      const shape = [clips, ...type.shape.slice(1)];
      const size = shape.reduce((a, b) => a * b);
      const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7));
      return [name, { dtype: 'float32', shape, data }];
    }),
  );

const tasks = {
  /** Step and forward passes in turn, so that a machine that slows down slows all. */
  async step({ backend }) {
    const model = network();
    const { graph } = model;
    const feeds = batchOf(graph);
    const loss = lossOf({ classes: CLASSES });
    const targets = loss.targets(Array.from({ length: BATCH }, (_, i) => [i % CLASSES]));
    const weights = () => initialWeights(graph, { seed: 1 });
    const training = await trainingModel(model, weights(), {
      runtime: tfjsRuntime({ backend }),
      loss: loss.graph,
    });
    const optimizer = sgd(training.parameters, { momentum: 0.9, weightDecay: 1e-4 });
    const compiled = await tfjsRuntime({ backend }).compile(model, weights());
    const step = async () => {
      const { gradients } = await training.lossAndGradients(feeds, targets);
      optimizer.step(gradients, 0.01);
    };
    const actions = {
      step,
      trainingForward: () => training.batchStatistics(feeds),
      forward: () => compiled.run(feeds),
    };
    const times = { step: [], trainingForward: [], forward: [] };
    for (let round = -1; round < ROUNDS; round++) {
      for (const [name, action] of Object.entries(actions)) {
        const ms = await busy(action);
        if (round >= 0) times[name].push(ms);
      }
    }
    const parameters = training.parameters
      .filter(({ trainable }) => trainable)
      .reduce((sum, { data }) => sum + data.length, 0);
    const medians = Object.entries(times).map(([name, ms]) => [name, median(ms)]);
    return { ...Object.fromEntries(medians), parameters };
  },
  /** Milliseconds that a clip of a step takes the cpu backend with this package's gradients. */
  async ourCpu() {
    const model = network();
    const weights = initialWeights(model.graph, { seed: 1 });
    const loss = lossOf({ classes: CLASSES });
    const runtime = tfjsRuntime({ backend: 'cpu' });
    const training = await trainingModel(model, weights, { runtime, loss: loss.graph });
    const feeds = batchOf(model.graph, 1);
    const msPerClip = await busy(() => training.lossAndGradients(feeds, loss.targets([[0]])));
    return { msPerClip };
  },
  /** The same with TensorFlow.js alone: Keras' layers, their kernels and their gradients on its cpu backend. */
  async plainCpu() {
    const model = network();
    const weights = initialWeights(model.graph, { seed: 1 });
    const files = await exportLayersModel(model, weights, { optimize: false });
    await tf.setBackend('cpu');
    const layers = await tf.loadLayersModel(modelFilesHandler(files));
    const inputs = layers.inputs.map(({ shape }) => tf.randomNormal([1, ...shape.slice(1)]));
    const label = tf.oneHot([0], CLASSES);
    const loss = () =>
      tf.losses.softmaxCrossEntropy(label, layers.apply(inputs, { training: true }));
    const msPerClip = await busy(() => {
      const { value, grads } = tf.variableGrads(loss);
      value.dataSync();
      tf.dispose([value, grads]);
    });
    return { msPerClip };
  },
};

if (!(await runTask(tasks))) {
  const [backend = 'wasm'] = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
  const times = await inChild(import.meta.url, 'step', { backend });
  const plain = BATCH * (await inChild(import.meta.url, 'plainCpu', {})).msPerClip;
  const ourCpu = BATCH * (await inChild(import.meta.url, 'ourCpu', {})).msPerClip;
  await keep(`tfjs-training-${backend}`, [
    {
      backend,
      'parameters, M': rounded(times.parameters / 1e6),
      'step, ms': rounded(times.step, 0),
      'forward of the compiled model, ms': rounded(times.forward, 0),
      'forward with batch statistics, ms': rounded(times.trainingForward, 0),
      'step / forward': rounded(times.step / times.forward),
      'step / forward with batch statistics': rounded(times.step / times.trainingForward),
      'plain cpu, s (8 times one clip)': rounded(plain / 1000, 0),
      'plain cpu / step': rounded(plain / times.step, 0),
      'our gradients on cpu / step': rounded(ourCpu / times.step, 0),
      'peak, MiB': times.peakMiB,
    },
  ]);
}
