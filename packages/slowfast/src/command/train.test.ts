/** @file `slowfast train` on videos that are drawn here: bars that move right or down; the reference tests go on. */
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesSource, readSafetensors } from '@slowfast/core';
import type { TrainingPlan } from '../train/run-types.js';
import { barsFolder, barsRecipe } from './testing/moving-bars.js';
import { slowfast } from './testing/run-slowfast.js';

let folder: string;
beforeAll(async () => {
  folder = await barsFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const recipe = (changes?: object): string => barsRecipe(folder, changes);

interface Summary {
  readonly steps: number;
  readonly broken: readonly string[];
  readonly evaluation: { readonly metrics: Readonly<Record<string, number>> };
}

it('trains, reports, keeps weights that know their network, and goes on where it stopped', async () => {
  const config = join(folder, 'recipe.json');
  await writeFile(config, recipe());
  const { code, out, err } = await slowfast('train', config, '--json');
  expect(err).toContain('warning: left out: ');
  expect(err).toMatch(/^epoch 2\.0\/2 {2}step 4\/4 {2}loss /m);
  expect(code).toBe(0);
  const summary = JSON.parse(out) as Summary;
  expect(summary).toMatchObject({
    steps: 4,
    broken: [join(folder, 'clips/none.mp4')],
    evaluation: { metrics: { videos: 4 } },
    waiting: { first: expect.any(Number) as number, later: expect.any(Number) as number },
  });
  const run = join(folder, 'run');
  const files = await readdir(run);
  for (const name of ['best', 'final', 'checkpoint-00000004']) {
    expect(files).toContain(`${name}.safetensors`);
  }
  const bytes = await readFile(join(run, 'final.safetensors'));
  const { metadata = {} } = await readSafetensors(bytesSource(bytes));
  expect(metadata['slowfast.network']).not.toContain(folder);
  expect(JSON.parse(metadata['slowfast.network']!)).toMatchObject({
    config: { model: { width: 8 } },
    classes: 2,
    labels: ['right', 'down'],
  });
  expect(JSON.parse(metadata['slowfast.preprocessing']!)).toMatchObject({
    stretch: [32, 32],
    pathways: { slow: { frames: 2 }, fast: { frames: 8 } },
    activation: 'softmax',
  });
  expect(await readFile(join(run, 'report.html'), 'utf8')).toContain('<th>right</th>');

  // The trained model does in ONNX Runtime what it did in training, from either file.
  const { videos } = JSON.parse(await readFile(join(run, 'evaluation.json'), 'utf8')) as {
    readonly videos: readonly { readonly path: string; readonly scores: readonly number[] }[];
  };
  const { path, scores } = videos[1]!;
  for (const model of [
    ['--model', join(run, 'model.onnx')],
    ['--weights', join(run, 'final.safetensors')],
  ]) {
    const classified = await slowfast('classify', path, ...model, '--json');
    expect(classified.err).toBe('');
    const { predictions } = JSON.parse(classified.out) as {
      readonly predictions: readonly { readonly label: string; readonly score: number }[];
    };
    for (const { label, score } of predictions) {
      expect(score).toBeCloseTo(scores[['right', 'down'].indexOf(label)]!, 4);
    }
  }

  const again = await slowfast('train', config);
  expect(again.code).toBe(1);
  expect(again.err).toContain('Go on with it (resume), or name another folder.');
  const resumed = await slowfast('train', config, '--resume', '--json');
  expect(resumed.code).toBe(0);
  const { evaluation } = JSON.parse(resumed.out) as Summary;
  expect(evaluation).toEqual(summary.evaluation);
  await writeFile(config, recipe({ seed: 2 }));
  expect((await slowfast('train', config, '--resume')).err).toContain(
    'error: seed: expected the recipe that the run was started with',
  );
});

it('says what a run would take, and writes nothing', async () => {
  const config = join(folder, 'planned.json');
  await writeFile(config, recipe({ output: 'planned', model: { width: 8, freeze: 'backbone' } }));
  const { code, out, err } = await slowfast('train', config, '--dry-run', '--json');
  expect(err).toContain('warning: left out: ');
  expect(code).toBe(0);
  const plan = JSON.parse(out) as TrainingPlan;
  const trained = plan.parts.filter((part) => part.trained);
  expect(trained).toEqual([{ part: 'head', trained: true, tensors: 2, parameters: 2 * (72 + 1) }]);
  expect(plan).toMatchObject({ batch: 4, stepsPerEpoch: 2, epochs: 2, steps: 4 });
  expect(plan.seconds.step).toBeGreaterThan(0);
  expect(plan.hours).toBeGreaterThanOrEqual((4 * plan.seconds.step) / 3600);
  expect(plan.memoryBytes).toBeGreaterThan(2 ** 26);
  expect(await readdir(folder)).not.toContain('planned');
});

it('trains a head on features that are computed once', async () => {
  const config = join(folder, 'probe.json');
  const { train } = JSON.parse(recipe()) as { train: object };
  const probe = { ...train, probe: 2, epochs: 3, layerDecay: 0.5, rates: { head: 3 } };
  await writeFile(config, recipe({ output: 'probed', train: probe }));
  const planned = await slowfast('train', config, '--dry-run', '--json');
  expect(JSON.parse(planned.out)).toMatchObject({ features: { clips: 18, bytes: 18 * 80 * 4 } });
  const { code, out, err } = await slowfast('train', config, '--json');
  expect(err).toMatch(/features of 8 clips, 2 of each: [\d.]+ s/);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ steps: 6, epochs: 3 });
  const run = join(folder, 'probed');
  expect(await readdir(run)).toEqual(expect.arrayContaining(['features.bin', 'model.onnx']));
  // What is kept is the whole network: it classifies as it did in training.
  const { videos } = JSON.parse(await readFile(join(run, 'evaluation.json'), 'utf8')) as {
    readonly videos: readonly { readonly path: string; readonly scores: readonly number[] }[];
  };
  const { path, scores } = videos[1]!;
  const weights = join(run, 'final.safetensors');
  const classified = await slowfast('classify', path, '--weights', weights, '--json');
  const { predictions } = JSON.parse(classified.out) as {
    readonly predictions: readonly { readonly label: string; readonly score: number }[];
  };
  for (const { label, score } of predictions) {
    expect(score).toBeCloseTo(scores[['right', 'down'].indexOf(label)]!, 4);
  }
  const mixed = { ...probe, mixup: 0.2 };
  await writeFile(config, recipe({ output: 'mixed', train: mixed }));
  expect((await slowfast('train', config)).err).toContain(
    'error: train.mixup: expected nothing, since a probe sees features of whole clips, received 0.2.',
  );
});

it('names the key of a recipe that is wrong', async () => {
  const config = join(folder, 'wrong.yaml');
  await writeFile(config, recipe({ train: { epochs: 1, batch: 1, schedule: { lr: -1 } } }));
  const { code, err } = await slowfast('train', config);
  expect(code).toBe(1);
  expect(err).toBe(
    `error: ${config}: train.schedule.lr: expected a positive number, received -1.\n`,
  );
});
