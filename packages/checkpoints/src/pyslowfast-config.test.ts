import { readPySlowFastConfig } from './pyslowfast-config.js';

describe('readPySlowFastConfig', () => {
  it('reads what weights do not show', async () => {
    const text = [
      'DATA:\n  NUM_FRAMES: 64\n  SAMPLING_RATE: 2\n  TEST_CROP_SIZE: 256\n  TRAIN_CROP_SIZE: 224',
      '  REVERSE_INPUT_CHANNEL: true\nMODEL:\n  ARCH: slowfast\nSLOWFAST:\n  ALPHA: 4',
    ].join('\n');
    expect(await readPySlowFastConfig(text)).toEqual({
      frames: 64,
      stride: 2,
      size: 256,
      trainCrop: 224,
      alpha: 4,
      reversedChannels: true,
    });
  });

  it('reads the non-local blocks as PySlowFast writes them, by stage and pathway', async () => {
    const pools = (res3: string, res4: string): string =>
      `POOL: [[[1, 2, 2], [1, 2, 2]], [${res3}, [1, 2, 2]], [${res4}, [1, 2, 2]], [[4, 4, 4], [1, 2, 2]]]`;
    const text = (location: string, res3 = '[1, 2, 2]', res4 = '[2, 2, 2]'): string =>
      `NONLOCAL: {INSTANTIATION: dot_product, LOCATION: ${location}, ${pools(res3, res4)}}`;
    const RES4 = '[[[], []], [[], []], [[6, 13, 20], []], [[], []]]';
    const BOTH = '[[[], []], [[1, 3], []], [[1, 3, 5], []], [[], []]]';
    expect(await readPySlowFastConfig(text(RES4))).toEqual({
      nonLocalSimilarity: 'dot-product',
      nonLocalPool: [2, 2, 2],
    });
    expect(await readPySlowFastConfig(text(RES4, '[1, 2, 2]', '[1, 1, 1]'))).toMatchObject({
      nonLocalPool: 'none',
    });
    expect(await readPySlowFastConfig(text('[[[], []], [[], []], [[], []], [[], []]]'))).toEqual(
      {},
    );
    expect(
      await readPySlowFastConfig(
        'NONLOCAL: {LOCATION: [[[]], [[1]], [[]], [[]]], INSTANTIATION: softmax}',
      ),
    ).toEqual({
      nonLocalSimilarity: 'softmax',
    });
    await expect(readPySlowFastConfig(text(BOTH))).rejects.toThrow(
      'cfg NONLOCAL.POOL: expected one window [t, h, w] for all non-local blocks, received [1,2,2] and [2,2,2].',
    );
    await expect(readPySlowFastConfig(text(RES4, '[1, 2, 2]', '[0, x]'))).rejects.toThrow(
      'cfg NONLOCAL.POOL: expected one window [t, h, w] for all non-local blocks, received [0,"x"].',
    );
  });

  it('reads normalisation and activation', async () => {
    const text = 'DATA: {MEAN: [0, 0.5, 1], STD: [1, 1, 2]}\nMODEL: {HEAD_ACT: sigmoid}';
    expect(await readPySlowFastConfig(text)).toEqual({
      mean: [0, 0.5, 1],
      std: [1, 1, 2],
      activation: 'sigmoid',
    });
  });

  it('leaves α out for one pathway, where the entry is a default that means nothing', async () => {
    expect(await readPySlowFastConfig('MODEL: {ARCH: slow}\nSLOWFAST: {ALPHA: 8}')).toEqual({});
  });

  it.each([
    ['DATA: [', /^cfg: expected JSON or YAML, received /],
    [
      'DATA: {NUM_FRAMES: many}',
      'cfg DATA.NUM_FRAMES: expected a whole number of at least 1, received "many".',
    ],
    [
      'DATA: {NUM_FRAMES: 0}',
      'cfg DATA.NUM_FRAMES: expected a whole number of at least 1, received 0.',
    ],
    ['DATA: {MEAN: [1, 2]}', 'cfg DATA.MEAN: expected three numbers, received [1,2].'],
    [
      'DATA: {STD: [1, 1, 0]}',
      'cfg DATA.STD: expected three numbers other than 0, received [1,1,0].',
    ],
    ['x'.repeat(2 ** 20 + 1), 'cfg: expected at most 65536 characters, received 1048577.'],
  ])('refuses what is none', async (text, message) => {
    await expect(readPySlowFastConfig(text)).rejects.toThrow(message);
  });
});
