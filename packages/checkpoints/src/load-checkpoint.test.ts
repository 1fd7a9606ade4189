import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { ByteSource } from '@slowfast/core';
import { bytesSource, memoryStore, writeSafetensors } from '@slowfast/core';

import { fileSource } from '@slowfast/core';
import { describeWeights } from './inspect-weights.js';
import type { LoadedCheckpoint, LoadOptions } from './load-checkpoint.js';
import { loadCheckpoint } from './load-checkpoint.js';

const path = (file: string): string =>
  fileURLToPath(new URL(`./goldens/checkpoints/${file}`, import.meta.url));
const opened: ByteSource[] = [];
const load = async (file: string, options?: LoadOptions): Promise<LoadedCheckpoint> => {
  const source = await fileSource(path(file));
  opened.push(source);
  return loadCheckpoint(source, options);
};

afterEach(async () => {
  for (const source of opened.splice(0)) await source.close?.();
});

const FILES = [
  ['pyslowfast_slowfast_w2.pyth', 'torch-zip', 'pyslowfast', 552],
  ['pyslowfast_slowfast_w2_legacy.pyth', 'torch-legacy', 'pyslowfast', 552],
  ['caffe2_slowfast_nln_w2.pkl', 'pickle', 'caffe2', 612],
  ['pytorchvideo_slowfast_w2_fp16.pyth', 'torch-zip', 'pytorchvideo', 552],
  ['pyslowfast_slow_w2_bf16_module_prefix.pyth', 'torch-zip', 'pyslowfast', 267],
] as const;

test.each(FILES)(
  '%s: every tensor has the shape it announces and finite elements',
  async (file, container, zoo, count) => {
    const loaded = await load(file);
    expect([loaded.container, loaded.zoo, loaded.store.names.size]).toEqual([
      container,
      zoo,
      count,
    ]);
    for (const name of loaded.store.names) {
      const { shape, data, dtype } = await loaded.store.read(name);
      expect(shape).toEqual(loaded.store.shapeOf(name));
      expect(dtype).toBe('float32');
      expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
      expect((data as Float32Array).every(Number.isFinite)).toBe(true);
      if (name.endsWith('running_var'))
        expect((data as Float32Array).every((v) => v > 0)).toBe(true);
      expect(shape).toHaveLength(
        /(?:conv|theta|phi|g|out)\.weight$/.test(name)
          ? 5
          : name === 'head.projection.weight'
            ? 2
            : 1,
      );
    }
  },
);

test('the zip file and its legacy twin hold the same weights', async () => {
  const zip = await load('pyslowfast_slowfast_w2.pyth');
  const legacy = await load('pyslowfast_slowfast_w2_legacy.pyth');
  expect(legacy.store.names).toEqual(zip.store.names);
  for (const name of zip.store.names) {
    expect(await legacy.store.read(name)).toEqual(await zip.store.read(name));
  }
});

test('tensors are what Python reads', async () => {
  const checks = JSON.parse(readFileSync(path('sums.json'), 'utf8')) as Record<
    string,
    Record<string, [sum: number, weighted: number]>
  >;
  for (const [file, tensors] of Object.entries(checks)) {
    const { store } = await load(file);
    expect(Object.keys(tensors).sort()).toEqual([...store.names].sort());
    for (const [name, [sum, weighted]] of Object.entries(tensors)) {
      const { data } = await store.read(name);
      let ownSum = 0;
      let ownWeighted = 0;
      (data as Float32Array).forEach((value, i) => {
        ownSum += value;
        ownWeighted += value * ((i % 97) + 1);
      });
      // Sums in float64 of the same values in the same order: equal but for nothing.
      expect([name, ownSum, ownWeighted]).toEqual([name, sum, weighted]);
    }
  }
});

test('what is beside the weights', async () => {
  const loaded = await load('pyslowfast_slowfast_w2.pyth');
  expect(loaded.epoch).toBe(7);
  expect(loaded.config).toContain('FUSION_KERNEL_SZ: 5\n');
  expect(loaded.ignored.filter((name) => !name.endsWith('num_batches_tracked'))).toEqual([
    'optimizer_state',
  ]);
  const caffe2 = await load('caffe2_slowfast_nln_w2.pkl');
  expect(caffe2.ignored).toContain('model_iter');
  expect(caffe2.ignored).toContain('lr');
});

test('what the weights show', async () => {
  const slowfast = await load('caffe2_slowfast_nln_w2.pkl');
  expect(describeWeights(slowfast.inferred)).toEqual([
    'slow: ResNet-50, stem 2 channels × 1 frames, 64 features',
    'slow temporal kernels: res2 1×3, res3 1×4, res4 3×6, res5 3×3',
    'slow non-local after blocks: res3 1 3, res4 1 3 5',
    'fast: ResNet-50, stem 1 channels × 5 frames, 32 features',
    'fast temporal kernels: res2 3×3, res3 3×4, res4 3×6, res5 3×3',
    'β = 0.5 (stem channels of fast over slow)',
    'lateral fast → slow after stem, res2, res3, res4: time-strided convolution of 5 frames, channels × 2, with normalisation',
    'head: 11 classes from 96 features',
    expect.stringMatching(/^parameters: \d+$/),
  ]);
  const slow = await load('pyslowfast_slow_w2_bf16_module_prefix.pyth', { pathway: 'slow' });
  expect(slow.inferred.pathways['slow']).toMatchObject({
    depth: 50,
    block: 'bottleneck',
    features: 64,
  });
  expect(slow.inferred.laterals).toEqual([]);
  expect(slow.headOrder).toEqual(['slow']);
});

test('written as safetensors and loaded again: the same weights, bit for bit', async () => {
  const original = await load('caffe2_slowfast_nln_w2.pkl');
  const chunks: Uint8Array[] = [];
  await writeSafetensors(original.store, {
    sink: { write: async (chunk) => void chunks.push(chunk.slice()) },
    metadata: { zoo: original.zoo },
  });
  const again = await loadCheckpoint(bytesSource(Buffer.concat(chunks), 'out.safetensors'));
  expect([again.container, again.zoo, again.inferred]).toEqual([
    'safetensors',
    'slowfast',
    original.inferred,
  ]);
  expect([...again.store.names].sort()).toEqual([...original.store.names].sort());
  for (const name of original.store.names) {
    expect(await again.store.read(name)).toEqual(await original.store.read(name));
  }
});

test('columns of the classifier follow the wanted order', async () => {
  const slowFirst = await load('pyslowfast_slowfast_w2.pyth');
  const fastFirst = await load('pyslowfast_slowfast_w2.pyth', { headOrder: ['fast', 'slow'] });
  expect([slowFirst.headOrder, fastFirst.headOrder]).toEqual([
    ['slow', 'fast'],
    ['fast', 'slow'],
  ]);
  const a = (await slowFirst.store.read('head.projection.weight')).data as Float32Array;
  const b = (await fastFirst.store.read('head.projection.weight')).data as Float32Array;
  for (let row = 0; row < 11; row++) {
    const from = a.subarray(row * 96, (row + 1) * 96);
    expect(b.subarray(row * 96, (row + 1) * 96)).toEqual(
      Float32Array.of(...from.subarray(64), ...from.subarray(0, 64)),
    );
  }
  await expect(
    load('pyslowfast_slowfast_w2.pyth', { headOrder: ['slow', 'audio'] }),
  ).rejects.toThrow('headOrder: expected an order of slow, fast, received slow, audio.');
});

test('a Caffe2 vector shorter than its convolution is tiled, fewer axes gain ones', async () => {
  const tensor = (shape: number[], fill: (i: number) => number) =>
    ({
      dtype: 'float32',
      shape,
      data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => fill(i)),
    }) as const;
  const chunks: Uint8Array[] = [];
  await writeSafetensors(
    memoryStore([
      ['conv1_w', tensor([4, 3], (i) => i)],
      ['res_conv1_bn_s', tensor([2], (i) => i + 1)],
      ['pred_w', tensor([2, 4], (i) => i)],
      ['pred_b', tensor([2], (i) => i)],
    ]),
    { sink: { write: async (chunk) => void chunks.push(chunk.slice()) } },
  );
  const { store } = await loadCheckpoint(bytesSource(Buffer.concat(chunks)));
  expect((await store.read('slow.stem.conv.weight')).shape).toEqual([4, 3, 1, 1, 1]);
  expect(await store.read('slow.stem.norm.weight')).toEqual({
    dtype: 'float32',
    shape: [4],
    data: Float32Array.of(1, 2, 1, 2),
  });
  expect((await store.read('head.projection.weight')).shape).toEqual([2, 4]);
});
