import { readPySlowFastConfig } from './pyslowfast-config.js';

describe('readPySlowFastConfig', () => {
  it('reads what weights do not show', () => {
    const text = [
      'DATA:\n  NUM_FRAMES: 64\n  SAMPLING_RATE: 2\n  TEST_CROP_SIZE: 256\n  TRAIN_CROP_SIZE: 224',
      '  REVERSE_INPUT_CHANNEL: true\nMODEL:\n  ARCH: slowfast\nSLOWFAST:\n  ALPHA: 4',
    ].join('\n');
    expect(readPySlowFastConfig(text)).toEqual({
      frames: 64,
      stride: 2,
      size: 256,
      trainCrop: 224,
      alpha: 4,
      reversedChannels: true,
    });
  });

  it('leaves α out for one pathway, where the entry is a default that means nothing', () => {
    expect(readPySlowFastConfig('MODEL: {ARCH: slow}\nSLOWFAST: {ALPHA: 8}')).toEqual({});
  });

  it.each([
    ['DATA: [', /^cfg: expected YAML, received /],
    [
      'DATA: {NUM_FRAMES: many}',
      'cfg DATA.NUM_FRAMES: expected a whole number of at least 1, received "many".',
    ],
    [
      'DATA: {NUM_FRAMES: 0}',
      'cfg DATA.NUM_FRAMES: expected a whole number of at least 1, received 0.',
    ],
    [
      'x'.repeat(2 ** 20 + 1),
      'cfg: expected a configuration of at most 1048576 characters, received 1048577.',
    ],
  ])('refuses what is none', (text, message) => {
    expect(() => readPySlowFastConfig(text)).toThrow(message);
  });
});
