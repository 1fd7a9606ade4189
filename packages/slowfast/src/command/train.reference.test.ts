/** @file `slowfast train` on clips of several extents, and from a published checkpoint. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { barsFolder, barsRecipe } from './testing/moving-bars.js';
import { slowfast } from './testing/run-slowfast.js';

const CHECKPOINT = fileURLToPath(
  new URL(
    '../../../checkpoints/src/goldens/checkpoints/pyslowfast_slowfast_w2.pyth',
    import.meta.url,
  ),
);

let folder: string;
beforeAll(async () => {
  folder = await barsFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const recipe = (changes?: object): string => barsRecipe(folder, changes);

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

it('fine-tunes a published checkpoint with another number of classes, and says what is new', async () => {
  const config = join(folder, 'fine-tune.json');
  const model = {
    name: 'slowfast-8x8-r50',
    width: 2,
    beta: 0.5,
    weights: CHECKPOINT,
    freeze: ['slow.stem'],
  };
  const data = { ...(JSON.parse(recipe()) as { data: object }).data, frames: 32, size: 32 };
  await writeFile(config, recipe({ output: 'tuned', model, data }));
  const { code, err, out } = await slowfast('train', config, '--json');
  expect(err).toContain('2 new');
  expect(err).toMatch(/new: head\.projection\.weight \(\[\d+, \d+\] there\)/);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ steps: 4 });
});
