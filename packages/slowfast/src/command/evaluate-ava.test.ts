/** @file `slowfast evaluate --task ava` as a user runs it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initialWeights, writeSafetensors } from '@slowfast/core';
import { WEIGHTS_METADATA_KEY } from '@slowfast/checkpoints';
import { catalogModel, checkedModelName } from '@slowfast/models';
import { writeFileAtomic } from '@slowfast/core';
import { slowfast, type Ended } from './testing/run-slowfast.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const golden = (name: string): string => at(`../../../evaluation/src/ava/goldens/${name}`);
const MEDIA = at('../../../../examples/media');

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-ava-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const evaluate = (...argv: string[]): Promise<Ended> =>
  slowfast('evaluate', '--task', 'ava', ...argv);

interface Result {
  readonly meanAveragePrecision: number;
  readonly classes: readonly { readonly name: string; readonly averagePrecision: number | null }[];
}

describe('evaluate --task ava', () => {
  it('gives what the official evaluation gives', async () => {
    const args = [
      ...['--data', golden('groundtruth.csv'), '--detections', golden('detections.csv')],
      ...['--exclusions', golden('exclusions.csv')],
    ];
    const { code, out, err } = await evaluate(...args, '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { meanAveragePrecision, classes } = JSON.parse(out) as Result;
    const expected = JSON.parse(await readFile(golden('expected.json'), 'utf8')) as Record<
      string,
      number | null
    >;
    const mean = expected['PascalBoxes_Precision/mAP@0.5IOU']!;
    expect(Math.abs(meanAveragePrecision - mean)).toBeLessThan(1e-9);
    for (const { name, averagePrecision } of classes) {
      const official = expected[`PascalBoxes_PerformanceByCategory/AP@0.5IOU/${name}`];
      if (official === null) expect(averagePrecision).toBeNull();
      else expect(Math.abs(averagePrecision! - official!)).toBeLessThan(1e-9);
    }
    expect((await evaluate(...args)).out).toContain(` ${(100 * mean).toFixed(2)}  mAP@0.5IOU\n`);
  });

  it('classifies the people in boxes of videos', async () => {
    const options = { model: 'slow-4x16-r50-ava', width: 8, size: 64 };
    const weights = join(folder, 'small.safetensors');
    const { graph } = catalogModel(checkedModelName(options.model), options).model;
    await writeFileAtomic(weights, (sink) =>
      writeSafetensors(initialWeights(graph), {
        sink,
        metadata: { [WEIGHTS_METADATA_KEY]: JSON.stringify(options) },
      }),
    );
    const [boxes, truth, saved] = ['boxes', 'truth', 'saved'].map((name) =>
      join(folder, `${name}.csv`),
    ) as [string, string, string];
    const rows = [
      'arm-wrestling,902,0.1,0.1,0.5,0.9,,0.9',
      'arm-wrestling,902,0.5,0.1,0.9,0.9,,0.85',
      'arm-wrestling,903,0.1,0.1,0.5,0.9,,0.95',
      'arm-wrestling,903,0.5,0.1,0.9,0.9,,0.2',
      'archery,901,0,0,1,1,,0.99',
    ];
    await writeFile(boxes, rows.join('\n'));
    await writeFile(truth, 'arm-wrestling,902,0.1,0.1,0.5,0.9,80,3\narchery,901,0,0,1,1,80,1\n');
    const { code, out, err } = await evaluate(
      ...['--data', truth, '--boxes', boxes, '--videos', MEDIA, '--weights', weights],
      ...['--save-detections', saved, '--json'],
    );
    expect({ code, err }).toEqual({
      code: 0,
      err: `warning: left out of ${MEDIA}: 2 no videos\n`,
    });
    const found = (await readFile(saved, 'utf8')).trim().split('\n');
    expect(found).toHaveLength(4 * 80);
    expect(
      found.filter((row) => row.startsWith('arm-wrestling,0903,0.1,0.1,0.5,0.9,')),
    ).toHaveLength(80);
    const labels = found.map((row) => Number(row.split(',')[6]));
    expect([Math.min(...labels), Math.max(...labels)]).toEqual([1, 80]);
    // The same numbers, from the file.
    const again = await evaluate('--data', truth, '--detections', saved, '--json');
    expect(again.out).toBe(out);
    const { meanAveragePrecision } = JSON.parse(out) as Result;
    expect(meanAveragePrecision).toBeGreaterThan(0);
  });

  it.each([
    [[], 2, '--task ava: expected --detections, or --boxes and --videos'],
    [['--detections', 'none.csv'], 1, 'none.csv: expected a file that can be read'],
    [['--detections', golden('detections.csv'), '--per-frame', '0'], 2, 'at least 1'],
  ])('refuses %j', async (args, code, message) => {
    const result = await evaluate('--data', golden('groundtruth.csv'), ...args);
    expect(result.err).toContain(message);
    expect(result).toMatchObject({ code, out: '' });
  });
});
