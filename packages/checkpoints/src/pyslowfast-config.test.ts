import { readPySlowFastConfig } from './pyslowfast-config.js';

const read = (config: object) => readPySlowFastConfig(JSON.stringify(config));

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
      channelOrder: 'bgr',
      arch: 'slowfast',
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
    ).toEqual({ nonLocalSimilarity: 'softmax' });
    await expect(readPySlowFastConfig(text(BOTH))).rejects.toThrow(
      'cfg: NONLOCAL.POOL: expected one window [t, h, w] for all non-local blocks, received [1,2,2] and [2,2,2].',
    );
    await expect(readPySlowFastConfig(text(RES4, '[1, 2, 2]', '[0, x]'))).rejects.toThrow(
      'cfg: NONLOCAL.POOL: expected one window [t, h, w] for all non-local blocks, received [0,"x"].',
    );
  });

  it('reads normalisation, activation, rate and how views become one', async () => {
    const text =
      'DATA: {MEAN: [0, 0.5, 1], STD: [1, 1, 2], TARGET_FPS: 15, ENSEMBLE_METHOD: max}\nMODEL: {HEAD_ACT: sigmoid}';
    expect(await readPySlowFastConfig(text)).toEqual({
      mean: [0, 0.5, 1],
      std: [1, 1, 2],
      fps: 15,
      combine: 'max',
      activation: 'sigmoid',
    });
    expect(await read({ DATA: { ENSEMBLE_METHOD: 'sum' } })).toEqual({ combine: 'mean' });
    expect(await read({ DATA: { TARGET_FPS: 30 }, TEST: { DATASET: 'charades' } })).toEqual({});
  });

  it('takes views from the test, where the loader crops as is done here', async () => {
    const TEST = { NUM_ENSEMBLE_VIEWS: 4, NUM_SPATIAL_CROPS: 1 };
    const DATA = { TEST_CROP_SIZE: 224, TRAIN_JITTER_SCALES: [256, 320] };
    expect(await read({ DATA, TEST })).toEqual({
      size: 224,
      resize: 256,
      views: { clips: 4, crops: 1 },
    });
    expect(await read({ DATA, TEST: { ...TEST, DATASET: 'ssv2' } })).toEqual({ size: 224 });
    const three = { ...TEST, NUM_SPATIAL_CROPS: 3 };
    expect(await read({ DATA, TEST: three })).toEqual({ size: 224, views: { clips: 4, crops: 3 } });
    expect(await read({ TEST: { NUM_ENSEMBLE_VIEWS: 4 } })).toEqual({ views: { clips: 4 } });
  });

  it('pools globally after multigrid training, of which the entries beside are those of the moment', async () => {
    const MULTIGRID = { SHORT_CYCLE: true, DEFAULT_T: 32, DEFAULT_S: 224 };
    expect(await read({ MULTIGRID, DATA: { NUM_FRAMES: 8, TRAIN_CROP_SIZE: 158 } })).toEqual({
      pool: 'global',
      frames: 32,
      trainCrop: 224,
    });
    expect(await read({ MULTIGRID: { SHORT_CYCLE: false, DEFAULT_T: 0, DEFAULT_S: 0 } })).toEqual(
      {},
    );
  });

  it.each([
    ['kinetics', false, 'rgb'],
    ['kinetics', true, 'bgr'],
    // Pictures come from OpenCV as BGR (`retry_load_images`), before the flag turns them (`pack_pathway_output`).
    ['charades', true, 'rgb'],
    ['ssv2', true, 'rgb'],
    ['Ptvssv2', true, 'rgb'],
    ['ssv2', false, 'bgr'],
  ])('of %s, with the colours reversed: %s, is seen in %s', async (DATASET, flag, channelOrder) => {
    const DATA = { REVERSE_INPUT_CHANNEL: flag };
    expect(await read({ DATA, TEST: { DATASET } })).toMatchObject({ channelOrder });
  });

  it('knows detectors, whose loader has a flag of its own for BGR', async () => {
    const DETECTION = { ENABLE: true, ALIGNED: false };
    const TEST = { NUM_ENSEMBLE_VIEWS: 10, NUM_SPATIAL_CROPS: 3 };
    const DATA = { REVERSE_INPUT_CHANNEL: true };
    expect(await read({ DETECTION, TEST, DATA, AVA: { BGR: false } })).toEqual({
      dataset: 'ava',
      aligned: false,
      channelOrder: 'rgb',
    });
  });

  it('leaves α out for one pathway, where the entry is a default that means nothing', async () => {
    const config = await readPySlowFastConfig('MODEL: {ARCH: slow}\nSLOWFAST: {ALPHA: 8}');
    expect(config).toEqual({ arch: 'slow' });
  });

  it('takes what is built as it is', async () => {
    const classifier = {
      RESNET: {
        NUM_GROUPS: 1,
        STRIDE_1X1: false,
        SPATIAL_STRIDES: [
          [1, 1],
          [2, 2],
          [2, 2],
          [2, 2],
        ],
        SPATIAL_DILATIONS: [[1], [1], [1], [1]],
      },
      NONLOCAL: { GROUP: [[1], [1], [1], [1]] },
      DATA: { USE_OFFSET_SAMPLING: false },
      DETECTION: { ENABLE: false, ROI_XFORM_RESOLUTION: 9 },
    };
    expect(await read(classifier)).toEqual({});
    const detector = {
      RESNET: { SPATIAL_STRIDES: [[1], [2], [2], [1]], SPATIAL_DILATIONS: [[1], [1], [1], [2]] },
      DETECTION: { ENABLE: true, SPATIAL_SCALE_FACTOR: 16, ROI_XFORM_RESOLUTION: 7 },
      AVA: { TEST_FORCE_FLIP: false },
    };
    expect(await read(detector)).toEqual({ dataset: 'ava' });
  });

  it.each([
    [{ RESNET: { STRIDE_1X1: true } }, 'cfg: RESNET.STRIDE_1X1: expected false, received true.'],
    [{ RESNET: { NUM_GROUPS: 32 } }, 'cfg: RESNET.NUM_GROUPS: expected 1, received 32.'],
    [
      { RESNET: { SPATIAL_STRIDES: [[1], [2], [2], [1]] } },
      'cfg: RESNET.SPATIAL_STRIDES: expected 1, 2, 2, 2 for res2 to res5 (1 for res5 of detectors), received [[1],[2],[2],[1]].',
    ],
    [{ RESNET: { SPATIAL_DILATIONS: 'x' } }, 'cfg: RESNET.SPATIAL_DILATIONS: expected 1, 1, 1, 1'],
    [{ NONLOCAL: { GROUP: [[1], [4], [4], [1]] } }, 'cfg: NONLOCAL.GROUP: expected 1, 1, 1, 1'],
    [{ DATA: { USE_OFFSET_SAMPLING: true } }, 'cfg: DATA.USE_OFFSET_SAMPLING: expected false'],
    [
      { DETECTION: { ENABLE: true, ROI_XFORM_RESOLUTION: 9 } },
      'cfg: DETECTION.ROI_XFORM_RESOLUTION: expected 7, received 9.',
    ],
    [
      { DETECTION: { ENABLE: true }, AVA: { TEST_FORCE_FLIP: true } },
      'cfg: AVA.TEST_FORCE_FLIP: expected false, received true.',
    ],
    [
      { DATA: { ENSEMBLE_METHOD: 'median' } },
      'cfg: DATA.ENSEMBLE_METHOD: expected one of sum, max',
    ],
    [{ MODEL: { HEAD_ACT: 'none' } }, 'cfg: MODEL.HEAD_ACT: expected one of softmax, sigmoid'],
    [
      { TEST: { NUM_ENSEMBLE_VIEWS: 1e9 } },
      'cfg: TEST.NUM_ENSEMBLE_VIEWS: expected a whole number',
    ],
    [
      { TEST: { NUM_SPATIAL_CROPS: 5 } },
      'cfg: TEST.NUM_SPATIAL_CROPS: expected 1 or 3, received 5.',
    ],
    [
      { DATA: { NUM_FRAMES: 'many' } },
      'cfg: DATA.NUM_FRAMES: expected a whole number from 1 to 4096',
    ],
    [{ DATA: { NUM_FRAMES: 0 } }, 'cfg: DATA.NUM_FRAMES: expected a whole number from 1 to 4096'],
    [{ DATA: { MEAN: [1, 2] } }, 'cfg: DATA.MEAN: expected three numbers, received [1,2].'],
    [{ DATA: { STD: [1, 1, 0] } }, 'cfg: DATA.STD[2]: expected a positive number, received 0.'],
    [{ DATA: 5 }, 'cfg: DATA: expected keys with values, received 5.'],
  ])('refuses %j', async (config, message) => {
    await expect(read(config)).rejects.toThrow(message);
    await expect(read(config)).rejects.toMatchObject({ name: 'WeightError' });
  });

  it.each([
    ['DATA: [', /^cfg: expected JSON or YAML, received /],
    ['x'.repeat(2 ** 16 + 1), 'cfg: expected at most 65536 characters, received 65537.'],
    ['DATA: &a\n  MEAN: *a', /^cfg: .*expected values that end/],
  ])('refuses what is no configuration', async (text, message) => {
    await expect(readPySlowFastConfig(text)).rejects.toThrow(message);
  });
});
