import { interpret } from '../testing/interpreter.js';
import { GraphBuilder } from '../ir/builder.js';
import type { OpAttrs } from '../ir/types.js';
import { float32Tensor } from '../tensor.js';

type Attrs = OpAttrs['roi_align'];
const [WIDTH, HEIGHT] = [8, 6];

/** Regions of features whose value at (x, y) is a function of both: `[R, 1, h, w]` as rows of bins. */
async function regionsOf(
  value: (x: number, y: number) => number,
  boxes: readonly (readonly number[])[],
  attrs: Partial<Attrs> = {},
): Promise<number[][]> {
  const g = GraphBuilder.empty('test');
  const features = g.input('x', { dtype: 'float32', shape: ['N', 1, HEIGHT, WIDTH] });
  const rois = g.input('boxes', { dtype: 'float32', shape: ['R', 5] });
  const size = attrs.size ?? ([2, 2] as const);
  const all = { size, spatialScale: 1, samplingRatio: 0, aligned: true, ...attrs };
  const y = g.emit('roi_align', [features, rois], all);
  const data = Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) =>
    value(i % WIDTH, Math.floor(i / WIDTH)),
  );
  const result = await interpret(g.build<'x' | 'boxes', 'y'>({ y }), new Map(), {
    x: float32Tensor([1, 1, HEIGHT, WIDTH], data),
    boxes: float32Tensor([boxes.length, 5], Float32Array.from(boxes.flat())),
  });
  const bins = size[0] * size[1];
  return boxes.map((_, r) => Array.from(result.y.data.slice(r * bins, (r + 1) * bins), Number));
}

const x = (column: number): number => column;
const plane = (column: number, row: number): number => 3 * column + 10 * row;

describe('roi_align on features that are linear gives the value at the middle of each bin', () => {
  it.each([0, 1, 2, 5])('aligned, %i samples a bin', async (samplingRatio) => {
    // Bins of 2 x 1.5 from (1, 1): middles at 2 and 4, 1.75 and 3.25; half an element less.
    const [bins] = await regionsOf(plane, [[0, 1, 1, 5, 4]], { samplingRatio });
    const at = (column: number, row: number): number => plane(column - 0.5, row - 0.5);
    [at(2, 1.75), at(4, 1.75), at(2, 3.25), at(4, 3.25)].forEach((expected, i) =>
      expect(bins![i]).toBeCloseTo(expected, 5),
    );
  });

  it('not aligned, the same without the half element', async () => {
    const [bins] = await regionsOf(plane, [[0, 1, 1, 5, 4]], { aligned: false });
    const expected = [plane(2, 1.75), plane(4, 1.75), plane(2, 3.25), plane(4, 3.25)];
    bins!.forEach((bin, i) => expect(bin).toBeCloseTo(expected[i]!, 5));
  });

  it('scales boxes', async () => {
    const [small] = await regionsOf(plane, [[0, 1, 1, 5, 4]]);
    const [large] = await regionsOf(plane, [[0, 16, 16, 80, 64]], { spatialScale: 1 / 16 });
    expect(large).toEqual(small);
  });
});

describe('roi_align at the border', () => {
  const one = { size: [1, 1], samplingRatio: 1 } as const;

  it('holds the last element up to one element outside', async () => {
    // Middles at 7.5 - 0.5 = 7 (the last), 8 (one outside), 8.5 (beyond), -0.5 and -1.5.
    const boxes = [7.5, 8.5, 9, 0, -1].map((middle) => [0, middle - 0.5, 2, middle + 0.5, 3]);
    const values = await regionsOf(x, boxes, one);
    expect(values.flat()).toEqual([7, 7, 0, 0, 0]);
    const constant = await regionsOf(() => 4, boxes, one);
    expect(constant.flat()).toEqual([4, 4, 0, 4, 0]);
  });

  it('counts samples beyond as zeros in the mean of the bin', async () => {
    // Four samples at -4, -2, 0, 2 less half an element: two are beyond.
    const [bins] = await regionsOf(() => 8, [[0, -5, 2, 3, 3]], { ...one, samplingRatio: 4 });
    expect(bins).toEqual([4]);
  });

  it('gives zeros for a box outside', async () => {
    expect(await regionsOf(() => 8, [[0, 50, 50, 60, 60]])).toEqual([[0, 0, 0, 0]]);
  });
});

describe('roi_align of boxes that are none', () => {
  const boxes = [
    [0, 3, 2, 3, 2],
    [0, 5, 4, 1, 1],
    [0, 5, 1, 1, 4],
  ];

  it('gives zeros where no sample is taken (aligned, adaptive)', async () => {
    expect((await regionsOf(() => 8, boxes)).flat()).toEqual(new Array(12).fill(0));
  });

  it('takes all samples at one corner when their number is fixed (aligned)', async () => {
    const values = await regionsOf(x, boxes, { samplingRatio: 2 });
    expect(values).toEqual([2.5, 4.5, 4.5].map((at) => new Array(4).fill(at)));
  });

  it('makes them one element wide (not aligned)', async () => {
    const values = await regionsOf(x, boxes, { aligned: false });
    expect(values).toEqual([3, 5, 5].map((at) => [at + 0.25, at + 0.75, at + 0.25, at + 0.75]));
  });

  it('takes no boxes at all', async () => {
    expect(await regionsOf(x, [])).toEqual([]);
  });
});

describe('roi_align adapts the number of samples to the box', () => {
  it('by rounding the bin up', async () => {
    // An impulse at column 2: a bin of 2 elements has samples at 0.5 and 1.5 of it, a fixed one in the middle.
    const impulse = (column: number): number => (column === 2 ? 1 : 0);
    const at = async (samplingRatio: number): Promise<number> =>
      (await regionsOf(impulse, [[0, 1, 1, 5, 3]], { size: [1, 2], samplingRatio }))[0]![0]!;
    // Middles of the bin 1..3 of two samples lie at 1.5 and 2.5, half an element less: columns 1 and 2.
    expect(await at(0)).toBeCloseTo(0.5, 6);
    // One sample at 2, less half an element: between columns 1 and 2.
    expect(await at(1)).toBeCloseTo(0.5, 6);
    // Three samples at 4/3, 2, 8/3 less half: 0.833, 1.5, 2.167.
    expect(await at(3)).toBeCloseTo((0 + 0.5 + 5 / 6) / 3, 5);
  });
});
