/**
 * @file int8 against float. Time: SlowFast 4x16 R50 at 224², initialised weights, both as they are fast on processors,
 * in alternating runs of one process; file size and peak memory. Agreement: the model that comes with the project
 * (packages/models/assets), exported by the command line with clips of the training list, on the test list, both fed
 * with the same views. `node benchmarks/int8.mjs [TRAIN_LIST TEST_LIST]`; without lists there is no agreement.
 */
import { spawn } from 'node:child_process';
import { readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initialWeights } from '@slowfast/core';
import { ScoreCombiner, activate, batchFeeds } from '@slowfast/evaluation';
import { catalogModel } from '@slowfast/models';
import { calibrate, loadOnnx, onnxBytes, onnxRuntime } from '@slowfast/runtime-onnx';
import { openVideo, readClipList, views } from '@slowfast/video';
import { inChild, keep, median, rounded, runTask, timed } from './measure.mjs';

const [NAME, SIZE, PAIRS] = ['slowfast-4x16-r50', 224, 9];
const CLI = fileURLToPath(new URL('../packages/slowfast/bin/slowfast.js', import.meta.url));
const ASSETS = fileURLToPath(new URL('../packages/models/assets/', import.meta.url));

const feedsOf = (graph) =>
  Object.fromEntries(
    Object.entries(graph.inputs).map(([name, { type }]) => {
      const shape = [1, ...type.shape.slice(1)];
      const size = shape.reduce((a, b) => a * b);
      const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
      return [name, { dtype: 'float32', shape, data }];
    }),
  );

/** Wall and processor milliseconds of an action. */
async function measured(action) {
  const before = process.cpuUsage();
  const wall = await timed(action);
  const { user, system } = process.cpuUsage(before);
  return { wall, cpu: (user + system) / 1000 };
}

const optionsOf = (precision, calibration) =>
  precision === 'int8' ? { precision, calibration } : {};

const tasks = {
  async calibration() {
    const { model } = catalogModel(NAME, { size: SIZE });
    const weights = initialWeights(model.graph);
    const calibration = await calibrate(model, weights, [feedsOf(model.graph)]);
    const bytes = {};
    for (const precision of ['float32', 'int8']) {
      const options = { lowering: 'auto', ...optionsOf(precision, calibration) };
      bytes[precision] = (await onnxBytes(model, weights, options)).byteLength;
    }
    return { calibration, bytes };
  },
  async pairs({ threads, calibration }) {
    const { model } = catalogModel(NAME, { size: SIZE });
    const weights = initialWeights(model.graph);
    const feeds = feedsOf(model.graph);
    const runs = {};
    for (const precision of ['float32', 'int8']) {
      const options = { threads, ...optionsOf(precision, calibration) };
      const compiled = await onnxRuntime().compile(model, weights, options);
      await compiled.run(feeds);
      runs[precision] = () => compiled.run(feeds);
    }
    const rows = [];
    for (let i = 0; i < PAIRS; i++) {
      rows.push({ float: await measured(runs.float32), int8: await measured(runs.int8) });
    }
    return { rows };
  },
  async alone({ threads, precision, calibration }) {
    const { model } = catalogModel(NAME, { size: SIZE });
    const options = { threads, ...optionsOf(precision, calibration) };
    const compiled = await onnxRuntime().compile(model, initialWeights(model.graph), options);
    for (let i = 0; i < 2; i++) await compiled.run(feedsOf(model.graph));
    return {};
  },
  async agreement({ float, int8, list }) {
    const { clips } = await readClipList(list);
    const models = [await loadOnnx(float), await loadOnnx(int8)];
    const { preprocessing } = models[0].metadata;
    const inputs = Object.keys(models[0].inputs);
    const rows = [];
    for (const { path, labels } of clips) {
      const combined = models.map(() => new ScoreCombiner(preprocessing.views.combine));
      let viewDifference = 0;
      // Node 20 knows no `await using`.
      const video = await openVideo(path);
      for await (const { tensor } of views(video, preprocessing, preprocessing.views)) {
        const feeds = batchFeeds(inputs, preprocessing, [tensor]);
        const scores = [];
        for (const [i, model] of models.entries()) {
          const [output] = Object.values(await model.run(feeds));
          scores.push(activate(output.data, preprocessing.activation));
          combined[i].add(scores[i]);
        }
        viewDifference = Math.max(viewDifference, difference(...scores));
      }
      await video[Symbol.asyncDispose]();
      const [a, b] = combined.map((scores) => scores.result());
      rows.push({
        label: labels[0],
        float: best(a),
        int8: best(b),
        ...{ difference: difference(a, b), viewDifference },
      });
      process.stderr.write(`\r${rows.length} of ${clips.length} videos`);
    }
    process.stderr.write('\r\u001b[K');
    return { name: models[0].name, rows };
  },
};

const best = (scores) => scores.indexOf(Math.max(...scores));
const difference = (a, b) => Math.max(...a.map((score, i) => Math.abs(score - b[i])));

/** The folder of the model that comes with the project: the one with weights. */
async function trainedFolder() {
  for (const name of await readdir(ASSETS)) {
    const folder = join(ASSETS, name);
    if (await stat(join(folder, 'weights.safetensors')).catch(() => undefined)) return folder;
  }
  throw new Error(`${ASSETS} holds no trained weights`);
}

async function exported(weights, options, file) {
  const args = [CLI, 'export', '--weights', weights, '-o', file, '--json', ...options];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`export ended with code ${code}`);
  return (await stat(file)).size;
}

async function agreementOf(train, test) {
  const weights = join(await trainedFolder(), 'weights.safetensors');
  const file = (kind) => join(tmpdir(), `slowfast-${process.pid}-${kind}.onnx`);
  const [float, int8] = [file('float'), file('int8')];
  try {
    const bytes = [
      await exported(weights, ['--lowering', 'auto'], float),
      await exported(weights, ['--precision', 'int8', '--calibrate', train], int8),
    ];
    const { name, rows } = await inChild(import.meta.url, 'agreement', { float, int8, list: test });
    const share = (is) => rounded(rows.filter(is).length / rows.length, 3);
    return {
      model: name,
      videos: rows.length,
      'float top-1': share((row) => row.float === row.label),
      'int8 top-1': share((row) => row.int8 === row.label),
      'equal predictions': share((row) => row.int8 === row.float),
      'largest difference of a score': rounded(Math.max(...rows.map((row) => row.difference)), 4),
      'of one view': rounded(Math.max(...rows.map((row) => row.viewDifference)), 4),
      'float file, MiB': rounded(bytes[0] / 2 ** 20, 1),
      'int8 file, MiB': rounded(bytes[1] / 2 ** 20, 1),
    };
  } finally {
    for (const made of [float, int8]) await rm(made, { force: true });
  }
}

async function timeOf(threads, { calibration, bytes }) {
  const { rows } = await inChild(import.meta.url, 'pairs', { threads, calibration });
  const peak = {};
  for (const precision of ['float32', 'int8']) {
    const task = { threads, precision, calibration };
    peak[precision] = (await inChild(import.meta.url, 'alone', task)).peakMiB;
  }
  const middle = (who) => rounded(median(rows.map((row) => row[who].wall)), 0);
  const ratio = (what) => rounded(median(rows.map(({ int8, float }) => int8[what] / float[what])));
  return {
    ...{ model: NAME, size: SIZE, threads },
    'float, ms': middle('float'),
    'int8, ms': middle('int8'),
    'int8 / float': ratio('wall'),
    'processor time': ratio('cpu'),
    'float peak, MiB': peak.float32,
    'int8 peak, MiB': peak.int8,
    'float file, MiB': rounded(bytes.float32 / 2 ** 20, 1),
    'int8 file, MiB': rounded(bytes.int8 / 2 ** 20, 1),
  };
}

if (!(await runTask(tasks))) {
  const [train, test] = process.argv.slice(2);
  const made = await inChild(import.meta.url, 'calibration', {});
  await keep('int8-time', [await timeOf(1, made), await timeOf(2, made)]);
  if (train && test) await keep('int8-agreement', [await agreementOf(train, test)]);
  else console.log('agreement: not measured, no lists were given');
}
