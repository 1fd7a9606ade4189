import { describedNetwork, NETWORK_METADATA_KEY } from './trained-weights.js';

const CONFIG = {
  name: 'tiny',
  data: { frames: 8, stride: 2, fps: 30, size: [32, 48], aspect: 'stretch' },
  model: { width: 8, beta: 0.25 },
  train: {},
};

const described = (description: unknown, preprocessing?: string) =>
  describedNetwork(
    {
      [NETWORK_METADATA_KEY]:
        typeof description === 'string' ? description : JSON.stringify(description),
      ...(preprocessing === undefined ? {} : { 'slowfast.preprocessing': preprocessing }),
    },
    'w.safetensors',
  );

describe('describedNetwork', () => {
  it('composes the network that weights describe, with its preprocessing', () => {
    const found = described({ config: CONFIG, classes: 2, labels: ['a', 'b'] })!;
    expect(found.model.name).toBe('tiny');
    expect(found.model.graph.outputs.scores.type.shape).toEqual(['N', 2]);
    expect(found.preprocessing).toMatchObject({
      stretch: [32, 48],
      views: { clips: 10, crops: 1 },
    });
    expect(found.labels).toEqual(['a', 'b']);
  });

  it('takes what the file says of its preprocessing', () => {
    const views = { clips: 3, crops: 1, combine: 'mean' };
    const description = { config: CONFIG, classes: 2 };
    expect(described(description, JSON.stringify({ views }))!.preprocessing).toMatchObject({
      views,
      crop: 32,
    });
  });

  it('finds nothing where nothing is described', () => {
    expect(describedNetwork({ format: 'pt' }, 'w')).toBeUndefined();
    expect(describedNetwork(undefined, 'w')).toBeUndefined();
  });

  const site = 'w.safetensors: metadata slowfast.network: ';
  const data = { ...CONFIG.data };
  it.each([
    ['{', `${site.slice(0, -2)}: expected JSON, received "{".`],
    [
      { config: { ...CONFIG, data: { ...data, frames: 0 } }, classes: 2 },
      `${site}config.data.frames: expected a whole number from 1 to 4096, received 0.`,
    ],
    [
      { config: CONFIG, classes: 1e9 },
      `${site}classes: expected a whole number from 1 to 100000, received 1000000000.`,
    ],
    [{ config: CONFIG, classes: 2, labels: ['a'] }, /: expected as many labels as classes, /],
    [[], /: metadata slowfast\.network: config: expected keys with values, received nothing/],
    [
      { config: { ...CONFIG, model: { name: 'none-such' } }, classes: 2 },
      /^w\.safetensors: expected a network that can be composed, received .*none-such/,
    ],
    [
      { config: { ...CONFIG, model: { depth: 'x' } }, classes: 2 },
      `${site}config.model.depth: expected one of 18, 34, 50, 101, 152, received "x".`,
    ],
    [
      { config: { ...CONFIG, data: { ...data, frames: 4096, stride: 1, size: 8192 } }, classes: 2 },
      /slowfast\.preprocessing: expected clips of at most 536870912 numbers/,
    ],
  ])('refuses %j', (description, message) => {
    expect(() => described(description)).toThrow(
      expect.objectContaining({
        name: 'WeightError',
        message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
      }),
    );
  });

  it.each([
    ['{', /^w\.safetensors: metadata slowfast\.preprocessing: expected JSON/],
    ['{"mean":[]}', /preprocessing: mean: expected three numbers, received \[\]\.$/],
    ['{"mean":"x"}', /preprocessing: mean: expected three numbers, received "x"\.$/],
    ['{"crop":-5}', /preprocessing: crop: expected a whole number from 1 to 8192, received -5\.$/],
    [
      '{"clip":{"frames":1e9,"stride":1,"fps":30}}',
      /clip\.frames: expected a whole number from 1 to 4096/,
    ],
  ])('refuses preprocessing of %s', (preprocessing, message) => {
    expect(() => described({ config: CONFIG, classes: 2 }, preprocessing)).toThrow(
      expect.objectContaining({
        name: 'WeightError',
        message: expect.stringMatching(message) as string,
      }),
    );
  });
});
