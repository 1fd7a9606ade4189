import { readFileSync } from 'node:fs';
import {
  findSegments,
  localisationMetrics,
  localisationsJson,
  readLocalisations,
  readLocalisationTruth,
  smoothedCurve,
  suppressOverlaps,
  temporalIou,
  type ScoreCurve,
} from '../index.js';

const golden = (name: string): string =>
  readFileSync(new URL(`../goldens/localisation/${name}`, import.meta.url), 'utf8');

describe('mean average precision', () => {
  it("is that of ActivityNet's own evaluation, class by class", () => {
    const truth = readLocalisationTruth(golden('groundtruth.json'), { subset: 'validation' });
    const detections = readLocalisations(golden('detections.json'));
    const expected = JSON.parse(golden('expected.json')) as {
      tiou: number[];
      ap: Record<string, number[]>;
      mAP: number[];
      average: number;
    };
    const result = localisationMetrics(truth, detections);
    const near = (values: readonly number[], others: readonly number[]): void => {
      expect(values).toHaveLength(others.length);
      values.forEach((value, i) => expect(Math.abs(value - others[i]!)).toBeLessThan(1e-9));
    };
    near(result.temporalIous, expected.tiou);
    expect([...result.averagePrecision.keys()].sort()).toEqual(Object.keys(expected.ap).sort());
    for (const [label, values] of result.averagePrecision) near(values, expected.ap[label]!);
    near(result.mAP, expected.mAP);
    near([result.average], [expected.average]);
  });

  it('takes each segment of the ground truth once, and counts detections elsewhere as wrong', () => {
    const truth = new Map([['a', [{ label: 'wave', start: 0, end: 10 }]]]);
    const wave = (score: number, start: number, end: number) => ({
      label: 'wave',
      score,
      start,
      end,
    });
    const once = new Map([['a', [wave(0.9, 0, 10), wave(0.8, 0, 10)]]]);
    expect(localisationMetrics(truth, once, [0.5]).mAP).toEqual([1]);
    const elsewhere = new Map([
      ['a', [wave(0.8, 0, 10)]],
      ['b', [wave(0.9, 0, 10)]],
    ]);
    expect(localisationMetrics(truth, elsewhere, [0.5]).mAP).toEqual([0.5]);
    expect(localisationMetrics(truth, new Map(), [0.5]).mAP).toEqual([0]);
    expect(() => localisationMetrics(new Map(), new Map())).toThrow(
      'ground truth: expected at least one segment, received none.',
    );
  });
});

describe('files of segments', () => {
  it('are written as they are read', () => {
    const detections = readLocalisations(golden('detections.json'));
    expect(readLocalisations(localisationsJson(detections))).toEqual(detections);
  });

  it.each([
    ['{"database": {}}', 'database: expected at least one video, received none.'],
    [
      '{"database": {"v": {"subset": "training", "annotations": []}}}',
      "database: expected videos of the subset 'validation', received videos of training.",
    ],
    [
      '{"database": {"v": {"subset": "validation", "annotations": [{"label": "x", "segment": [2, 1]}]}}}',
      'database.v.annotations.0.segment: expected an end that is not before the start, received 2, 1.',
    ],
    ['{"results": {}}', 'database: expected videos by name, received nothing.'],
  ])('%s', (content, message) => {
    const subset = content.includes('subset') ? { subset: 'validation' } : {};
    expect(() => readLocalisationTruth(content, subset)).toThrow(message);
  });
});

/** A score a second of one class, of windows two seconds long. */
const curveOf = (...scores: number[]): ScoreCurve => ({
  times: scores.flatMap((_, i) => [i, i + 2]),
  scores: Float32Array.from(scores),
  classes: 1,
});

describe('segments of a curve', () => {
  it('reach down to the lower threshold, in the time that their windows speak for', () => {
    const curve = curveOf(0.1, 0.3, 0.6, 0.9, 0.3, 0.1, 0.3, 0.3, 0.1);
    const [found, ...others] = findSegments(curve, ['wave']);
    // Windows 1 to 4, whose middles are 2 to 5 s; the stretch of 0.3 reaches nothing.
    expect(found).toMatchObject({ label: 'wave', start: 1.5, end: 5.5 });
    expect(found!.score).toBeCloseTo((0.3 + 0.6 + 0.9 + 0.3) / 4);
    expect(others).toEqual([]);
  });

  it('begin and end with the video', () => {
    expect(findSegments(curveOf(0.8, 0.9), ['wave'])).toMatchObject([{ start: 0, end: 3 }]);
    expect(findSegments(curveOf(0.8), ['wave'])).toMatchObject([{ start: 0, end: 2 }]);
  });

  it('of each class', () => {
    const curve: ScoreCurve = {
      times: [0, 2, 1, 3, 2, 4],
      scores: Float32Array.from([0.9, 0.1, 0.2, 0.8, 0.1, 0.9]),
      classes: 2,
    };
    expect(findSegments(curve, ['wave', 'point'])).toMatchObject([
      { label: 'wave', start: 0, end: 1.5 },
      { label: 'point', start: 1.5, end: 4 },
    ]);
  });

  it('are left out where they are too short, and follow smoothing', () => {
    const spike = curveOf(0, 0, 0.9, 0, 0);
    expect(findSegments(spike, ['wave'], { shortest: 2 })).toEqual([]);
    expect(findSegments(spike, ['wave'], { smoothing: 1 })).toEqual([]);
    const smooth = smoothedCurve(spike, 1);
    const weights = [0, 1, 2].map((d) => Math.exp(-(d ** 2) / 2));
    const total = weights[0]! + 2 * weights[1]! + 2 * weights[2]!;
    expect(smooth.scores[2]).toBeCloseTo(0.9 / total);
  });

  it('stand out best from what is around them, by watershed', () => {
    // One long stretch of 0.3 with two peaks: hysteresis sees one segment, watershed both peaks.
    const curve = curveOf(0.3, 0.3, 0.9, 0.9, 0.3, 0.3, 0.8, 0.8, 0.3, 0.3);
    expect(findSegments(curve, ['wave'])).toHaveLength(1);
    const found = findSegments(curve, ['wave'], { grouping: 'watershed', overlap: 0.1 });
    expect(found).toMatchObject([
      { start: 2.5, end: 4.5 },
      { start: 6.5, end: 8.5 },
    ]);
    expect(found[0]!.score).toBeCloseTo(0.6);
  });

  it('refuses thresholds the wrong way round, and scores that do not fit', () => {
    expect(() => findSegments(curveOf(1), ['wave'], { threshold: 0.2, low: 0.5 })).toThrow(
      'segments: expected a threshold, and a lower one above 0 that is not greater, received 0.2 and 0.5.',
    );
    expect(() => findSegments({ ...curveOf(1), classes: 2 }, ['a', 'b'])).toThrow(
      'score curve: expected start and end of at least one window',
    );
  });
});

test('of overlapping segments of a class the best remains', () => {
  const at = (label: string, score: number, start: number, end: number) => ({
    label,
    score,
    start,
    end,
  });
  expect(temporalIou({ start: 0, end: 2 }, { start: 1, end: 4 })).toBe(1 / 4);
  expect(temporalIou({ start: 0, end: 1 }, { start: 2, end: 3 })).toBe(0);
  const segments = [
    at('a', 0.5, 0, 4),
    at('a', 0.9, 1, 4),
    at('b', 0.2, 0, 4),
    at('a', 0.1, 9, 10),
  ];
  expect(suppressOverlaps(segments, 0.5)).toEqual([segments[1], segments[2], segments[3]]);
});
