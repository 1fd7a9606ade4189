import { GraphBuilder, float32Tensor, type Graph, type HostTensor } from '@slowfast/core';
import { formulaStore, interpret } from '@slowfast/core/testing';
import { roiHead, type RoiHeadOptions } from './roi.js';

type P = 'slow' | 'fast';
const CLASSES = 4;
const SHAPES = { slow: [3, 2, 4, 6], fast: [2, 5, 4, 6] } as const;

function build(options: Partial<RoiHeadOptions<P>> = {}): Graph<P | 'boxes', 'scores'> {
  const g = GraphBuilder.empty('test');
  const features = {
    slow: g.input('slow', { dtype: 'float32', shape: ['N', ...SHAPES.slow] }),
    fast: g.input('fast', { dtype: 'float32', shape: ['N', ...SHAPES.fast] }),
  };
  const head = roiHead<P>({ pathways: ['slow', 'fast'], classes: CLASSES, ...options });
  return g.build(head.build(g.scope('head'), features));
}

/** A feature of clip n, channel c, frame t, column x: linear along W, so that the largest bin is the last. */
const value = (pathway: P, n: number, c: number, t: number, x: number): number =>
  (pathway === 'slow' ? 1 : -0.5) * (1 + n) * (0.3 + c) * (0.2 + t * t) + 0.25 * x;

function clips(pathway: P): HostTensor {
  const [C, T, H, W] = SHAPES[pathway];
  const data: number[] = [];
  for (let n = 0; n < 2; n++)
    for (let c = 0; c < C; c++)
      for (let t = 0; t < T; t++)
        for (let i = 0; i < H * W; i++) data.push(value(pathway, n, c, t, i % W));
  return float32Tensor([2, C, T, H, W], Float32Array.from(data));
}

/** Clip, x1, y1, x2, y2 in pixels: columns 1 to 5 of the features. */
const BOXES = [
  [0, 16, 8, 80, 40],
  [1, 16, 8, 80, 40],
  [1, 32, 16, 80, 48],
];
const feeds = (boxes = BOXES) => ({
  slow: clips('slow'),
  fast: clips('fast'),
  boxes: float32Tensor([boxes.length, 5], Float32Array.from(boxes.flat())),
});
const store = formulaStore([
  ['head.projection.weight', [CLASSES, 5]],
  ['head.projection.bias', [CLASSES]],
]);

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Logits of a box whose last bin is at column `x`, with frames pooled by `pool`. */
async function logits(
  n: number,
  x: number,
  order: readonly P[] = ['slow', 'fast'],
  pool = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length,
  frames: Readonly<Record<P, readonly number[]>> = { slow: [0, 1], fast: [0, 1, 2, 3, 4] },
): Promise<number[]> {
  const joined = order.flatMap((pathway) =>
    Array.from({ length: SHAPES[pathway][0] }, (_, c) =>
      pool(frames[pathway].map((t) => value(pathway, n, c, t, x))),
    ),
  );
  const weight = (await store.read('head.projection.weight')).data as Float32Array;
  const bias = (await store.read('head.projection.bias')).data as Float32Array;
  return Array.from({ length: CLASSES }, (_, k) =>
    joined.reduce((sum, v, i) => sum + v * weight[k * 5 + i]!, bias[k]!),
  );
}

async function expectScores(graph: Graph, expected: readonly number[], count = 3): Promise<void> {
  const { scores } = await interpret(graph, store, feeds());
  expect(scores!.shape).toEqual([count, CLASSES]);
  expected.forEach((v, i) => expect(Number(scores!.data[i])).toBeCloseTo(v, 5));
}

/** Middle of the last of `bins` bins of columns 1 to 5. */
const last = (bins: number, shift: number): number => 5 - 4 / bins / 2 - shift;

describe('roiHead', () => {
  it('pools over frames, takes the largest bin and ends with sigmoid', async () => {
    const x = last(7, 0);
    const rows = [await logits(0, x), await logits(1, x)];
    await expectScores(build(), rows.flat().map(sigmoid));
  });

  it('moves boxes by half an element when aligned, takes other bins and samples', async () => {
    const none = { activation: 'none' } as const;
    await expectScores(build({ ...none, aligned: true }), await logits(0, last(7, 0.5)));
    await expectScores(
      build({ ...none, aligned: true, bins: [8, 8], samplingRatio: 3 }),
      await logits(0, last(8, 0.5)),
    );
  });

  it('reads pathways in the given order', async () => {
    const order = ['fast', 'slow'] as const;
    await expectScores(
      build({ pathways: order, activation: 'none' }),
      await logits(0, last(7, 0), order),
    );
  });

  it('takes the maximum over frames', async () => {
    await expectScores(
      build({ temporalPool: 'max', activation: 'none' }),
      await logits(0, last(7, 0), undefined, (values) => Math.max(...values)),
    );
  });

  it('resizes frames as nearest interpolation does', async () => {
    const frames = { slow: [0, 0, 0, 1, 1], fast: [0, 1, 2, 3, 4] };
    await expectScores(
      build({ resizeFrames: true, activation: 'none' }),
      await logits(0, last(7, 0), undefined, undefined, frames),
    );
  });

  it('gives no scores without boxes', async () => {
    const { scores } = await interpret(build(), store, feeds([]));
    expect(scores.shape).toEqual([0, CLASSES]);
  });

  it('has one linear layer, and boxes of any number as input', () => {
    const graph = build();
    expect(graph.inputs.boxes.type.shape).toEqual(['R', 5]);
    expect(graph.outputs.scores.type.shape).toEqual(['R', CLASSES]);
    expect([...graph.params.keys()]).toEqual(['head.projection.weight', 'head.projection.bias']);
  });

  it('drops out before the classifier or on the features', () => {
    const around = (graph: Graph): readonly number[][] =>
      graph.nodes.flatMap((node) =>
        node.op === 'dropout' ? [[node.attrs.rate, node.output.type.shape.length]] : [],
      );
    expect(around(build())).toEqual([[0.5, 2]]);
    expect(around(build({ dropoutAt: 'features', dropout: 0.2 }))).toEqual([[0.2, 4]]);
    expect(around(build({ dropout: 0 }))).toEqual([]);
  });
});

describe('what roiHead refuses', () => {
  it.each([
    [{ classes: 0 }, 'roiHead.classes: expected a whole number of at least 1, received 0.'],
    [{ dropout: 1 }, 'roiHead.dropout: expected a probability from 0 to below 1, received 1.'],
  ])('%j', (options, message) => {
    expect(() => build(options)).toThrow(expect.objectContaining({ name: 'SpecError', message }));
  });

  it('pathways of different sizes', () => {
    const g = GraphBuilder.empty('test');
    const slow = g.input('slow', { dtype: 'float32', shape: ['N', 4, 2, 7, 7] });
    const fast = g.input('fast', { dtype: 'float32', shape: ['N', 4, 8, 14, 14] });
    const head = roiHead({ pathways: ['slow', 'fast'], classes: 3 });
    expect(() => head.build(g.scope('head'), { slow, fast })).toThrow(
      'head.concat: expected values that differ along axis 1 only, ' +
        'received [N, 4, 1, 7, 7] and [N, 4, 1, 14, 14].',
    );
  });
});
