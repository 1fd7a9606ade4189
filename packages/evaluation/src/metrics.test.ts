import { readFile } from 'node:fs/promises';
import { rankOf } from './classification-metrics.js';
import { averagePrecision, classificationMetrics, meanAveragePrecision } from './index.js';

interface Golden {
  readonly scores: readonly (readonly number[])[];
  readonly labels: readonly (readonly number[])[];
  readonly averagePrecision: readonly (number | null)[];
  readonly mAP: number;
}

describe('rankOf', () => {
  it('counts higher scores, and equal ones of lower classes', () => {
    const scores = [0.2, 0.5, 0.2, 0.1];
    expect([0, 1, 2, 3].map((label) => rankOf(scores, label))).toEqual([1, 0, 2, 3]);
  });

  it('puts what is no number last', () => {
    expect([0, 1, 2].map((label) => rankOf([NaN, -1, 0], label))).toEqual([2, 1, 0]);
  });
});

describe('classificationMetrics', () => {
  const top = (index: number, classes = 7): number[] =>
    Array.from({ length: classes }, (_, i) => (i === index ? 1 : -i / 100));

  it('gives top-1, top-5, the accuracy of each class and the confusion', () => {
    const metrics = classificationMetrics([
      { scores: top(0), label: 0 },
      { scores: top(1), label: 0 },
      // Ranks of top(6): 6, 0, 1, 2, 3, 4, 5.
      { scores: top(6), label: 3 },
      { scores: top(6), label: 5 },
    ]);
    expect(metrics).toMatchObject({ videos: 4, top1: 0.25, top5: 0.75 });
    expect(metrics.perClass[0]).toEqual({ videos: 2, top1: 0.5 });
    expect(metrics.perClass[1]).toEqual({ videos: 0, top1: null });
    expect(metrics.perClass[3]).toEqual({ videos: 1, top1: 0 });
    expect(metrics.meanClassAccuracy).toBeCloseTo(0.5 / 3, 12);
    expect(metrics.confusion[0]).toEqual([1, 1, 0, 0, 0, 0, 0]);
    expect(metrics.confusion[3]![6]).toBe(1);
    expect(metrics.confusion.flat().reduce((a, b) => a + b)).toBe(4);
  });

  it('refuses what cannot be counted', () => {
    expect(() => classificationMetrics([])).toThrow(
      'results: expected at least one video with scores, received none.',
    );
    expect(() => classificationMetrics([{ scores: [1, 2], label: 2 }])).toThrow(
      'label: expected a class index from 0 to 1, received 2.',
    );
    expect(() =>
      classificationMetrics([
        { scores: [1, 2], label: 0 },
        { scores: [1], label: 0 },
      ]),
    ).toThrow('results: expected 2 scores a video, received 1.');
  });
});

describe('average precision', () => {
  it('is that of scikit-learn, with and without ties, classes without a positive left out', async () => {
    const file = new URL('./goldens/average-precision.json', import.meta.url);
    const goldens = JSON.parse(await readFile(file, 'utf8')) as Golden[];
    expect(goldens).toHaveLength(3);
    for (const golden of goldens) {
      const found = meanAveragePrecision(
        golden.scores.map((scores, i) => ({ scores, labels: golden.labels[i]! })),
      );
      expect(found.mAP).toBeCloseTo(golden.mAP, 12);
      expect(golden.averagePrecision).toContain(null);
      for (const [label, expected] of golden.averagePrecision.entries()) {
        const value = found.averagePrecision[label]!;
        if (expected === null) expect(value).toBeNull();
        else expect(value).toBeCloseTo(expected, 12);
      }
    }
  });

  it('is 1 for a perfect order, the share of positives for equal scores', () => {
    expect(averagePrecision([3, 2, 1], [true, true, false])).toBe(1);
    expect(averagePrecision([1, 1, 1, 1], [true, false, false, false])).toBe(0.25);
    expect(averagePrecision([1, 2], [false, false])).toBeNull();
  });

  it('refuses what has none', () => {
    expect(() => averagePrecision([1], [])).toThrow(
      'averagePrecision: expected 1 labels, one a score, received 0.',
    );
    expect(() => averagePrecision([NaN], [true])).toThrow(
      'averagePrecision: expected finite scores, received NaN.',
    );
    expect(() => meanAveragePrecision([{ scores: [1, 2], labels: [] }])).toThrow(
      'labels: expected at least one video with a class, received none.',
    );
    expect(() => meanAveragePrecision([{ scores: [1, 2], labels: [2] }])).toThrow(
      'labels: expected class indices from 0 to 1, received 2.',
    );
  });
});
