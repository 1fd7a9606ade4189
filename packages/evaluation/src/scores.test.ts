import { ScoreCombiner, activate, topPredictions } from './scores.js';

describe('activate', () => {
  it('is softmax without overflow', () => {
    const row = Float32Array.of(1000, 1000, 1000 + Math.log(2));
    expect([...activate(row, 'softmax')].map((x) => +x.toFixed(3))).toEqual([0.25, 0.25, 0.5]);
  });

  it('is the logistic function for sigmoid, and nothing for none', () => {
    expect([...activate(Float32Array.of(0, Math.log(3)), 'sigmoid')]).toEqual([0.5, 0.75]);
    const row = Float32Array.of(3, -1);
    expect(activate(row, 'none')).toBe(row);
  });
});

describe('ScoreCombiner', () => {
  it('refuses views with different numbers of classes', () => {
    const combiner = new ScoreCombiner('mean');
    combiner.add(new Float32Array(3));
    expect(() => combiner.add(new Float32Array(2))).toThrow(
      'scores: expected 3 classes, received 2.',
    );
  });
});

describe('topPredictions', () => {
  it('sorts by score, keeps class order in ties, names classes without a label', () => {
    expect(topPredictions(Float32Array.of(0.25, 0.5, 0.25), ['a', 'b'], 3)).toEqual([
      { index: 1, label: 'b', score: 0.5 },
      { index: 0, label: 'a', score: 0.25 },
      { index: 2, label: 'class 2', score: 0.25 },
    ]);
  });
});
