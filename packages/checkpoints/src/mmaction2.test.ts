/**
 * @file mmaction2's files by their names alone: laterals without norm, a classifier that reads Fast first,
 * every α-th frame. The scores are those of the network that was renamed, and not PySlowFast's.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  bytesSource,
  memoryStore,
  pathwayFrameIndices,
  writeSafetensors,
  type HostTensor,
  type Shape,
} from '@slowfast/core';
import { formulaClip, formulaTensor, interpret } from '@slowfast/core/testing';
import { fastPlan, slowPlan } from '@slowfast/backbones';
import { timeStridedConv } from '@slowfast/fusion';
import { detectZoo, zooLayout, toZooName } from './names/zoo-names.js';
import { loadModel } from './load-model.js';
import { catalogModel, slowFastNetwork } from '@slowfast/models';

const CLASSES = 5;
const [WIDTH, FRAMES, SIZE] = [8, 8, 32];

/** The network without mmaction2's conventions: Slow before Fast, laterals of convolution alone. */
const original = slowFastNetwork({
  name: 'original',
  depth: 50,
  frames: FRAMES,
  stride: 2,
  size: SIZE,
  width: WIDTH,
  alpha: 4,
  beta: 1 / 8,
  slowKernels: slowPlan,
  fastKernels: fastPlan,
  lateral: {
    via: timeStridedConv({ kernel: 7, norm: false, activation: 'identity' }),
    merge: 'concat',
  },
  headOrder: ['slow', 'fast'],
  head: { classes: CLASSES, pool: 'global', activation: 'none' },
});
const shapes = [...original.graph.params.values()].map(
  ({ name, type }) => [name, type.shape as Shape] as const,
);
const weights = new Map(shapes.map(([name, shape]) => [name, formulaTensor(name, shape)]));

/** `[O, slow + fast]` → `[O, fast + slow]`. */
function fastFirst({ shape, data }: HostTensor, slow: number): HostTensor {
  const [rows, columns] = shape as [number, number];
  const moved = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i++) {
      moved[row * columns + ((i + columns - slow) % columns)] = Number(data[row * columns + i]);
    }
  }
  return { dtype: 'float32', shape, data: moved };
}

async function mmactionFile() {
  const layout = zooLayout('slowfast', weights.keys());
  const renamed = [...weights].map(([name, tensor]) => {
    const theirs = toZooName('mmaction2', name, layout)!;
    const changed = name === 'head.projection.weight' ? fastFirst(tensor, 32 * WIDTH) : tensor;
    return [theirs, changed] as const;
  });
  const chunks: Uint8Array[] = [];
  const sink = { write: async (chunk: Uint8Array) => void chunks.push(chunk.slice()) };
  await writeSafetensors(memoryStore(new Map(renamed)), { sink });
  return {
    names: renamed.map(([name]) => name),
    source: bytesSource(new Uint8Array(Buffer.concat(chunks)), 'mmaction2.safetensors'),
  };
}

const OPTIONS = { frames: FRAMES, size: SIZE, trainCrop: SIZE } as const;

it('a renamed network gives the same logits through the preprocessing that its names show', async () => {
  const { names, source } = await mmactionFile();
  // The map of one published architecture, in which every name of ours occurs.
  const keymap = gunzipSync(
    readFileSync(new URL('./goldens/keymap_8x8_r50.tsv.gz', import.meta.url)),
  ).toString();
  const known = new Set(keymap.split(/[\t\n]/));
  expect(names.filter((name) => !known.has(name))).toEqual([]);

  const { entry, weights: store, metadata } = await loadModel({ ...OPTIONS, weights: source });
  expect(entry).toMatchObject({ name: 'slowfast-8x8-r50', zoo: 'mmaction2' });
  expect(entry.headOrder).toEqual(['fast', 'slow']);
  const { preprocessing } = metadata;
  expect(preprocessing).toMatchObject({ sampling: 'mmaction2', mean: [0.485, 0.456, 0.406] });
  const { frames, rule } = preprocessing.pathways['slow']!;
  expect(pathwayFrameIndices(FRAMES, frames, rule)).toEqual([0, 4]);

  const feeds = {
    slow: formulaClip([1, 3, 2, SIZE, SIZE], 'slow'),
    fast: formulaClip([1, 3, FRAMES, SIZE, SIZE], 'fast'),
  };
  const expected = (await interpret(original.graph, weights, feeds)).scores;
  const { scores } = await interpret(entry.model.graph, store, feeds);
  expect(scores.shape).toEqual([1, CLASSES]);
  scores.data.forEach((value, i) => expect(Number(value)).toBeCloseTo(Number(expected.data[i]), 5));
});

it('is refused under the preprocessing of PySlowFast', async () => {
  const { source } = await mmactionFile();
  const loading = loadModel({
    ...OPTIONS,
    weights: source,
    model: 'slowfast-8x8-r50',
    zoo: 'pyslowfast',
  });
  await expect(loading).rejects.toThrow(
    /mmaction2\.safetensors: .*lateral\.fast_to_slow\.\w+\.norm/s,
  );
});

test('X3D has the names of mmaction2’s code, and its normalisation', () => {
  const { model, preprocessing } = catalogModel('x3d-m', { zoo: 'mmaction2' });
  const ours = [...model.graph.params.keys()];
  const layout = zooLayout('slowfast', ours);
  const theirs = ours.map((name) => toZooName('mmaction2', name, layout));
  const convolved = (name: string): string[] => [
    `${name}.conv.weight`,
    ...['weight', 'bias', 'running_mean', 'running_var'].map((field) => `${name}.bn.${field}`),
  ];
  const block = (at: string, i: number): string[] => [
    ...[1, 2, 3].flatMap((unit) => convolved(`${at}.conv${unit}`)),
    ...(i % 2 === 0
      ? ['fc1', 'fc2'].flatMap((fc) => ['weight', 'bias'].map((f) => `${at}.se_module.${fc}.${f}`))
      : []),
    ...(i === 0 ? convolved(`${at}.downsample`) : []),
  ];
  const layers = [3, 5, 11, 7].flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => block(`backbone.layer${stage + 1}.${i}`, i)).flat(),
  );
  expect(theirs.toSorted()).toEqual(
    [
      ...['backbone.conv1_s.conv.weight', ...convolved('backbone.conv1_t'), ...layers],
      ...convolved('backbone.conv5'),
      ...['cls_head.fc1.weight', 'cls_head.fc2.weight', 'cls_head.fc2.bias'],
    ].toSorted(),
  );
  expect(preprocessing).toMatchObject({
    mean: [114.75 / 255, 114.75 / 255, 114.75 / 255],
    views: { clips: 10, crops: 3 },
    activation: 'softmax',
  });
  expect(detectZoo(theirs as string[])).toBe('mmaction2');
});

test.each(['ir-csn-32x2-r50', 'ip-csn-32x2-r152'] as const)(
  '%s is found by the names of mmaction2’s code, and its norms are those of Caffe2',
  async (name) => {
    const small = catalogModel(name, { width: 2, classes: CLASSES, frames: FRAMES, size: SIZE });
    const params = [...small.model.graph.params.values()];
    const layout = {
      ...zooLayout(
        'slowfast',
        params.map(({ name }) => name),
      ),
      trunk: name.slice(0, 6) as 'ir-csn' | 'ip-csn',
    };
    const renamed = params.map(
      ({ name, type }) =>
        [
          toZooName('mmaction2', name, layout)!,
          formulaTensor(name, type.shape as Shape) as HostTensor,
        ] as const,
    );
    const chunks: Uint8Array[] = [];
    await writeSafetensors(memoryStore(new Map(renamed)), {
      sink: { write: async (chunk) => void chunks.push(chunk.slice()) },
    });
    const weights = bytesSource(new Uint8Array(Buffer.concat(chunks)), 'csn.safetensors');
    const { entry } = await loadModel({ ...OPTIONS, weights });
    expect([entry.name, entry.zoo]).toEqual([name, 'mmaction2']);
    const epsilons = entry.model.graph.nodes.flatMap((node) =>
      node.op === 'batch_norm' ? [node.attrs.epsilon] : [],
    );
    expect(new Set(epsilons)).toEqual(new Set([1e-3]));
  },
);
