import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import type { WeightStore } from '@slowfast/core';
import { bytesSource, memoryStore, writeSafetensors } from '@slowfast/core';

import { describeWeights, inspectWeights } from './inspect-weights.js';
import { loadCheckpoint } from './load-checkpoint.js';
import type { Zoo } from './names/zoo-grammars.js';
import { fromZooName, zooLayout } from './names/zoo-names.js';

/** A store that knows the names and shapes of a model of the zoos, and the parameter count in its list's heading. */
function listed(file: string): { store: WeightStore; parameters: number } {
  const text = gunzipSync(
    readFileSync(new URL(`./goldens/keys/${file}.txt.gz`, import.meta.url)),
  ).toString();
  const rows = text
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('#') && !line.includes('num_batches_tracked'))
    .map((line) => line.split('\t'));
  const zoo = file.split('_')[0] as Zoo;
  const layout = zooLayout(
    zoo,
    rows.map(([name]) => name!),
  );
  const shapes = new Map(
    rows.map(([name, ...rest]) => [
      fromZooName(zoo, name!, layout)!,
      JSON.parse(rest.at(-1)!) as number[],
    ]),
  );
  const store: WeightStore = {
    names: new Set(shapes.keys()),
    shapeOf: (name) => shapes.get(name)!,
    read: async (name) => Promise.reject(new Error(`${name} was read`)),
  };
  return { store, parameters: Number(/(\d+) parameters/.exec(text)?.[1]) };
}

test.each([
  ['pyslowfast_SLOWFAST_4x16_R50', [50, 50], 5, true, undefined, 400],
  ['pytorchvideo_slowfast_r50', [50, 50], 7, true, undefined, 400],
  ['pyslowfast_SLOWFAST_8x8_R101_101_101', [101, 101], 5, true, '101_101', 400],
  ['pyslowfast_SLOWFAST_8x8_R101_50_101', [101, 101], 5, true, '50_101', 400],
  ['pyslowfast_SLOWFAST_8x8_R101_50_50', [101, 101], 5, true, '50_50', 400],
  ['mmaction2_slowfast_r101_8x8x1', [101, 101], 7, false, '101_101', 400],
  ['mmaction2_slowfast_r101-r50_4x16x1', [101, 50], 5, false, undefined, 400],
  ['mmaction2_ava_slowfast_r50_8x8x1', [50, 50], 7, false, undefined, 81],
  ['gluoncv_torch_slowfast_8x8_resnet50', [50, 50], 7, true, undefined, 400],
  ['pyslowfast_AVA_SLOWFAST_32x2_R50', [50, 50], 7, true, undefined, 80],
] as const)('%s', (file, depths, kernel, norm, variant, classes) => {
  const { store, parameters } = listed(file);
  const inferred = inspectWeights(store);
  expect(Object.keys(inferred.pathways)).toEqual(['slow', 'fast']);
  expect(Object.values(inferred.pathways).map(({ depth }) => depth)).toEqual(depths);
  expect(inferred.laterals).toEqual([
    {
      from: 'fast',
      to: 'slow',
      after: ['stem', 'res2', 'res3', 'res4'],
      kernel,
      channelRatio: 2,
      norm,
    },
  ]);
  expect([inferred.res4Variant, inferred.head?.classes, inferred.beta]).toEqual([
    variant,
    classes,
    0.125,
  ]);
  expect(inferred.parameters).toBe(parameters);
});

test('says which of the other backbones it is', () => {
  const first = (file: string): string => describeWeights(inspectWeights(listed(file).store))[0]!;
  expect(first('pyslowfast_X3D_M')).toBe(
    'slow: X3D of 3-5-11-7 blocks, stem 24 channels × 5 frames, 192 features',
  );
  expect(first('pytorchvideo_r2plus1d_r50')).toMatch(/^slow: R\(2\+1\)D-50, /);
  expect(first('pytorchvideo_csn_r101')).toMatch(/^slow: CSN-101, /);
});

test('one pathway, with and without non-local blocks', () => {
  const slow = inspectWeights(listed('mmaction2_slowonly_r50').store);
  expect(slow).toMatchObject({
    laterals: [],
    head: { classes: 400, features: 2048 },
    parameters: 32454096,
  });
  expect(slow.pathways['slow']).toEqual({
    stem: { channels: 64, temporalKernel: 1 },
    blocks: [3, 4, 6, 3],
    block: 'bottleneck',
    trunk: 'ResNet',
    depth: 50,
    temporalKernels: [
      [1, 1, 1],
      [1, 1, 1, 1],
      [3, 3, 3, 3, 3, 3],
      [3, 3, 3],
    ],
    nonlocal: [[], [], [], []],
    features: 2048,
  });
  expect(describeWeights(inspectWeights(listed('pyslowfast_I3D_NLN_8x8_R50').store))).toEqual([
    'slow: ResNet-50, stem 64 channels × 5 frames, 2048 features',
    'slow temporal kernels: res2 3×3, res3 3×1 1×1 3×1 1×1, res4 3×1 1×1 3×1 1×1 3×1 1×1, res5 1×1 3×1 1×1',
    'slow non-local after blocks: res3 1 3, res4 1 3 5',
    'head: 400 classes from 2048 features',
    'parameters: 35401936',
  ]);
  const { res4Variant, pathways } = inspectWeights(
    listed('caffe2_SLOWFAST_NLN_16x8_R101_50_50').store,
  );
  expect([res4Variant, pathways['slow']?.nonlocal]).toEqual(['50_50', [[], [], [6, 13, 20], []]]);
});

test('basic blocks: ResNet-18 and 34', () => {
  for (const [depth, blocks] of [
    [18, [2, 2, 2, 2]],
    [34, [3, 4, 6, 3]],
  ] as const) {
    const names = blocks.flatMap((count, s) =>
      Array.from({ length: count }, (_, i) =>
        ['a', 'b'].map((u) => `slow.res${s + 2}.${i}.${u}.conv.weight`),
      ).flat(),
    );
    const store = {
      ...listed('pyslowfast_SLOW_8x8_R50').store,
      names: new Set(['slow.stem.conv.weight', ...names]),
      shapeOf: () => [64, 64, 1, 3, 3],
    };
    expect(inspectWeights(store).pathways['slow']).toMatchObject({
      depth,
      block: 'basic',
      blocks,
      features: 64,
    });
  }
});

test('mmaction2: column order is told, a missing bias is zero, laterals have no normalisation', async () => {
  const ones = (shape: number[]) =>
    ({
      dtype: 'float32',
      shape,
      data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1),
    }) as const;
  const conv = (prefix: string, out: number): [string, ReturnType<typeof ones>][] => [
    [`backbone.${prefix}_path.conv1.conv.weight`, ones([out, 3, 1, 7, 7])],
    [`backbone.${prefix}_path.layer4.0.conv3.conv.weight`, ones([out, 1, 1, 1, 1])],
  ];
  const chunks: Uint8Array[] = [];
  await writeSafetensors(
    memoryStore([
      ...conv('slow', 4),
      ...conv('fast', 2),
      ['backbone.slow_path.conv1_lateral.conv.weight', ones([4, 2, 5, 1, 1])],
      ['backbone.slow_path.layer2.1.non_local_block.conv_out.conv.weight', ones([6, 3, 1, 1, 1])],
      ['cls_head.fc_cls.weight', { ...ones([1, 6]), data: Float32Array.of(0, 1, 2, 3, 4, 5) }],
    ]),
    { sink: { write: async (chunk) => void chunks.push(new Uint8Array(chunk)) } },
  );
  const file = bytesSource(new Uint8Array(Buffer.concat(chunks)));
  const stored = await loadCheckpoint(file);
  expect([stored.zoo, stored.headOrder, stored.inferred.laterals[0]?.norm]).toEqual([
    'mmaction2',
    ['fast', 'slow'],
    false,
  ]);
  expect([...(await stored.store.read('head.projection.weight')).data]).toEqual([0, 1, 2, 3, 4, 5]);
  const moved = await loadCheckpoint(file, { headOrder: ['slow', 'fast'] });
  expect([...(await moved.store.read('head.projection.weight')).data]).toEqual([2, 3, 4, 5, 0, 1]);
  expect(await moved.store.read('slow.res3.1.nonlocal.out.bias')).toEqual({
    dtype: 'float32',
    shape: [6],
    data: new Float32Array(6),
  });
});
