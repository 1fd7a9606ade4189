/** @file `slowfast train` on files of joints: two gestures are told apart, weights know what they see, a stop changes nothing. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bytesSource, readSafetensors } from '@slowfast/core';
import { trainModel } from '../train/train-model.js';
import { gesturesFolder, gesturesRecipe } from './testing/gestures.js';
import { slowfast } from './testing/run-slowfast.js';

const ANNOTATIONS = new URL('../pose/goldens/annotations.pkl', import.meta.url);

let folder: string;
beforeAll(async () => {
  folder = await gesturesFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function recipe(changes: Parameters<typeof gesturesRecipe>[0] = {}): Promise<string> {
  const config = join(folder, `${String(changes['output'] ?? 'run')}.json`);
  await writeFile(config, gesturesRecipe(changes));
  return config;
}

it('tells two gestures apart, leaves out what is no skeleton, and keeps weights that take joints and videos', async () => {
  const { code, out, err } = await slowfast('train', await recipe(), '--json');
  expect(err).toMatch(/left out: .*nobody\.json: expected people in the video, received 1 frames/);
  expect(err).toMatch(/left out: .*hand\.json: .*keypoints: expected 51 numbers/);
  expect(err).toMatch(/left out: .*no-json\.json: expected JSON/);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ evaluation: { metrics: { videos: 4, top1: 1 } } });
  const weights = join(folder, 'run/final.safetensors');
  const { metadata = {} } = await readSafetensors(bytesSource(await readFile(weights)));
  expect(JSON.parse(metadata['slowfast.preprocessing']!)).toMatchObject({
    ...{ resize: 40, crop: 40, skeleton: { parts: 'joints' }, views: { clips: 2, crops: 2 } },
  });
  const { videos } = JSON.parse(await readFile(join(folder, 'run/evaluation.json'), 'utf8')) as {
    readonly videos: readonly { readonly path: string; readonly scores: readonly number[] }[];
  };
  const { path, scores } = videos[1]!;
  for (const model of [
    ['--model', join(folder, 'run/model.onnx')],
    ['--weights', weights, '--input', 'pose'],
  ]) {
    const classified = await slowfast('classify', path, ...model, '--json');
    expect(classified.err).toBe('');
    const { predictions } = JSON.parse(classified.out) as {
      readonly predictions: readonly { readonly label: string; readonly score: number }[];
    };
    for (const { label, score } of predictions) {
      expect(score).toBeCloseTo(scores[['wave', 'step'].indexOf(label)]!, 4);
    }
  }
  const other = await slowfast('classify', path, '--weights', weights, '--input', 'limbs');
  expect(other.err).toContain('error: parts: expected nothing, since the weights say');
}, 60_000);

it('gives the same weights to the bit after a stop and in one go', async () => {
  const test = `${fileURLToPath(ANNOTATIONS)}#xsub_val`;
  const small = { data: { size: 32, test }, model: { width: 2 }, train: { epochs: 2, batch: 3 } };
  const whole = await trainModel(await recipe({ output: 'whole', ...small }));
  const config = await recipe({ output: 'stopped', ...small });
  const stop = new AbortController();
  await expect(
    trainModel(config, {
      signal: stop.signal,
      onProgress: ({ step }) => {
        if (step >= 2) stop.abort(new Error('enough'));
      },
    }),
  ).rejects.toThrow('enough');
  const resumed = await trainModel(config, { resume: true });
  // Tested on a split of mmaction2's annotations.
  expect(resumed.evaluation!.metrics).toMatchObject({ videos: 1 });
  const [a, b] = await Promise.all(
    [whole, resumed].map(async ({ weights }) =>
      readSafetensors(bytesSource(await readFile(weights))),
    ),
  );
  for (const name of a!.names)
    expect([name, await b!.read(name)]).toEqual([name, await a!.read(name)]);
}, 60_000);

it.each<[string, Parameters<typeof gesturesRecipe>[0], string]>([
  [
    'colour',
    { data: { colour: { brightness: 0.2 } } },
    'data.colour: expected nothing, since clips are of skeletons, received {"brightness":0.2}.',
  ],
  [
    'threads',
    { data: { workers: 2 } },
    'data.workers: expected nothing, since clips are of skeletons, received 2.',
  ],
  [
    'a probe',
    { train: { probe: 2 } },
    'train.probe: expected nothing, since clips are of skeletons, received 2.',
  ],
  [
    'three crops',
    { evaluate: { crops: 3 } },
    'evaluate.crops: expected 1, or 2 with the mirror image, received 3.',
  ],
  [
    'another input',
    { data: { input: 'skeletons' } },
    'refused.json: data.input: expected one of pose, limbs, received "skeletons".',
  ],
])('refuses %s', async (_, changes, message) => {
  const { code, err } = await slowfast('train', await recipe({ ...changes, output: 'refused' }));
  expect(err).toContain(message);
  expect(code).toBe(1);
});

it('evaluates a split of annotations and takes it up again, classifies one of its clips, and ablates over a list of them', async () => {
  const file = fileURLToPath(ANNOTATIONS);
  const weights = join(folder, 'stopped/final.safetensors');
  const model = ['--weights', weights, '--input', 'pose', '--json'];
  const results = join(folder, 'results');
  const evaluate = ['evaluate', ...model, '--data', `${file}#xsub_val`, '--results', results];
  const evaluated = await slowfast(...evaluate);
  expect(evaluated.err).toContain('received [0, 1000000000000, 17, 2]');
  const [clip] = evaluated.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Scored);
  expect(clip).toMatchObject({ file: `${file}#S002A001`, label: 0, resumed: false });
  const again = await slowfast(...evaluate);
  expect(again.out).toContain('"resumed":true');
  const classified = await slowfast('classify', `${file}#S002A001`, ...model);
  expect((JSON.parse(classified.out) as Scored).predictions).toEqual(clip!.predictions);
  const blind = await slowfast('evaluate', '--data', `${file}#xsub_val`);
  expect([blind.code, blind.err]).toEqual([
    2,
    expect.stringContaining('sees no skeletons; --input pose says'),
  ]);

  const base = await recipe({
    output: 'ablated',
    data: { size: 32 },
    model: { width: 2 },
    train: { epochs: 1, batch: 3 },
  });
  const specification = join(folder, 'ablation.yaml');
  await writeFile(
    specification,
    JSON.stringify({
      ...{ name: 'parts', output: 'parts', base, seeds: [1] },
      variants: { joints: {}, limbs: { data: { input: 'limbs' } } },
      folds: { list: join(folder, 'test.csv'), group: String.raw`(\d)\.json`, count: 2 },
    }),
  );
  const { code, out } = await slowfast('ablate', specification, '--json');
  expect(out).toContain('limbs');
  expect(code).toBe(0);
}, 120_000);

interface Scored {
  readonly predictions: readonly unknown[];
}

it('a list of videos is refused, with how their joints are found', async () => {
  await writeFile(join(folder, 'videos.csv'), 'clip.mp4 0\n');
  const config = await recipe({ output: 'videos', data: { train: 'videos.csv' } });
  const { code, err } = await slowfast('train', config);
  expect(err).toContain('clip.mp4: expected a file of joints, which ends in .json');
  expect(code).not.toBe(0);
});
