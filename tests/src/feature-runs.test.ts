/**
 * @file Features as a contract, by their values: the same on both runtimes, the same from an exported file, under
 * the taps' names; and one model, whose weights are read once, for clips of any T, H and W.
 */
import {
  dynamicSize,
  initialWeights,
  sizeOf,
  type HostTensor,
  type Model,
  type WeightStore,
} from '@slowfast/core';
import { formulaClip, interpret } from '@slowfast/core/testing';
import { catalogModel, checkedModelName } from '@slowfast/models';
import { loadOnnx, onnxBytes, onnxRuntime } from '@slowfast/runtime-onnx';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';

const TINY = { width: 8, frames: 8, alpha: 4 } as const;
const TAPS = ['slow.stem', 'slow.res3', 'slow.res3.fused', 'fast.res4', 'slow.res5'] as const;

type Tensors = Readonly<Record<string, HostTensor>>;

const feedsOf = (frames: number, size: readonly [number, number]) => ({
  slow: formulaClip([2, 3, frames / 4, ...size], 'slow'),
  fast: formulaClip([2, 3, frames, ...size], 'fast'),
});

const BOXES: HostTensor<'float32'> = {
  dtype: 'float32',
  shape: [3, 5],
  data: Float32Array.of(0, 2, 3, 30, 40, 1, 8, 0, 50, 30, 1, -9, -9, 20, 90),
};

function expectClose(actual: Tensors, expected: Tensors, names: readonly string[]): void {
  expect(Object.keys(actual)).toEqual(names);
  for (const name of names) {
    const [a, b] = [actual[name]!, expected[name]!];
    expect([name, ...a.shape]).toEqual([name, ...b.shape]);
    let [most, worst] = [1, 0];
    b.data.forEach((value, i) => {
      most = Math.max(most, Math.abs(Number(value)));
      worst = Math.max(worst, Math.abs(Number(value) - Number(a.data[i])));
    });
    expect([name, worst / most < 1e-4]).toEqual([name, true]);
  }
}

/** A store that counts how often each kernel and matrix is read. */
function counting(store: WeightStore): { store: WeightStore; reads: Map<string, number> } {
  const reads = new Map<string, number>();
  const read = (name: string): Promise<HostTensor> => {
    if (store.shapeOf(name).length > 1) reads.set(name, (reads.get(name) ?? 0) + 1);
    return store.read(name);
  };
  return { store: { ...store, read }, reads };
}

describe('both runtimes give the same features', () => {
  it.each(['slowfast-nln-8x8-r50'])('%s, every tap', async (name) => {
    const { model } = catalogModel(checkedModelName(name), { ...TINY, size: 32 });
    const taps = [...model.taps.keys()] as Parameters<typeof model.featureInfo>[0][];
    const features = model.features(taps);
    const weights = initialWeights(model.graph, { seed: 3 });
    const feeds = Object.fromEntries(
      Object.entries(features.graph.inputs).map(([input, { type }]) => {
        const shape = type.shape.map((dim) => (dim === 'N' ? 1 : Number(dim)));
        return [input, formulaClip(shape, input)];
      }),
    );
    await using onnx = await onnxRuntime({ threads: 1 }).compile(features, weights);
    await using tfjs = await tfjsRuntime({ backend: 'wasm' }).compile(features, weights);
    expectClose(await tfjs.run(feeds), await onnx.run(feeds), taps);
  });
});

describe('one exported file of features', () => {
  it('takes clips of any T, H and W, and reads its weights once', async () => {
    const compose = (frames: number, size: readonly [number, number]) =>
      catalogModel('slowfast-8x8-r50-ava', { ...TINY, frames, size }).model;
    const features = compose(8, [64, 64]).features(TAPS);
    const { store, reads } = counting(initialWeights(compose(8, [64, 64]).graph));
    const bytes = await onnxBytes(features, store, { size: 'dynamic', frames: 'dynamic' });
    expect(new Set(reads.values())).toEqual(new Set([1]));
    await using file = await loadOnnx(bytes, { threads: 1 });
    expect(file.inputs).toEqual({
      slow: ['N', 3, 'T', 'H', 'W'],
      fast: ['N', 3, '4*T', 'H', 'W'],
    });
    expect(file.outputs['slow.res3']!.slice(0, 3)).toEqual(['N', 64, 'T']);
    for (const [frames, size] of [
      [16, [64, 96]],
      [4, [50, 70]],
    ] as const) {
      const fixed = compose(frames, size).features(TAPS);
      await using compiled = await tfjsRuntime({ backend: 'wasm' }).compile(fixed, store);
      const feeds = feedsOf(frames, size);
      const outputs = await file.run(feeds);
      expectClose(outputs, await compiled.run(feeds), TAPS);
      for (const tap of TAPS) {
        expect(outputs[tap]!.shape.slice(1)).toEqual(fixed.featureInfo(tap).shape.slice(1));
      }
    }
    await expect(
      file.run({ ...feedsOf(8, [64, 64]), slow: feedsOf(4, [64, 64]).slow }),
    ).rejects.toThrow('expected 4*T = 4, as in input slow, received 4*T = 8.');
  });
});

describe('one compiled model', () => {
  const classifier = (frames: number, size: readonly [number, number]) =>
    catalogModel('slowfast-8x8-r50', { ...TINY, frames, size, trainCrop: 64 }).model;
  const detector = (frames: number, size: readonly [number, number]) =>
    catalogModel('slowfast-8x8-r50-ava', { ...TINY, frames, size }).model;

  it.each([
    ['a head over windows', classifier, {}],
    ['people in boxes', detector, { boxes: BOXES }],
  ] as const)('takes any T, H and W: %s', async (_what, compose, more) => {
    const model: Model = compose(8, [64, 64]) as unknown as Model;
    const { store, reads } = counting(initialWeights(model.graph));
    const any = { ...model, graph: dynamicSize(model.graph, { frames: true }) };
    await using onnx = await onnxRuntime({ threads: 1 }).compile(model, store, {
      size: 'dynamic',
      frames: 'dynamic',
    });
    await using tfjs = await tfjsRuntime({ backend: 'wasm' }).compile(any, store);
    // Once for each runtime.
    expect(new Set(reads.values())).toEqual(new Set([2]));
    const held = initialWeights(model.graph);
    for (const [frames, size] of [
      [8, [64, 64]],
      [16, [96, 96]],
    ] as const) {
      const feeds = { ...feedsOf(frames, size), ...more };
      const fixed = compose(frames, size) as unknown as Model;
      await using compiled = await onnxRuntime({ threads: 1 }).compile(fixed, held);
      const expected = await compiled.run(feeds);
      expect(sizeOf(expected['scores']!.shape)).toBeGreaterThan(100);
      expectClose(await onnx.run(feeds), expected, ['scores']);
      expectClose(await tfjs.run(feeds), expected, ['scores']);
    }
  });
});

describe('a classifier whose input is not square', () => {
  it.each(['slowfast-8x8-r50', 'slowfast-nln-4x16-r50', 'i3d-8x8-r50'])(
    'gives the same scores on both runtimes and in the interpreter: %s',
    async (name) => {
      const { model } = catalogModel(checkedModelName(name), { ...TINY, size: [32, 64] });
      const weights = initialWeights(model.graph, { seed: 5 });
      const feeds = Object.fromEntries(
        Object.entries(model.graph.inputs).map(([input, { type }]) => {
          expect(type.shape.slice(3)).toEqual([32, 64]);
          return [input, formulaClip([1, ...(type.shape.slice(1) as number[])], input)];
        }),
      );
      const expected = await interpret(model.graph, weights, feeds);
      await using onnx = await onnxRuntime({ threads: 1 }).compile(model, weights);
      await using tfjs = await tfjsRuntime({ backend: 'wasm' }).compile(model, weights);
      expectClose(await onnx.run(feeds), expected, ['scores']);
      expectClose(await tfjs.run(feeds), expected, ['scores']);
    },
  );
});

it('models that take frames by their number keep it', async () => {
  const { model } = catalogModel('slowfast-nln-8x8-r50', { ...TINY, size: 32 });
  await expect(
    onnxBytes(model, initialWeights(model.graph), { frames: 'dynamic' }),
  ).rejects.toThrow(
    /nonlocal\..*: expected any number of frames, but it needs .*Give this model a fixed number of frames/,
  );
});
