import { parseTrainingConfig } from './training-config.js';

const GOOD = `
name: tiny
output: run
data: { train: train.csv, frames: 8, stride: 2, size: [32, 48], aspect: stretch }
model: { width: 8 }
train:
  epochs: 2
  batch: 4
  schedule: { lr: 0.1 }
`;

describe('parseTrainingConfig', () => {
  it('reads YAML and fills in what was left out', async () => {
    const config = await parseTrainingConfig(GOOD);
    expect(config.seed).toBe(0);
    expect(config.data).toMatchObject({ fps: 30, size: [32, 48], flip: true });
    expect(config.train.schedule).toEqual({ lr: 0.1 });
    expect('evaluate' in config).toBe(false);
  });

  it('reads what it wrote, as JSON', async () => {
    const config = await parseTrainingConfig(GOOD);
    expect(await parseTrainingConfig(JSON.stringify(config))).toEqual(config);
  });

  it.each([
    [
      GOOD.replace('lr: 0.1', 'lr: fast'),
      'train.schedule.lr: expected a positive number, received "fast".',
    ],
    [
      GOOD.replace('lr: 0.1', 'lr: 0.1, warmup: 3'),
      'train.schedule.warmup: expected a key that there is, received an unknown one. ' +
        'The nearest are warmupLr, warmupEpochs, lr.',
    ],
    [
      GOOD.replace('epochs: 2', 'epochs: 0'),
      'train.epochs: expected a whole number from 1 to 1000000, received 0.',
    ],
    [GOOD.replace('name: tiny', ''), 'name: expected a text, received nothing.'],
    [
      GOOD.replace('[32, 48]', '[32]'),
      'data.size: expected height and width in pixels, received [32].',
    ],
    [
      GOOD.replace('width: 8', 'kind: slofast'),
      'model.kind: expected one of slowfast, slow, fast, audiovisual, received "slofast".',
    ],
    [
      GOOD.replace('stride: 2', 'speed: fast, stride: 2'),
      'data.speed: expected two positive numbers, received "fast".',
    ],
    [
      GOOD.replace('frames: 8', 'frames: 1000000000'),
      'data.frames: expected a whole number from 1 to 4096, received 1000000000.',
    ],
    [
      GOOD.replace('frames: 8', 'frames: 4096').replace('[32, 48]', '8192'),
      /^data: expected clips of at most 536870912 numbers, received .{1,60}\.$/,
    ],
    [
      GOOD.replace('data: { train', 'data: &d { speed: *d, train'),
      'data.speed.speed.speed: expected values that end, received one that is nested without end.',
    ],
    ['just words', 'data: expected keys with values, received "just words".'],
  ])('names the key of what is wrong (%#)', async (text, message) => {
    await expect(parseTrainingConfig(text)).rejects.toThrow(
      expect.objectContaining({
        name: 'SpecError',
        message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
      }),
    );
  });

  it('names the file where it is no YAML', async () => {
    await expect(parseTrainingConfig('a: [', 'recipe.yaml')).rejects.toThrow(
      /^recipe\.yaml: expected JSON or YAML, received /,
    );
  });
});
