/**
 * @file Epochs of a probe: the head alone, trained on features of 1,000 clips that the frozen part gave before.
 *
 * `node benchmarks/probe.mjs [--epochs=5] [--batch=8]`. The features are drawn, since what they are changes no
 * time; all else is what `slowfast train` does: the file of features, the loop, ONNX Runtime on one thread.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Tensor, initialWeights, keyedRandom } from '@slowfast/core';
import { networkFromConfig } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import {
  adamW,
  featureFile,
  frozenFeatures,
  lossOf,
  scheduleOf,
  sgd,
  train,
  trainingModel,
} from '@slowfast/training';
import { keep, median, rounded } from './measure.mjs';

const CLIPS = 1000;
/** SlowFast 8×8 R50 as a recipe names it. */
const CONFIG = {
  name: 'probe',
  data: { frames: 32, stride: 2, fps: 30, size: 224 },
  model: { name: 'slowfast-8x8-r50' },
  train: {},
};
const option = (name, fallback) =>
  Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1] ?? fallback);
const [EPOCHS, BATCH] = [option('epochs', 5), option('batch', 8)];

/** A source of clips whose first number is all that they are. */
const clips = (classes) => ({
  length: CLIPS,
  async *epoch() {
    for (let position = 0; position < CLIPS; position++) {
      const tensor = float32Tensor([1, 1], Float32Array.of(position));
      yield { tensor, labels: [position % classes], position };
    }
  },
});

/** Medians of the epochs after the first, which compiles. */
async function epochs(folder, { classes, optimizer }) {
  const { model } = networkFromConfig(CONFIG, classes);
  const weights = initialWeights(model.graph, { seed: 1 });
  const runtime = onnxRuntime({ backend: 'node', worker: false, threads: 1 });
  const options = { runtime, freeze: 'backbone' };
  const frozen = await frozenFeatures(model, weights, { ...options, feeds: () => ({}) });
  const { size, part } = frozen;
  const rowOf = async ({ data: [clip] }) => {
    const next = keyedRandom(clip);
    return float32Tensor(
      [1, size],
      Float32Array.from({ length: size }, () => next() ** 2 / 2),
    );
  };
  const rows = await featureFile({
    ...{
      path: join(folder, `${classes}-${optimizer.name}.bin`),
      key: 'drawn',
      clips: clips(classes),
      epochs: 3,
      seed: 1,
    },
    ...{ features: { size, rowOf, parallelRuns: 1 }, maxBytes: 2 ** 30 },
  });
  const loss = lossOf({ classes });
  const training = await trainingModel(model, weights, { ...options, part, loss: loss.graph });
  const marks = [];
  const mark = () => marks.push([performance.now(), process.cpuUsage()]);
  mark();
  const { weights: trained } = await train({
    ...{ model: training, optimizer: optimizer(training.parameters), clips: rows, loss, seed: 1 },
    ...{
      feeds: frozen.feeds,
      schedule: scheduleOf({ lr: 0.001 }, EPOCHS),
      epochs: EPOCHS,
      batch: BATCH,
    },
    onProgress({ step, steps }) {
      if (step % (steps / EPOCHS) === 0) mark();
    },
  });
  for (const open of [training, rows, frozen]) await open[Symbol.asyncDispose]();
  const { data } = await trained.read(`head.projection.weight`);
  const [wall, processor] = [[], []];
  for (let epoch = 2; epoch <= EPOCHS; epoch++) {
    const [[startedAt, before], [endedAt, after]] = marks.slice(epoch - 1, epoch + 1);
    wall.push(endedAt - startedAt);
    processor.push((after.user - before.user + after.system - before.system) / 1000);
  }
  return {
    what: `${size} numbers to ${classes} classes, ${optimizer.name}`,
    'epoch, s': rounded(median(wall) / 1000),
    'processor, s': rounded(median(processor) / 1000),
    // The same before and after a change that is only to be quicker.
    sum: data.reduce((sum, value) => sum + value, 0),
  };
}

const folder = await mkdtemp(join(tmpdir(), 'slowfast-probe-'));
try {
  const rows = [];
  for (const classes of [10, 400]) {
    for (const optimizer of [sgd, adamW]) rows.push(await epochs(folder, { classes, optimizer }));
  }
  await keep('probe', rows);
} finally {
  await rm(folder, { recursive: true, force: true });
}
