/** @file Shards of `detect` and of `evaluate --task ava` come to what one run comes to, byte for byte. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initialWeights, writeFileAtomic, writeSafetensors } from '@slowfast/core';
import { WEIGHTS_METADATA_KEY } from '@slowfast/checkpoints';
import { catalogModel, checkedModelName } from '@slowfast/models';
import { slowfast } from './testing/run-slowfast.js';

const MEDIA = fileURLToPath(new URL('../../../../examples/media/', import.meta.url));
const NAMES = ['b-archery.avi', 'a-five-frames.mp4', 'c-noise.mp4', 'd-archery.avi'];

let folder: string;
let clips: string;
let weights: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-shards-'));
  clips = join(folder, 'clips');
  await mkdir(clips);
  for (const name of NAMES) {
    if (name.includes('noise')) await writeFile(join(clips, name), 'no video');
    else await copyFile(`${MEDIA}${name.slice(2)}`, join(clips, name));
  }
  weights = join(folder, 'small.safetensors');
  const options = { model: 'slow-4x16-r50-ava', width: 8, size: 64 };
  const { graph } = catalogModel(checkedModelName(options.model), options).model;
  await writeFileAtomic(weights, (sink) =>
    writeSafetensors(initialWeights(graph), {
      sink,
      metadata: { [WEIGHTS_METADATA_KEY]: JSON.stringify(options) },
    }),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('detect: the lines of all videos, in their order', async () => {
  const detect = ['detect', clips, '--weights', weights, '--people', 'whole-frame', '--every', '2'];
  const results = join(folder, 'detections');
  const whole = await slowfast(...detect);
  expect(whole.code).toBe(1);
  expect(whole.err).toContain('c-noise.mp4: expected');
  expect(whole.err).toContain('1 of 4 videos failed\n');
  const lines = whole.out.trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { file: string }).file)).toEqual(
    [...NAMES].sort().map((name) => join(clips, name)),
  );
  const first = await slowfast(...detect, '--results', results, '--shard', '1/3');
  expect(first).toMatchObject({ code: 0, out: `${lines[0]}\n${lines[3]}\n` });
  const lacking = await slowfast('merge', results);
  expect(lacking).toMatchObject({ code: 1, out: '' });
  expect(lacking.err).toContain('2 of 4 videos are missing');
  for (const shard of ['2/3', '3/3']) {
    await slowfast(...detect, '--results', results, '--shard', shard);
  }
  expect(await slowfast('merge', results)).toEqual({
    ...{ code: 1, out: whole.out, err: '1 of 4 videos failed\n' },
  });
});

it('evaluate --task ava: the same mean of the same detections', async () => {
  const [boxes, truth] = [join(folder, 'boxes.csv'), join(folder, 'truth.csv')];
  const rows = NAMES.flatMap((name) => {
    const stem = name.slice(0, name.lastIndexOf('.'));
    return [`${stem},900,0.1,0.1,0.5,0.9,,0.9`, `${stem},900,0.5,0.1,0.9,0.9,,0.95`];
  });
  await writeFile(boxes, rows.join('\n'));
  // Two of a label, which is found right in one and wrong in the other.
  await writeFile(
    truth,
    'b-archery,900,0.1,0.1,0.5,0.9,80,1\nd-archery,900,0.5,0.1,0.9,0.9,80,2\n',
  );
  const evaluate = [
    ...['evaluate', '--task', 'ava', '--data', truth, '--boxes', boxes, '--videos', clips],
    ...['--weights', weights],
  ];
  const whole = await slowfast(...evaluate, '--json');
  expect(whole.code).toBe(1);
  expect(JSON.parse(whole.out)).toMatchObject({
    meanAveragePrecision: expect.any(Number) as number,
    broken: 1,
  });
  const results = join(folder, 'ava');
  for (const shard of ['1/2', '2/2']) {
    const part = await slowfast(...evaluate, '--results', results, '--shard', shard, '--json');
    expect(JSON.parse(part.out)).toEqual({ shard, videos: 2, broken: shard === '1/2' ? 1 : 0 });
  }
  // What it is evaluated by lies beside the shards.
  await rm(truth);
  expect(await slowfast('merge', results, '--json')).toEqual({ code: 1, out: whole.out, err: '' });
  expect((await slowfast('merge', results)).out).toContain('mAP@0.5IOU\n1 videos are broken\n');
});
