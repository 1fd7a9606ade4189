import { GraphBuilder, type Graph } from '@slowfast/core';
import { formulaClip, formulaStore, interpret } from '@slowfast/core/testing';
import { classificationHead, type ClassificationHeadOptions } from './classification.js';

type P = 'slow' | 'fast';
const CLASSES = 5;
const SHAPES = { slow: [4, 2, 3, 4], fast: [2, 6, 3, 4] } as const;

function build(options: Partial<ClassificationHeadOptions<P>> = {}): Graph<P, 'scores'> {
  const g = GraphBuilder.empty('test');
  const features = {
    slow: g.input('slow', { dtype: 'float32', shape: ['N', ...SHAPES.slow] }),
    fast: g.input('fast', { dtype: 'float32', shape: ['N', ...SHAPES.fast] }),
  };
  const head = classificationHead<P>({ pathways: ['slow', 'fast'], classes: CLASSES, ...options });
  return g.build(head.build(g.scope('head'), features));
}

const feeds = {
  slow: formulaClip([1, ...SHAPES.slow], 'slow'),
  fast: formulaClip([1, ...SHAPES.fast], 'fast'),
};
const store = formulaStore([
  ['head.projection.weight', [CLASSES, 6]],
  ['head.projection.bias', [CLASSES]],
]);

/** Mean of each channel of a pathway over all T and the window at (y, x). */
function pooled(pathway: P, y: number, x: number, height: number, width: number): number[] {
  const [C, T, H, W] = SHAPES[pathway];
  return Array.from({ length: C }, (_, c) => {
    let sum = 0;
    for (let t = 0; t < T; t++)
      for (let h = y; h < y + height; h++)
        for (let w = x; w < x + width; w++)
          sum += feeds[pathway].data[((c * T + t) * H + h) * W + w]!;
    return sum / (T * height * width);
  });
}

async function logitsAt(
  order: readonly P[],
  y: number,
  x: number,
  height: number,
  width: number,
): Promise<number[]> {
  const weight = (await store.read('head.projection.weight')).data as Float32Array;
  const bias = (await store.read('head.projection.bias')).data as Float32Array;
  const joined = order.flatMap((pathway) => pooled(pathway, y, x, height, width));
  return Array.from({ length: CLASSES }, (_, k) =>
    joined.reduce((sum, value, i) => sum + value * weight[k * joined.length + i]!, bias[k]!),
  );
}

const softmax = (logits: readonly number[]): number[] => {
  const total = logits.reduce((sum, v) => sum + Math.exp(v), 0);
  return logits.map((v) => Math.exp(v) / total);
};
const sigmoid = (logits: readonly number[]): number[] => logits.map((v) => 1 / (1 + Math.exp(-v)));
const mean = (rows: readonly number[][]): number[] =>
  rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);

async function expectScores(graph: Graph<P, 'scores'>, expected: readonly number[]): Promise<void> {
  const { scores } = await interpret(graph, store, feeds);
  expect(scores.shape).toEqual([1, CLASSES]);
  expected.forEach((value, i) => expect(Number(scores.data[i])).toBeCloseTo(value, 6));
}

/** Logits at the 2 × 2 positions of a 2 × 3 window in 3 × 4. */
const positions = async (order: readonly P[] = ['slow', 'fast']): Promise<number[][]> =>
  Promise.all(
    [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ].map(([y, x]) => logitsAt(order, y!, x!, 2, 3)),
  );

describe('classificationHead', () => {
  it('pools globally, joins in the given order and ends with softmax', async () => {
    await expectScores(build(), softmax(await logitsAt(['slow', 'fast'], 0, 0, 3, 4)));
    await expectScores(
      build({ pathways: ['fast', 'slow'] }),
      softmax(await logitsAt(['fast', 'slow'], 0, 0, 3, 4)),
    );
  });

  it('applies the window at every position and averages probabilities', async () => {
    const pool = { window: [2, 3] } as const;
    await expectScores(build({ pool }), mean((await positions()).map(softmax)));
    await expectScores(
      build({ pool, activation: 'sigmoid' }),
      mean((await positions()).map(sigmoid)),
    );
  });

  it('averages logits before the activation when told to', async () => {
    const pool = { window: [2, 3] } as const;
    await expectScores(build({ pool, average: 'logits' }), softmax(mean(await positions())));
    await expectScores(build({ pool, activation: 'none' }), mean(await positions()));
  });

  it('takes one pathway', () => {
    const g = GraphBuilder.empty('test');
    const slow = g.input('slow', { dtype: 'float32', shape: ['N', 4, 2, 3, 4] });
    const head = classificationHead({ pathways: ['slow'], classes: 3 });
    const { scores } = head.build(g.scope('head'), { slow });
    expect(scores.type.shape).toEqual(['N', 3]);
    expect([...g.build({ scores }).params.keys()]).toEqual([
      'head.projection.weight',
      'head.projection.bias',
    ]);
  });

  it('starts the classifier with standard deviation 0.01 (paper, appendix)', () => {
    const weight = build().params.get('head.projection.weight')!;
    expect(weight.expression).toMatchObject({ init: { kind: 'normal', std: 0.01 } });
  });

  it('drops out with probability ½ in training unless told otherwise', () => {
    const rates = (graph: Graph): readonly number[] =>
      graph.nodes.flatMap((node) => (node.op === 'dropout' ? [node.attrs.rate] : []));
    expect(rates(build())).toEqual([0.5]);
    expect(rates(build({ dropout: 0.8 }))).toEqual([0.8]);
    expect(rates(build({ dropout: 0 }))).toEqual([]);
  });
});

describe('what classificationHead refuses', () => {
  it.each([
    [
      { classes: 0 },
      'classificationHead.classes: expected a whole number of at least 1, received 0.',
    ],
    [
      { pool: { window: [7, 0] as const } },
      'classificationHead.pool.window: expected a whole number of at least 1, received 0.',
    ],
    [
      { dropout: 1 },
      'classificationHead.dropout: expected a probability from 0 to below 1, received 1.',
    ],
  ])('%j', (options, message) => {
    expect(() => build(options)).toThrow(expect.objectContaining({ name: 'SpecError', message }));
  });

  it('a window larger than the features', () => {
    expect(() => build({ pool: { window: [7, 7] } })).toThrow(
      expect.objectContaining({
        name: 'ShapeError',
        message:
          'head.avg_pool3d: expected H of at least 7 for a window of 7, received H = 3. ' +
          'Give the model a larger input.',
      }),
    );
  });

  it('a window over frames of unknown number', () => {
    const g = GraphBuilder.empty('test');
    const slow = g.input('slow', { dtype: 'float32', shape: ['N', 4, 'T', 7, 7] });
    const head = classificationHead({ pathways: ['slow'], classes: 3, pool: { window: [7, 7] } });
    expect(() => head.build(g.scope('head'), { slow })).toThrow(
      "head: expected a known T of slow for a window, received T. Pool by 'global'.",
    );
  });
});
