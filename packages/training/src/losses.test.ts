import { float32Tensor, GraphBuilder, type HostTensor, type Value } from '@slowfast/core';
import { interpret } from '@slowfast/core/testing';
import type { LossGraph } from './loss-graph.js';
import { lossOf, topOneHits } from './losses.js';

const LOGITS = [
  [1, 2, 0.5],
  [-1, 0, 3],
];

/** A loss of the logits by the reference interpreter. */
async function value(loss: LossGraph, targets: HostTensor): Promise<number> {
  const g = GraphBuilder.empty('loss');
  const scores = g.input('scores', { dtype: 'float32', shape: ['N', 3] });
  const wanted = g.input('targets', { dtype: 'float32', shape: loss.targets });
  const graph = g.build({ loss: loss.build(g, { scores }, wanted) });
  const feeds = { scores: float32Tensor([2, 3], Float32Array.from(LOGITS.flat())), targets };
  return (await interpret(graph, new Map(), feeds)).loss.data[0] as number;
}

describe('cross-entropy', () => {
  it('is the mean of −Σ target · log softmax, also with smoothed targets', async () => {
    for (const smoothing of [0, 0.1]) {
      const loss = lossOf({ classes: 3, labelSmoothing: smoothing });
      const computed = await value(loss.graph, loss.targets([[1], [2]]));
      const expected = LOGITS.map((row, i) => {
        const total = row.reduce((sum, x) => sum + Math.exp(x), 0);
        return row.reduce((sum, x, k) => {
          const target = (k === i + 1 ? 1 - smoothing : 0) + smoothing / 3;
          return sum - target * Math.log(Math.exp(x) / total);
        }, 0);
      });
      expect(computed).toBeCloseTo((expected[0]! + expected[1]!) / 2, 6);
    }
  });

  it('refuses labels that are no single class', () => {
    const loss = lossOf({ classes: 3 });
    expect(() => loss.targets([[0], [3]])).toThrow(
      'labels of clip 1 of the batch: expected one class from 0 to 2, received 3.',
    );
    expect(() => loss.targets([[0, 1]])).toThrow(
      'labels of clip 0 of the batch: expected one class from 0 to 2, received 2 classes.',
    );
  });
});

describe('binary cross-entropy', () => {
  it('is the mean over clips and classes, for any number of labels', async () => {
    const loss = lossOf({ kind: 'binary-cross-entropy', classes: 3 });
    const labels = [[0, 2], []];
    const computed = await value(loss.graph, loss.targets(labels));
    const terms = LOGITS.flatMap((row, i) =>
      row.map((x, k) => {
        const p = 1 / (1 + Math.exp(-x));
        return labels[i]!.includes(k) ? -Math.log(p) : -Math.log(1 - p);
      }),
    );
    expect(computed).toBeCloseTo(terms.reduce((a, b) => a + b) / 6, 6);
  });

  it('moves targets half of the smoothing towards ½', () => {
    const loss = lossOf({ kind: 'binary-cross-entropy', classes: 2, labelSmoothing: 0.2 });
    expect([...loss.targets([[1]]).data].map((x) => x.toFixed(4))).toEqual(['0.1000', '0.9000']);
  });
});

it('refuses a smoothing of 1', () => {
  expect(() => lossOf({ classes: 2, labelSmoothing: 1 })).toThrow(
    'labelSmoothing: expected a number from 0 to below 1, received 1.',
  );
});

it('counts clips whose highest logit is one of their classes', () => {
  const logits = float32Tensor([2, 3], Float32Array.from(LOGITS.flat()));
  expect(topOneHits(logits, [[1], [0]])).toBe(1);
  expect(topOneHits(logits, [[1], [0, 2]])).toBe(2);
});

it('takes soft targets as they are, and refuses what is none', async () => {
  const loss = lossOf({ classes: 3, labelSmoothing: 0.1 });
  const soft = [0.2, 0.5, 0.3];
  const { data } = loss.targets([[1], [2]], [soft, undefined]);
  const smoothed = [0.1 / 3, 0.1 / 3, 0.9 + 0.1 / 3];
  [...soft, ...smoothed].forEach((share, i) => expect(data[i]).toBeCloseTo(share, 6));
  expect(() => loss.targets([[1]], [[0.5, 0.6, 0]])).toThrow(
    'soft target of clip 0 of the batch: expected 3 shares from 0 to 1 that make 1, received 3 that make 1.1.',
  );
  const each = lossOf({ kind: 'binary-cross-entropy', classes: 2 });
  expect([...each.targets([[]], [[1, 0.5]]).data]).toEqual([1, 0.5]);
  expect(() => each.targets([[]], [[1]])).toThrow(
    'expected 2 shares from 0 to 1, received 1 that make 1.',
  );
});

it('may be any part of a graph: focal loss, as documented', async () => {
  const focal: LossGraph<'scores'> = {
    targets: ['N', 3],
    build(g, { scores }, targets) {
      const entropy = g.emit('cross_entropy', [scores, targets], {});
      const known = g.emit('mul', [g.softmax(scores, 1), targets], {});
      const total = (x: Value) => g.emit('reduce', [x], { fn: 'sum', axes: [1], keepDims: false });
      const missing = g.add(total(targets), g.emit('scale', [total(known)], { factor: -1 }));
      const weight = g.emit('mul', [missing, missing], {});
      return g.mean(g.emit('mul', [weight, entropy], {}), [0]);
    },
  };
  const computed = await value(focal, lossOf({ classes: 3 }).targets([[1], [2]]));
  const terms = LOGITS.map((row, i) => {
    const total = row.reduce((sum, x) => sum + Math.exp(x), 0);
    const p = Math.exp(row[i + 1]!) / total;
    return (1 - p) ** 2 * -Math.log(p);
  });
  expect(computed).toBeCloseTo((terms[0]! + terms[1]!) / 2, 6);
});
