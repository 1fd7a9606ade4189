/** Networks for PySlowFast: its own names, shapes and configurations, and the way back. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  fileSource,
  float32Tensor,
  readYaml,
  sizeOf,
  type Shape,
  type WeightStore,
} from '@slowfast/core';
import { formulaStore } from '@slowfast/core/testing';
import { loadModel, openCheckpoint } from '@slowfast/checkpoints';
import { catalogModel, type CatalogOptions, type ModelName } from '@slowfast/models';
import { pySlowFastConfig, writePySlowFast } from '@slowfast/pytorch';

const KEYS = new URL('../../packages/checkpoints/src/goldens/keys/', import.meta.url);

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'slowfast-pyslowfast-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

const described = (name: ModelName, options: CatalogOptions = {}) => catalogModel(name, options);

const formula = ({ model }: ReturnType<typeof described>): WeightStore =>
  formulaStore(
    [...model.graph.params.values()].map(({ name, type }) => [name, type.shape as number[]]),
  );

/** As many zeros: what names and shapes alone are looked at of. */
const zeros = ({ model }: ReturnType<typeof described>): WeightStore => {
  const shapeOf = (name: string): Shape => model.graph.params.get(name)!.type.shape as Shape;
  return {
    names: new Set(model.graph.params.keys()),
    shapeOf,
    read: async (name) => float32Tensor(shapeOf(name), new Float32Array(sizeOf(shapeOf(name)))),
  };
};

/** Zoo configuration, catalog model: names and shapes are those of PySlowFast's own state dict. */
it.each([
  ['SLOWFAST_4x16_R50', 'slowfast-4x16-r50', {}],
  ['SLOWFAST_NLN_8x8_R50', 'slowfast-nln-8x8-r50', {}],
  ['I3D_NLN_8x8_R50', 'i3d-nln-8x8-r50', {}],
  ['AVA_SLOWFAST_32x2_R50', 'slowfast-8x8-r50-ava', { lateralKernel: 7 }],
] as const)('%s has the names and shapes of PySlowFast', async (keys, name, options) => {
  const entry = described(name, options);
  const [, file] = await writePySlowFast(work, entry, zeros(entry));
  const source = await fileSource(join(work, file!));
  const { store } = await openCheckpoint(source);
  const text = gunzipSync(await readFile(new URL(`pyslowfast_${keys}.txt.gz`, KEYS))).toString();
  const wanted = text
    .split('\n')
    .filter((line) => line !== '' && !/^#|num_batches_tracked/.test(line));
  const own = [...store.names].map((one) => `${one}\t[${store.shapeOf(one).join(', ')}]`);
  expect(own.sort()).toEqual(wanted.sort());
  await store.close?.();
});

/** Facts of PySlowFast's configs/Kinetics and configs/AVA (Apache-2.0). */
it.each([
  [
    'slowfast-8x8-r50',
    {
      DATA: {
        NUM_FRAMES: 32,
        SAMPLING_RATE: 2,
        TRAIN_JITTER_SCALES: [256, 320],
        TRAIN_CROP_SIZE: 224,
        TEST_CROP_SIZE: 256,
        INPUT_CHANNEL_NUM: [3, 3],
      },
      SLOWFAST: { ALPHA: 4, BETA_INV: 8, FUSION_CONV_CHANNEL_RATIO: 2, FUSION_KERNEL_SZ: 7 },
      RESNET: {
        WIDTH_PER_GROUP: 64,
        DEPTH: 50,
        TRANS_FUNC: 'bottleneck_transform',
        NUM_BLOCK_TEMP_KERNEL: [
          [3, 3],
          [4, 4],
          [6, 6],
          [3, 3],
        ],
        SPATIAL_STRIDES: [
          [1, 1],
          [2, 2],
          [2, 2],
          [2, 2],
        ],
        SPATIAL_DILATIONS: [
          [1, 1],
          [1, 1],
          [1, 1],
          [1, 1],
        ],
      },
      MODEL: {
        NUM_CLASSES: 400,
        ARCH: 'slowfast',
        MODEL_NAME: 'SlowFast',
        LOSS_FUNC: 'cross_entropy',
        DROPOUT_RATE: 0.5,
      },
      NONLOCAL: {
        LOCATION: [
          [[], []],
          [[], []],
          [[], []],
          [[], []],
        ],
      },
    },
  ],
  [
    'i3d-nln-8x8-r50',
    {
      RESNET: { DEPTH: 50, NUM_BLOCK_TEMP_KERNEL: [[3], [4], [6], [3]] },
      NONLOCAL: {
        LOCATION: [[[]], [[1, 3]], [[1, 3, 5]], [[]]],
        GROUP: [[1], [1], [1], [1]],
        INSTANTIATION: 'softmax',
        POOL: [[[1, 2, 2]], [[1, 2, 2]], [[1, 2, 2]], [[1, 2, 2]]],
      },
      MODEL: { ARCH: 'i3d', MODEL_NAME: 'ResNet' },
    },
  ],
  [
    'slowfast-8x8-r101',
    {
      RESNET: {
        DEPTH: 101,
        NUM_BLOCK_TEMP_KERNEL: [
          [3, 3],
          [4, 4],
          [6, 6],
          [3, 3],
        ],
      },
    },
  ],
  [
    'slowfast-8x8-r50-ava',
    {
      RESNET: {
        SPATIAL_STRIDES: [
          [1, 1],
          [2, 2],
          [2, 2],
          [1, 1],
        ],
        SPATIAL_DILATIONS: [
          [1, 1],
          [1, 1],
          [1, 1],
          [2, 2],
        ],
      },
      MODEL: { NUM_CLASSES: 80, HEAD_ACT: 'sigmoid', LOSS_FUNC: 'bce' },
      DETECTION: { ENABLE: true },
    },
  ],
] as const)('the configuration of %s says what the zoo’s says', async (name, facts) => {
  expect(await readYaml(pySlowFastConfig(described(name)), {})).toMatchObject(facts);
});

it('has a point in every entry that PySlowFast has one in: it takes no whole number for it', () => {
  const text = pySlowFastConfig(described('slowfast-8x8-r50'));
  const floats = [...text.matchAll(/^ {2}(?:\w*_LR|MOMENTUM|WEIGHT_DECAY|WARMUP_EPOCHS): (.*)$/gm)];
  expect(floats.length).toBeGreaterThanOrEqual(3);
  for (const [, value] of floats) expect(value).toMatch(/\d\.\d/);
});

it('comes back as the model that it was', async () => {
  for (const name of [
    'slowfast-16x8-r101-nl',
    'c2d-nopool-8x8-r50',
    'slow-nl-4x16-r50-ava',
  ] as const) {
    const entry = described(name, { width: 8, classes: 7, size: 224 });
    const weights = formula(entry);
    const [, file] = await writePySlowFast(work, entry, weights);
    const back = await loadModel({ weights: await fileSource(join(work, file!)) });
    const { preprocessing } = entry;
    expect([back.entry.name, back.entry.preprocessing]).toEqual([
      name,
      expect.objectContaining(preprocessing),
    ]);
    for (const one of weights.names) {
      expect((await back.weights.read(one)).data).toEqual((await weights.read(one)).data);
    }
    await back.weights.close?.();
  }
});

it.each([
  ['fast-32x2-r50', /expected the pathways slow and fast, or slow alone, received fast/],
  ['slowfast-4x16-r152-r50', /expected the blocks of ResNet-18, 50 or 101 in all pathways/],
  ['i3d-32x2-r50', /expected a stem that keeps all frames/],
  ['i3d-heavy-32x2-r50', /expected temporal kernels of slowfast/],
] as const)('says why %s is none of PySlowFast', (name, message) => {
  expect(() => pySlowFastConfig(described(name))).toThrow(message);
});
