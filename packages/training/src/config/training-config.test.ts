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
  it('reads YAML and fills in what was left out', () => {
    const config = parseTrainingConfig(GOOD);
    expect(config.seed).toBe(0);
    expect(config.data).toMatchObject({ fps: 30, size: [32, 48], flip: true });
    expect(config.train.schedule).toEqual({ lr: 0.1 });
    expect('evaluate' in config).toBe(false);
  });

  it('reads what it wrote, as JSON', () => {
    const config = parseTrainingConfig(GOOD);
    expect(parseTrainingConfig(JSON.stringify(config))).toEqual(config);
  });

  it.each([
    [
      GOOD.replace('lr: 0.1', 'lr: fast'),
      'train.schedule.lr: expected a positive number, received "fast".',
    ],
    [
      GOOD.replace('lr: 0.1', 'lr: 0.1, warmup: 3'),
      'train.schedule.warmup: expected a key that there is in train.schedule, received an unknown one. ' +
        'The nearest are warmupLr, lr, factor.',
    ],
    [
      GOOD.replace('epochs: 2', 'epochs: 0'),
      'train.epochs: expected a whole number of at least 1, received 0.',
    ],
    [GOOD.replace('name: tiny', ''), 'name: expected a text, received nothing.'],
    [
      GOOD.replace('[32, 48]', '[32]'),
      'data.size: expected a whole number of pixels, or height and width, received [32].',
    ],
    [
      GOOD.replace('width: 8', 'kind: slofast'),
      'model.kind: expected one of slowfast, slow, fast, received "slofast".',
    ],
    ['just words', 'config: expected keys with values, received "just words".'],
  ])('names the key of what is wrong (%#)', (text, message) => {
    expect(() => parseTrainingConfig(text)).toThrow(
      expect.objectContaining({ name: 'SpecError', message }),
    );
  });

  it('names the file where it is no YAML', () => {
    expect(() => parseTrainingConfig('a: [', 'recipe.yaml')).toThrow(
      /^recipe\.yaml: expected JSON or YAML, received /,
    );
  });
});
