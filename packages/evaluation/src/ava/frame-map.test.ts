import { readFileSync } from 'node:fs';
import { readAvaExclusions, readAvaTable } from './csv.js';
import { AVA_EVALUATED_LABELS, evaluateAva } from './frame-map.js';
import type { AvaTable } from './table.js';

const read = (file: string): string =>
  readFileSync(new URL(`./goldens/${file}`, import.meta.url), 'utf8');
const table = (text: string): Promise<AvaTable> => readAvaTable([text]);

describe('evaluateAva', () => {
  it('agrees with the official evaluation for the mean and every class', async () => {
    const expected = Object.entries(
      JSON.parse(read('expected.json')) as Record<string, number | null>,
    );
    const labels = await table(read('groundtruth.csv'));
    const { meanAveragePrecision, averagePrecision } = evaluateAva(
      labels,
      await table(read('detections.csv')),
      { exclusions: await readAvaExclusions([read('exclusions.csv')]) },
    );
    const [[, mean], ...classes] = expected as [[string, number], ...[string, number | null][]];
    expect(Math.abs(meanAveragePrecision - mean)).toBeLessThan(1e-9);
    // The file lists classes by name: the label ids in the order of the names.
    const names = read('../../../../models/src/labels/ava.ts')
      .split('\n')
      .flatMap((line) => /^ {2}'(.*)',$/.exec(line)?.[1] ?? []);
    expect(names).toHaveLength(80);
    expect(classes).toHaveLength(AVA_EVALUATED_LABELS.length);
    for (const [key, value] of classes) {
      const name = key.slice(key.indexOf('IOU/') + 4);
      const ours = averagePrecision.get(names.indexOf(name) + 1);
      if (value === null) expect([name, ours]).toEqual([name, null]);
      else expect(Math.abs(ours! - value)).toBeLessThan(1e-9);
    }
  });

  const truth = 'v,0902,0.1,0.1,0.5,0.5,1\nv,0902,0.6,0.6,0.9,0.9,1\nw,0903,0,0,1,1,3\n';
  const score = async (detections: string, options = {}): Promise<readonly (number | null)[]> => {
    const result = evaluateAva(await table(truth), await table(detections), {
      labels: [1, 3, 4],
      ...options,
    });
    return [result.meanAveragePrecision, ...result.averagePrecision.values()];
  };

  it('counts a box once, raises precision and averages over labels with ground truth', async () => {
    const first = 'v,0902,0.1,0.1,0.5,0.5,1,0.9\nv,902,0.1,0.1,0.5,0.49,1,0.8\n';
    // Right at ranks 1 and 3: precision 1, then 2/3; label 3 has none.
    const both = `${first}v,0902,0.6,0.6,0.9,0.9,1,0.7\n`;
    expect(await score(both)).toEqual([(0.5 + 0.5 * (2 / 3)) / 2, 0.5 + 0.5 * (2 / 3), 0, null]);
    expect(await score(first)).toEqual([0.25, 0.5, 0, null]);
  });

  it('leaves out excluded frames and other labels, and refuses boxes without extent', async () => {
    await expect(score('v,0902,0.5,0.1,0.1,0.5,1,0.99\n')).rejects.toThrow(
      'expected corners x1, y1, x2, y2 with x1 less than x2',
    );
    const noise = 'v,0902,0.1,0.1,0.5,0.5,2,1\nw,0903,0,0,1,1,1,1\n';
    const detections = `${noise}v,0902,0.1,0.1,0.5,0.5,1,0.9\n`;
    const exclusions = new Set(['w,0903']);
    expect(await score(detections, { exclusions })).toEqual([0.5, 0.5, null, null]);
  });

  it('counts detections on frames without ground truth as wrong', async () => {
    expect(await score('x,0,0,0,1,1,3,0.9\nw,0903,0,0,1,1,3,0.8\n')).toEqual([0.25, 0, 0.5, null]);
  });

  it('takes the best of each frame only, when told to', async () => {
    const detections = 'v,902,0,0,1,1,4,1\nw,903,0,0,1,1,1,0.9\nw,903,0,0,1,1,3,0.8\n';
    expect(await score(detections, { perFrame: 1 })).toEqual([0, 0, 0, null]);
    expect(await score(detections, { perFrame: 2 })).toEqual([0.5, 0, 1, null]);
  });

  it('has no mean without ground truth', async () => {
    const none = evaluateAva(await table(''), await table(''));
    expect(none.meanAveragePrecision).toBeNaN();
    expect(none.averagePrecision.size).toBe(60);
  });
});
