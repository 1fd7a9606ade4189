/**
 * @file Both kinds of files for every operation and its awkward shapes: loaded and run by TF.js alone, held
 * against the reference interpreter.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { HostTensor } from '@slowfast/core';
import {
  compareWithGolden,
  conformanceCases,
  interpret,
  type ConformanceCase,
} from '@slowfast/core/testing';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { channelsFirst, channelsLast } from './channels.js';
import { exportGraphModel } from './graph-model/export-graph-model.js';
import { exportLayersModel } from './layers-model/export-layers-model.js';
import { modelFilesHandler } from './model-files.js';

/** Float32 against float64 arithmetic, relative to the largest value. */
const TOLERANCE = 1e-4;

const cases = conformanceCases();
const named = (chosen: readonly ConformanceCase[]) => chosen.map((c) => [c.name, c] as const);
const hasRegions = ({ ops }: ConformanceCase): boolean => ops.has('roi_align');

/** What layers cannot do, and what the error says. */
const NO_LAYER: Readonly<Record<string, string>> = {
  'conv3d: groups':
    'conv (conv3d): expected a convolution of one group, which Keras layers can do, received 4 groups',
  'conv3d: groups with temporal kernel and stride':
    'conv (conv3d): expected a convolution of one group, which Keras layers can do, received 2 groups',
  'conv3d: depthwise':
    'conv (conv3d): expected a convolution of one group, which Keras layers can do, received 6 groups',
  'conv3d: depthwise 5x1x1':
    'conv (conv3d): expected a convolution of one group, which Keras layers can do, received 6 groups',
  'conv3d: depthwise with two outputs a channel':
    'conv (conv3d): expected a convolution of one group, which Keras layers can do, received 4 groups',
  'network: squeeze and excitation in an inverted bottleneck':
    'hardswish (conv3d): expected a convolution of one group, which Keras layers can do, received 8 groups',
  'reshape: the symbolic axis moves by a transposition between':
    'reshape (reshape): expected the clips first, which Keras layers can do, received axes 1, 0, 2',
  'transpose: reversed':
    'output y: expected the clips first, which Keras layers can do, received axes 3, 2, 1, 0',
  'matmul: four axes':
    'matmul (matmul): expected one matrix a clip, which Keras layers can do, received [N, 3, 4, 5]',
  'softmax: across clips':
    'softmax (softmax): expected the clips first, which Keras layers can do, received axes 1, 0',
};
const REMEDY = 'Export a graph model (exportGraphModel), which has no layers';

beforeAll(async () => {
  const { resolve } = createRequire(import.meta.url);
  const folder = dirname(resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  setWasmPaths(join(folder, 'dist/'));
});

const onBackend = async (backend: string): Promise<void> => {
  expect(await tf.setBackend(backend)).toBe(true);
  await tf.ready();
};

function tensorOf(feed: HostTensor): tf.Tensor {
  if (feed.dtype !== 'float32') throw new Error('feeds of the suite are float32');
  const { data, shape } = channelsLast(feed);
  return tf.tensor(data, [...shape]);
}

async function expectOutputs(
  { graph, weights, feeds }: ConformanceCase,
  results: Readonly<Record<string, tf.Tensor>>,
): Promise<void> {
  const expected = await interpret(graph, weights, feeds);
  expect(Object.keys(results)).toEqual(Object.keys(expected));
  for (const [output, { shape, data }] of Object.entries<HostTensor>(expected)) {
    const result = results[output]!;
    const actual = channelsFirst({
      dtype: 'float32',
      shape: result.shape,
      data: await result.data<'float32'>(),
    });
    const golden = { shape, value: Array.from(data, Number) };
    const agreement = compareWithGolden(actual, golden, TOLERANCE);
    expect({ output, ...agreement }).toMatchObject({ ok: true });
  }
}

async function expectGraphModel(c: ConformanceCase, optimize: boolean): Promise<void> {
  const files = await exportGraphModel(c, c.weights, { optimize });
  const model = await tf.loadGraphModel(modelFilesHandler(files));
  const feeds: Record<string, tf.Tensor> = {};
  for (const [name, feed] of Object.entries(c.feeds)) feeds[name] = tensorOf(feed);
  const before = tf.memory().numTensors;
  const results = model.predict(feeds) as Record<string, tf.Tensor>;
  await expectOutputs(c, results);
  tf.dispose(results);
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose(feeds);
  model.dispose();
}

async function expectLayersModel(c: ConformanceCase, optimize: boolean): Promise<void> {
  const files = await exportLayersModel(c, c.weights, { optimize });
  const model = await tf.loadLayersModel(modelFilesHandler(files));
  const inputs = model.inputNames.map((name) => tensorOf(c.feeds[name]!));
  const results = [model.predict(inputs)].flat() as tf.Tensor[];
  const names = model.outputNames;
  await expectOutputs(c, Object.fromEntries(names.map((name, i) => [name, results[i]!])));
  const again = await savedAndLoaded(model);
  const repeated = [again.predict(inputs)].flat() as tf.Tensor[];
  for (const [i, result] of results.entries()) {
    expect(await repeated[i]!.data()).toEqual(await result.data());
  }
  tf.dispose([inputs, results, repeated]);
  model.dispose();
  again.dispose();
}

async function savedAndLoaded(model: tf.LayersModel): Promise<tf.LayersModel> {
  const saved: tf.io.ModelArtifacts[] = [];
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved.push(artifacts);
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
  return tf.loadLayersModel(tf.io.fromMemory(saved[0]!));
}

const known = cases.filter((c) => !hasRegions(c));

describe.each(['cpu', 'wasm'])('graph model on %s', (backend) => {
  beforeAll(() => onBackend(backend));

  test.each(named(known))('%s', async (_, c) => {
    await expectGraphModel(c, true);
    await expectGraphModel(c, false);
  });
});

describe('layers model', () => {
  beforeAll(() => onBackend('cpu'));

  test.each(named(known.filter(({ name }) => !(name in NO_LAYER))))('%s', async (_, c) => {
    await expectLayersModel(c, true);
    await expectLayersModel(c, false);
  });

  test.each(named(known.filter(({ name }) => name in NO_LAYER)))('%s is refused', async (_, c) => {
    await expect(exportLayersModel(c, c.weights)).rejects.toMatchObject({
      name: 'SpecError',
      message: `${NO_LAYER[c.name]}. ${REMEDY}.`,
    });
  });
});

test.each(named(cases.filter(hasRegions)))('%s is refused by both', async (_, c) => {
  const message = /expected operations that TF\.js files know, received roi_align\./;
  await expect(exportGraphModel(c, c.weights)).rejects.toThrow(message);
  await expect(exportLayersModel(c, c.weights)).rejects.toThrow(message);
});
