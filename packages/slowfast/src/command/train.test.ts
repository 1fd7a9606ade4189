/** @file `slowfast train` on videos that are drawn here: bars that move right or down. */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bytesSource, readSafetensors } from '@slowfast/core';
import { writeVideo } from '@slowfast/video';
import type { TrainingPlan } from '../train/run-types.js';
import { slowfast } from './testing/run-slowfast.js';

const CHECKPOINT = fileURLToPath(
  new URL(
    '../../../checkpoints/src/goldens/checkpoints/pyslowfast_slowfast_w8.pyth',
    import.meta.url,
  ),
);
const SIDE = 48;
const VIDEOS = 8;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-train-'));
  await mkdir(join(folder, 'clips'));
  const lines: string[] = [];
  for (let i = 0; i < VIDEOS; i++) {
    const path = join('clips', `${i}.mp4`);
    await writeVideo(join(folder, path), bars(i % 2 === 0, 4 * i), {
      width: SIDE,
      height: SIDE,
      fps: 30,
    });
    lines.push(`${path} ${i % 2}`);
  }
  await writeFile(join(folder, 'train.csv'), `${lines.join('\n')}\nclips/none.mp4 0\n`);
  await writeFile(join(folder, 'test.csv'), `${lines.slice(0, 4).join('\n')}\n`);
  await writeFile(join(folder, 'labels.txt'), 'right\ndown\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function* bars(movesRight: boolean, start: number) {
  for (let t = 0; t < 16; t++) {
    const data = new Uint8Array(SIDE * SIDE * 3).fill(30);
    for (let i = 0; i < SIDE * SIDE; i++) {
      const at = movesRight ? i % SIDE : Math.floor(i / SIDE);
      if ((at - start - 3 * t + 4 * SIDE) % SIDE < 8) data.fill(220, 3 * i, 3 * i + 3);
    }
    yield { width: SIDE, height: SIDE, data };
  }
}

const recipe = (changes: object = {}): string =>
  JSON.stringify({
    name: 'bars',
    output: 'run',
    seed: 1,
    backend: 'auto',
    data: {
      train: join(folder, 'train.csv'),
      test: 'test.csv',
      labels: 'labels.txt',
      frames: 8,
      stride: 2,
      size: [32, 32],
      aspect: 'stretch',
      flip: false,
      workers: 0,
    },
    model: { depth: 18, width: 8, alpha: 4, beta: 0.25, zeroInitialNorm: false },
    train: {
      epochs: 2,
      batch: 4,
      schedule: { lr: 0.001 },
      optimizer: { kind: 'adamw' },
    },
    evaluate: { finalClips: 2 },
    ...changes,
  });

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

it('trains on clips of several extents, and says beforehand what that saves', async () => {
  const config = join(folder, 'grid.json');
  const schedule = { kind: 'step', lr: 0.01, steps: [2] };
  const train = { epochs: 4, batch: 1, multigrid: 'short', epochFactor: 0.5, schedule };
  const long = { ...train, multigrid: 'both', epochFactor: 1 };
  const { data } = JSON.parse(recipe()) as { data: object };
  const whole = { ...data, frames: 16, size: 32, aspect: 'keep' };
  const own = { output: 'grid', data: whole, train, model: { width: 8, alpha: 4 } };
  await writeFile(config, recipe({ ...own, train: long }));
  const { code, out } = await slowfast('train', config, '--dry-run');
  expect(code).toBe(0);
  expect(out).toMatch(/^1 to 1 +4 +16, 23, 23 +16, 8, 8 +1$/m);
  expect(out).toContain('multigrid 6 steps in place of 36, 6.0 times as fast by their arithmetic');
  await writeFile(config, recipe(own));
  const trained = await slowfast('train', config, '--json');
  expect(trained.code).toBe(0);
  // Nine clips an epoch: four, two, one, and no four more.
  expect(JSON.parse(trained.out)).toMatchObject({ steps: 6, epochs: 2 });
  // Tested on whole clips, and its weights know their network.
  const weights = join(folder, 'grid', 'final.safetensors');
  expect((await slowfast('classify', join(folder, 'clips/0.mp4'), '--weights', weights)).code).toBe(
    0,
  );
  // PySlowFast takes the same.
  await writeFile(config, recipe({ ...own, train: long }));
  const exported = join(folder, 'pyslowfast');
  const written = await slowfast('export', '--training', config, '--pyslowfast', exported);
  expect(written.err).not.toContain('error');
  const yaml = await readFile(join(exported, 'bars.yaml'), 'utf8');
  for (const line of [
    'MULTIGRID:\n  LONG_CYCLE: true\n  SHORT_CYCLE: true\n  EPOCH_FACTOR: 1.0\n',
    'LR_POLICY: steps_with_relative_lrs\n  STEPS: [0, 2]\n  LRS: [1, 0.1]\n  GAMMA: 0.1\n',
  ]) {
    expect(yaml).toContain(line);
  }
  const program = await slowfast(
    ...['export', '--training', config, '--pytorch', join(folder, 'pytorch')],
  );
  expect(program.err).toContain('note: train.multigrid both is not carried over to train.py');
  await writeFile(config, recipe({ ...own, train: long, data: { ...whole, frames: 8 } }));
  expect((await slowfast('train', config)).err).toContain(
    'error: train.multigrid: expected a network for clips of 2 frames of 16x16, too, received ' +
      "bars: alpha: expected a divisor of the clip's 2 frames, received 4. Choose data.frames",
  );
  await writeFile(config, recipe({ ...own, train: { ...long, probe: 2 } }));
  expect((await slowfast('train', config)).err).toContain(
    'error: train.multigrid: expected nothing, since a probe sees features of whole clips, received both.',
  );
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

it('fine-tunes a published checkpoint with another number of classes, and says what is new', async () => {
  const config = join(folder, 'fine-tune.json');
  const model = { name: 'slowfast-8x8-r50', width: 8, weights: CHECKPOINT, freeze: ['slow.stem'] };
  const data = { ...(JSON.parse(recipe()) as { data: object }).data, frames: 32, size: 32 };
  await writeFile(config, recipe({ output: 'tuned', model, data }));
  const { code, err, out } = await slowfast('train', config, '--json');
  expect(err).toContain('2 new');
  expect(err).toMatch(/new: head\.projection\.weight \(\[\d+, \d+\] there\)/);
  expect(code).toBe(0);
  expect((JSON.parse(out) as Summary).steps).toBe(4);
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
