/** @file What the files hold beside the network: parts, metadata, inputs; and errors. */
import {
  GraphBuilder,
  memoryStore,
  prune,
  requiredTensors,
  type Graph,
  type HostTensor,
  type Preprocessing,
  type WeightStore,
} from '@slowfast/core';
import { formulaClip, formulaStore, interpret } from '@slowfast/core/testing';
import * as tf from '@tensorflow/tfjs';
import { channelsFirst, channelsLast } from './channels.js';
import { exportGraphModel } from './graph-model/export-graph-model.js';
import { exportLayersModel } from './layers-model/export-layers-model.js';
import { MODEL_FILE, modelFilesHandler, tfjsMetadata, type TfjsModelFiles } from './model-files.js';

const kinds = [
  ['graph', exportGraphModel],
  ['layers', exportLayersModel],
] as const;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const storeOf = (graph: Graph): WeightStore =>
  formulaStore([...requiredTensors(graph)].map(([name, { shape }]) => [name, shape]));

const described = (files: TfjsModelFiles): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(files.get(MODEL_FILE))) as Record<string, unknown>;

/** Two pathways that are convolved and joined. */
function twoPathways(): Graph<'slow' | 'fast', 'scores'> {
  const g = GraphBuilder.empty('test');
  const shape = (frames: number) => ['N', 3, frames, 4, 4] as const;
  const slow = g.input('slow', { dtype: 'float32', shape: shape(2) });
  const fast = g.input('fast', { dtype: 'float32', shape: shape(8) });
  const features = [slow, fast].map((x, i) => {
    const scope = g.scope(`pathway${i}`);
    const conv = scope.conv3d(x, { channels: 4, kernel: [3, 3, 3], stride: [1, 2, 2] });
    return scope.mean(scope.relu(scope.batchNorm(conv)), [2, 3, 4]);
  });
  return g.build({ scores: g.softmax(g.linear(g.dropout(g.concat(features), 0.5), 3), 1) });
}

const PREPROCESSING: Preprocessing = {
  clip: { frames: 8, stride: 4, fps: 30 },
  sampling: 'pyslowfast',
  pathways: { slow: { frames: 2, rule: 'linspace' }, fast: { frames: 8, rule: 'linspace' } },
  resize: 4,
  crop: 4,
  mean: [0.45, 0.45, 0.45],
  std: [0.225, 0.225, 0.225],
  channelOrder: 'rgb',
  activation: 'none',
  views: { clips: 1, crops: 1, combine: 'mean' },
};
const METADATA = {
  preprocessing: PREPROCESSING,
  labels: ['run', 'jump', 'sing'],
  trained: false,
} as const;

const tensorOf = (feed: HostTensor<'float32'>): tf.Tensor => {
  const { shape, data } = channelsLast(feed);
  return tf.tensor(data, [...shape]);
};

async function loadedModel(files: TfjsModelFiles): Promise<tf.GraphModel | tf.LayersModel> {
  const handler = modelFilesHandler(files);
  const isGraph = described(files)['format'] === 'graph-model';
  return isGraph ? tf.loadGraphModel(handler) : tf.loadLayersModel(handler);
}

async function predicted(files: TfjsModelFiles, feed: tf.Tensor): Promise<ArrayLike<number>> {
  const model = await loadedModel(files);
  const result = model.predict(feed) as tf.Tensor | Record<string, tf.Tensor>;
  return (result instanceof tf.Tensor ? result : Object.values(result)[0]!).data();
}

function expectClose(actual: ArrayLike<number>, expected: HostTensor): void {
  expect(actual.length).toBe(expected.data.length);
  expected.data.forEach((value, i) => expect(actual[i]).toBeCloseTo(Number(value), 4));
}

describe.each(kinds)('%s model', (_, exportModel) => {
  test('weights beyond 4 MiB are in parts, which together give them back', async () => {
    const g = GraphBuilder.empty('test');
    const x = g.input('x', { dtype: 'float32', shape: ['N', 1500] });
    const graph = g.build<'x', 'y'>({ y: g.linear(x, 1000) });
    const weights = storeOf(graph);
    const files = await exportModel({ name: 'wide', graph }, weights);
    const parts = [...files].filter(([name]) => name !== MODEL_FILE);
    expect(parts.map(([name]) => name)).toEqual(['group1-shard1of2.bin', 'group1-shard2of2.bin']);
    expect(parts[0]![1].length).toBe(4 * 2 ** 20);
    const feed = formulaClip([2, 1500], 'x');
    const { y } = await interpret(graph, weights, { x: feed });
    expectClose(await predicted(files, tensorOf(feed)), y);
  });

  test('takes one clip and finds the frames of each pathway', async () => {
    const graph = twoPathways();
    const weights = storeOf(graph);
    const options = { input: 'clip', metadata: METADATA } as const;
    const files = await exportModel({ name: 'small', graph }, weights, options);
    const fast = formulaClip([2, 3, 8, 4, 4]);
    const ends = fast.data.filter((_, i) => [0, 7].includes(Math.floor(i / 16) % 8));
    const slow = { ...fast, shape: [2, 3, 2, 4, 4], data: ends };
    const { scores } = await interpret(graph, weights, { slow, fast });
    expectClose(await predicted(files, tensorOf(fast)), scores);
  });

  test('holds metadata and knows the weights that a part of a network leaves out', async () => {
    const graph = twoPathways();
    const weights = storeOf(graph);
    const part = prune({ ...graph, outputs: { half: graph.nodes[0]!.output } });
    const whole = { parameterNames: new Set(graph.params.keys()) };
    const files = await exportModel({ name: 'part', graph: part, ...whole }, weights, {
      metadata: METADATA,
    });
    expect(described(files)['userDefinedMetadata']).toMatchObject({
      'slowfast.model': 'part',
      'slowfast.preprocessing': PREPROCESSING,
      'slowfast.labels': METADATA.labels,
      'slowfast.trained': false,
    });
    const text = new TextDecoder().decode(files.get(MODEL_FILE));
    expect(text).not.toMatch(/pathway1/);
    expect(tfjsMetadata(files)).toEqual(METADATA);
    expect(tfjsMetadata(await loadedModel(files))).toEqual(METADATA);
    const changed = new Map(files).set(
      MODEL_FILE,
      new TextEncoder().encode(text.replace('"slowfast.trained":false', '"slowfast.trained":"no"')),
    );
    expect(() => tfjsMetadata(changed)).toThrow(
      'metadata slowfast.trained: expected true or false, received "no". ' +
        'The file was changed after it was exported; export it again.',
    );
  });

  test('refuses what files cannot say', async () => {
    const g = GraphBuilder.empty('test');
    const ids = g.input('ids', { dtype: 'int32', shape: ['N', 4] });
    const integers = g.build({ y: g.reshape(ids, ['N', 2, 2]) });
    await expect(exportModel({ name: 'm', graph: integers }, memoryStore([]))).rejects.toThrow(
      'm, input ids: expected float32 of known sizes but for the first axis, received int32[N, 4].',
    );
    const x = GraphBuilder.empty('test');
    const same = x.build({ x: x.relu(x.input('x', { dtype: 'float32', shape: ['N', 4] })) });
    await expect(exportModel({ name: 'm', graph: same }, memoryStore([]))).rejects.toThrow(
      "m, output x: expected a name that no input has, received 'x', the name of an input. " +
        'TF.js names inputs and outputs apart: give the output another name.',
    );
    const graph = twoPathways();
    await expect(
      exportModel({ name: 'm', graph }, storeOf(graph), { input: 'clip' }),
    ).rejects.toThrow(
      "m: expected preprocessing in metadata for input 'clip', received none. " +
        'Give metadata.preprocessing, which says which frames each pathway takes.',
    );
    await expect(exportModel({ name: 'm', graph }, memoryStore([]))).rejects.toMatchObject({
      name: 'WeightError',
      site: 'm',
    });
  });
});

test('a graph model has windows over two axes only, fused with bias and activation', async () => {
  const graph = twoPathways();
  const files = await exportGraphModel({ name: 'small', graph }, storeOf(graph));
  const { node } = described(files)['modelTopology'] as { node: readonly { op: string }[] };
  expect([...new Set(node.map(({ op }) => op))].sort()).toEqual([
    'AddV2',
    'ConcatV2',
    'Const',
    'Conv2D',
    'Identity',
    'Mean',
    'Pad',
    'Placeholder',
    'Relu',
    'Reshape',
    'Slice',
    'Softmax',
    '_FusedConv2D',
    '_FusedMatMul',
  ]);
});

test('a layers model has batch norms and dropout where they are not folded', async () => {
  const graph = twoPathways();
  const classes = async (optimize: boolean): Promise<readonly string[]> => {
    const files = await exportLayersModel({ name: 'small', graph }, storeOf(graph), { optimize });
    const model = await tf.loadLayersModel(modelFilesHandler(files));
    return [...new Set(model.layers.map((layer) => layer.getClassName()))].sort();
  };
  const common = ['Activation', 'Concatenate', 'Conv3D', 'Dense', 'GlobalAveragePooling1D'];
  const rest = ['InputLayer', 'Reshape', 'Softmax', 'ZeroPadding2D'];
  expect(await classes(true)).toEqual([...common, ...rest]);
  expect(await classes(false)).toEqual(
    [...common, ...rest, 'BatchNormalization', 'Dropout'].sort(),
  );
});

test.each(kinds)('a %s model has no computed weights', async (_, exportModel) => {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 4] });
  const w = g.input('w', { dtype: 'float32', shape: [3, 4] });
  const graph = g.build<'x' | 'w', 'y'>({ y: g.emit('linear', [x, w], {}) });
  await expect(exportModel({ name: 'm', graph }, memoryStore([]))).rejects.toThrow(
    'w: expected a parameter where an operation has its weights, received a value that is computed. ' +
      'Export to ONNX, which knows computed weights.',
  );
});

test('a parameter as a value is in a graph model, and in no layers model', async () => {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 4] });
  const bias = g.param('position.bias', [1, 4], 'bias', { kind: 'constant', value: 0 });
  const graph = g.build<'x', 'y'>({ y: g.add(x, bias) });
  const weights = storeOf(graph);
  const feed = formulaClip([2, 4], 'x');
  const { y } = await interpret(graph, weights, { x: feed });
  expectClose(
    await predicted(await exportGraphModel({ name: 'm', graph }, weights), tensorOf(feed)),
    y,
  );
  await expect(exportLayersModel({ name: 'm', graph }, weights)).rejects.toThrow(
    'add (add): expected parameters that belong to a layer, which Keras layers can do, ' +
      'received the parameter position.bias as a value. ' +
      'Export a graph model (exportGraphModel), which has no layers.',
  );
});

test('a file that is missing is named', async () => {
  const graph = twoPathways();
  const files = new Map(await exportGraphModel({ name: 'small', graph }, storeOf(graph)));
  files.delete('group1-shard1of1.bin');
  await expect(tf.loadGraphModel(modelFilesHandler(files))).rejects.toThrow(
    'TF.js model: expected a file group1-shard1of1.bin, received model.json. ' +
      'Keep all files of the export together.',
  );
});

test('channels last and back', () => {
  const x = {
    dtype: 'float32',
    shape: [1, 2, 1, 1, 3],
    data: Float32Array.of(1, 2, 3, 4, 5, 6),
  } as const;
  const last = channelsLast(x);
  expect(last).toMatchObject({ shape: [1, 1, 1, 3, 2], data: Float32Array.of(1, 4, 2, 5, 3, 6) });
  expect(channelsFirst(last)).toEqual(x);
  const matrix = { dtype: 'float32', shape: [2, 1], data: Float32Array.of(1, 2) } as const;
  expect(channelsLast(matrix)).toBe(matrix);
});
