import { headAccuracy, headScores, trainHead, type Example } from './softmax-head.js';

/** Reproducible numbers from -1 to 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** Three clouds of 64 features, of unequal size, which few of the features tell apart. */
function clouds(seed: number, counts: readonly number[]): readonly Example[] {
  const draw = numbers(seed);
  return counts.flatMap((count, label) =>
    Array.from({ length: count }, () => ({
      label,
      features: Float32Array.from(
        { length: 64 },
        (_, k) => 5 + 0.5 * draw() + (k % 8 === label ? 1 : 0),
      ),
    })),
  );
}

test('a head learns what tells classes apart, and knows it again', () => {
  const examples = clouds(1, [4, 12, 6]);
  const head = trainHead(examples, 3);
  expect(headAccuracy(head, examples)).toBe(1);
  expect(headAccuracy(head, clouds(2, [20, 20, 20]))).toBe(1);
  const scores = headScores(head, clouds(3, [1])[0]!.features);
  expect(scores[0]).toBeGreaterThan(0.7);
  expect(scores.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
});

test('what is minimised has no slope where training ends', () => {
  const examples = clouds(4, [3, 5]);
  const decay = 0.1;
  const head = trainHead(examples, 2, { steps: 2000, decay });
  /** Class-balanced cross-entropy and decay, by its definition. */
  const loss = (): number => {
    const entropies = examples.map(
      ({ features, label }) => -Math.log(headScores(head, features)[label]!) / (2 * [3, 5][label]!),
    );
    return (
      entropies.reduce((a, b) => a + b, 0) +
      (decay / 2) * head.weights.reduce((sum, weight) => sum + weight * weight, 0)
    );
  };
  for (const k of [0, 1, 8, 70]) {
    const before = head.weights[k]!;
    head.weights[k] = before + 1e-2;
    const above = loss();
    head.weights[k] = before - 1e-2;
    const below = loss();
    head.weights[k] = before;
    expect(Math.abs(above - below) / 2e-2).toBeLessThan(1e-4);
  }
});

test('one class alone, and features that never move, are no error', () => {
  const still = Float32Array.from([1, 2, 3]);
  const head = trainHead([{ features: still, label: 0 }], 2);
  expect(headScores(head, still)[0]).toBeGreaterThan(0.5);
});
