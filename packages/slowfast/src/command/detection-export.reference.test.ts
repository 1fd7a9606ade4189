/** @file Exported detectors: any number of boxes, any height and width, in one file. */
import { float32Tensor, initialWeights, type HostTensor } from '@slowfast/core';
import { formulaClip } from '@slowfast/core/testing';
import { catalogModel } from '@slowfast/models';
import { loadOnnx, onnxBytes, onnxRuntime } from '@slowfast/runtime-onnx';

const NAME = 'slowfast-8x8-r50-ava';
const TINY = { width: 8, frames: 8, alpha: 4 } as const;
const tiny = (size: readonly [number, number]) => catalogModel(NAME, { ...TINY, size }).model;

const boxesOf = (count: number, [height, width]: readonly [number, number]): HostTensor =>
  float32Tensor(
    [count, 5],
    Float32Array.from(
      Array.from({ length: count }, (_, i) => {
        const [x, y] = [(7 * i) % (width - 8), (5 * i) % (height - 8)];
        return [i % 2, x, y, x + 8 + (i % 40), y + 8 + (i % 30)];
      }).flat(),
    ),
  );

const feedsOf = (size: readonly [number, number], count: number) => ({
  slow: formulaClip([2, 3, 2, ...size], 'slow'),
  fast: formulaClip([2, 3, 8, ...size], 'fast'),
  boxes: boxesOf(count, size),
});

const close = (a: HostTensor, b: HostTensor): void => {
  expect(a.shape).toEqual(b.shape);
  a.data.forEach((value, i) =>
    expect(Math.abs(Number(value) - Number(b.data[i]))).toBeLessThan(1e-5),
  );
};

it('one file takes 0, 1 and 300 boxes on frames of any size', async () => {
  const weights = initialWeights(tiny([64, 64]).graph);
  await using dynamic = await loadOnnx(
    await onnxBytes(tiny([64, 64]), weights, { size: 'dynamic' }),
    { threads: 1 },
  );
  expect(dynamic.inputs).toMatchObject({ fast: ['N', 3, 8, 'H', 'W'], boxes: ['R', 5] });
  for (const size of [
    [64, 64],
    [64, 112],
    [90, 70],
  ] as const) {
    await using fixed = await onnxRuntime({ threads: 1 }).compile(tiny(size), weights);
    for (const count of [0, 1, 300]) {
      const feeds = feedsOf(size, count);
      const { scores } = await dynamic.run(feeds);
      expect(scores!.shape).toEqual([count, 80]);
      close(scores!, (await fixed.run(feeds))['scores']);
    }
  }
});

it('a box has the same scores alone and among 300', async () => {
  const size = [64, 96] as const;
  const model = tiny(size);
  await using compiled = await onnxRuntime({ threads: 1 }).compile(
    model,
    initialWeights(model.graph),
  );
  const feeds = feedsOf(size, 300);
  const { scores } = await compiled.run(feeds);
  for (const row of [0, 1, 150, 299]) {
    const box = float32Tensor(
      [1, 5],
      (feeds.boxes.data as Float32Array).slice(5 * row, 5 * row + 5),
    );
    const alone = await compiled.run({ ...feeds, boxes: box });
    const own = (scores.data as Float32Array).slice(80 * row, 80 * row + 80);
    close(alone['scores'], float32Tensor([1, 80], own));
  }
});

it('models with non-local blocks keep their size', async () => {
  const { model } = catalogModel('slowfast-8x8-r101-ava', { ...TINY, size: 64 });
  await expect(onnxBytes(model, initialWeights(model.graph), { size: 'dynamic' })).rejects.toThrow(
    /nonlocal\..*: expected any height and width, but it needs .*Give this model a fixed size\.$/,
  );
});
