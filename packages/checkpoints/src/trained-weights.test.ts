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

  const site = 'w.safetensors: metadata slowfast.network: expected the description of a network';
  it.each([
    ['{', /^w\.safetensors: metadata slowfast\.network: expected JSON, received /],
    [
      { config: { ...CONFIG, data: { ...CONFIG.data, frames: 0 } }, classes: 1e9 },
      `${site}, received none: config.data.frames and stride, classes.`,
    ],
    [{ config: CONFIG, classes: 2, labels: ['a'] }, `${site}, received none: labels.`],
    [[], /config\.name, config\.model, config\.train/],
    [
      { config: { ...CONFIG, model: { name: 'none-such' } }, classes: 2 },
      /^w\.safetensors: expected a network that can be composed, and its preprocessing, received .*none-such/,
    ],
    [{ config: { ...CONFIG, model: { depth: 'x' } }, classes: 2 }, /depth/],
  ])('refuses %j', (description, message) => {
    expect(() => described(description)).toThrow(
      expect.objectContaining({
        name: 'WeightError',
        message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
      }),
    );
  });

  it('refuses preprocessing that is no JSON', () => {
    expect(() => described({ config: CONFIG, classes: 2 }, '{')).toThrow(/^w\.safetensors: /);
  });
});
