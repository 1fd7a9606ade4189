/** @file `train` and `evaluate` from configurations of PySlowFast, in the form of its model zoo. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encode } from 'fast-png';
import { readRecipe } from '../train/read-recipe.js';
import { slowfast } from './testing/run-slowfast.js';

const MEDIA = fileURLToPath(new URL('../../../../examples/media/', import.meta.url));
const WEIGHTS = fileURLToPath(
  new URL(
    '../../../checkpoints/src/goldens/checkpoints/pyslowfast_slowfast_w2.pyth',
    import.meta.url,
  ),
);

/** SlowFast 8x8 as the zoo trains it on Kinetics, in its sections. */
const KINETICS = `TRAIN:
  ENABLE: True
  DATASET: kinetics
  BATCH_SIZE: 64
  EVAL_PERIOD: 10
  CHECKPOINT_PERIOD: 1
  AUTO_RESUME: True
DATA:
  NUM_FRAMES: 32
  SAMPLING_RATE: 2
  TRAIN_JITTER_SCALES: [256, 320]
  TRAIN_CROP_SIZE: 224
  TEST_CROP_SIZE: 256
  INPUT_CHANNEL_NUM: [3, 3]
SLOWFAST:
  ALPHA: 4
  BETA_INV: 8
  FUSION_CONV_CHANNEL_RATIO: 2
  FUSION_KERNEL_SZ: 7
RESNET:
  ZERO_INIT_FINAL_BN: True
  WIDTH_PER_GROUP: 64
  NUM_GROUPS: 1
  DEPTH: 50
  TRANS_FUNC: bottleneck_transform
  STRIDE_1X1: False
  NUM_BLOCK_TEMP_KERNEL: [[3, 3], [4, 4], [6, 6], [3, 3]]
NONLOCAL:
  LOCATION: [[[], []], [[], []], [[], []], [[], []]]
  GROUP: [[1, 1], [1, 1], [1, 1], [1, 1]]
  INSTANTIATION: dot_product
BN:
  USE_PRECISE_STATS: True
  NUM_BATCHES_PRECISE: 200
SOLVER:
  BASE_LR: 0.1
  LR_POLICY: cosine
  MAX_EPOCH: 196
  MOMENTUM: 0.9
  WEIGHT_DECAY: 1e-4
  WARMUP_EPOCHS: 34.0
  WARMUP_START_LR: 0.01
  OPTIMIZING_METHOD: sgd
MODEL:
  NUM_CLASSES: 400
  ARCH: slowfast
  MODEL_NAME: SlowFast
  LOSS_FUNC: cross_entropy
  DROPOUT_RATE: 0.5
TEST:
  ENABLE: True
  DATASET: kinetics
  BATCH_SIZE: 64
DATA_LOADER:
  NUM_WORKERS: 8
  PIN_MEMORY: True
NUM_GPUS: 8
NUM_SHARDS: 1
RNG_SEED: 0
OUTPUT_DIR: .
`;

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-pyslowfast-'));
  file = join(folder, 'SLOWFAST_8x8_R50.yaml');
  await writeFile(file, KINETICS);
  await mkdir(join(folder, 'lists'));
  for (const name of ['archery.avi', 'arm-wrestling.mp4']) {
    await copyFile(join(MEDIA, name), join(folder, name));
  }
  const lines = `${join(folder, 'archery.avi')} 0\n${join(folder, 'arm-wrestling.mp4')} 1\n`;
  for (const part of ['train', 'val', 'test']) {
    await writeFile(join(folder, 'lists', `${part}.csv`), lines);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const lists = (): string[] => ['DATA.PATH_TO_DATA_DIR', join(folder, 'lists')];

describe('a recipe of the zoo', () => {
  it('is followed, and what is left is listed', async () => {
    const { config, notCarriedOver } = await readRecipe(file, lists());
    expect(config).toMatchObject({
      name: 'SLOWFAST_8x8_R50',
      seed: 0,
      data: {
        train: join(folder, 'lists/train.csv'),
        test: join(folder, 'lists/val.csv'),
        ...{ frames: 32, stride: 2, fps: 30, size: 224, flip: true, inverseScale: false },
        scale: [256 / 224, 320 / 224],
      },
      model: {
        name: 'slowfast-8x8-r50',
        ...{ width: 64, alpha: 4, beta: 1 / 8, lateralKernel: 7, zeroInitialNorm: true },
      },
      train: {
        ...{ epochs: 196, batch: 8, accumulate: 8, preciseBatchNorm: 200 },
        schedule: { kind: 'cosine', lr: 0.1, finalLr: 0, warmupEpochs: 34, warmupLr: 0.01 },
        optimizer: { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 1e-4 },
        loss: { kind: 'cross-entropy' },
      },
      evaluate: { every: 10, finalClips: 10, finalCrops: 3 },
      checkpoint: { epochs: 1 },
    });
    expect(notCarriedOver).toEqual([
      ...['TRAIN.ENABLE true', 'TRAIN.AUTO_RESUME true', 'DATA.TEST_CROP_SIZE 256'],
      ...['DATA.INPUT_CHANNEL_NUM [3,3]', 'MODEL.NUM_CLASSES 400', 'TEST.ENABLE true'],
      ...['TEST.BATCH_SIZE 64', 'DATA_LOADER.NUM_WORKERS 8', 'DATA_LOADER.PIN_MEMORY true'],
      'NUM_SHARDS 1',
      `${join(folder, 'lists/test.csv')}, since val.csv is what the run is tested on`,
    ]);
  });

  const steps = ['SOLVER.LR_POLICY', 'steps_with_relative_lrs', 'SOLVER.STEPS', '[0, 44, 88]'];
  const LOCATION = '[[[], []], [[1, 3], []], [[1, 3, 5], []], [[], []]]';
  const one = (places: string) => [
    'NONLOCAL.LOCATION',
    places,
    'NONLOCAL.INSTANTIATION',
    'softmax',
  ];
  it.each([
    [[...steps, 'SOLVER.LRS', '[1, 0.1, 0.01]'], 'train', { schedule: { steps: [44, 88] } }],
    // As the zoo's stepwise recipes have it: more rates than steps.
    [
      [...steps, 'SOLVER.LRS', '[1, 0.1, 0.01, 0.001, 0.0001]'],
      'train',
      { schedule: { kind: 'step', steps: [44, 88], factor: 0.1 } },
    ],
    [[...steps, 'SOLVER.LRS', '[1, 2, 0.5]'], 'train', { schedule: { rates: [1, 2, 0.5] } }],
    [
      [...steps, 'MULTIGRID.LONG_CYCLE', 'True', 'MULTIGRID.SHORT_CYCLE', 'True'],
      'train',
      { multigrid: 'both', epochFactor: 1.5, batch: 8, accumulate: 8, schedule: { factor: 0.1 } },
    ],
    [['MULTIGRID.SHORT_CYCLE', 'True'], 'train', { multigrid: 'short', epochs: 196 }],
    [
      ['MULTIGRID.SHORT_CYCLE_FACTORS', '[0.25, 0.5]'],
      "MULTIGRID.SHORT_CYCLE_FACTORS: expected PySlowFast's own factors",
      0,
    ],
    [['NONLOCAL.LOCATION', LOCATION], 'model', { name: 'slowfast-nln-8x8-r50' }],
    [
      ['MODEL.ARCH', 'i3d', ...one('[[[]], [[1, 3]], [[1, 3, 5]], [[]]]')],
      'model',
      { name: 'i3d-nln-8x8-r50' },
    ],
    [['MODEL.ARCH', 'c2d', 'MODEL.MODEL_NAME', 'ResNet'], 'model', { name: 'c2d-8x8-r50' }],
    [['MODEL.DROPOUT_RATE', '0.2'], 'model', { kind: 'slowfast', depth: 50, dropout: 0.2 }],
    [['RESNET.DEPTH', '101'], 'model', { name: 'slowfast-8x8-r101' }],
    [['RESNET.DEPTH', '152'], 'train', undefined],
    [['MODEL.LOSS_FUNC', 'bce'], 'train', { loss: { kind: 'binary-cross-entropy' } }],
    [['TRAIN.BATCH_SIZE', '60'], 'TRAIN.BATCH_SIZE: expected a multiple of NUM_GPUS (8)', 0],
    [['TRAIN.DATASET', 'imagenet'], 'TRAIN.DATASET: expected kinetics, charades, ssv2', 0],
    [['SOLVER.LRS', '[1, 0.3]', ...steps], 'SOLVER.LRS: expected as many rates', 0],
    [['RESNET.STRIDE_1X1', 'True'], 'RESNET.STRIDE_1X1: expected false', 0],
    [['DETECTION.ENABLE', 'True'], 'DETECTION.ENABLE: expected false', 0],
    [['SOLVER.BASE_LR'], 'SOLVER.BASE_LR: expected a key such as TRAIN.BATCH_SIZE', 0],
    [['--batch', '3'], '--batch: expected a key such as TRAIN.BATCH_SIZE', 0],
  ] as const)('with %j', async (entries, part, expected) => {
    const reading = readRecipe(file, [...lists(), ...entries]);
    if (expected === 0) await expect(reading).rejects.toThrow(part);
    else if (expected) {
      expect((await reading).config[part as 'train' | 'model']).toMatchObject(expected);
    } else await expect(reading).rejects.toThrow('MODEL.ARCH: expected a network');
  });

  const COLOURS = ['DATA.REVERSE_INPUT_CHANNEL', 'True'];
  const MULTI = ['DATA.MULTI_LABEL', 'True', 'MODEL.LOSS_FUNC', 'bce_logit'];

  it('of Charades reads frame lists, of Something-Something names of classes and frame lists', async () => {
    const at = (name: string): string => join(folder, 'lists', name);
    const charades = [...lists(), 'TRAIN.DATASET', 'ptvcharades', ...COLOURS, ...MULTI];
    const { config } = await readRecipe(file, [...charades, 'DATA.PATH_PREFIX', 'frames']);
    const { train, test, prefix, format, fps } = config.data;
    expect({ train, test, prefix, format, fps }).toEqual({
      ...{ train: at('train.csv'), test: at('val.csv'), prefix: resolve('frames') },
      ...{ format: 'charades', fps: 24 },
    });
    const names = ['train', 'validation', 'labels'].map(
      (part) => `something-something-v2-${part}.json`,
    );
    for (const name of names) await writeFile(at(name), '');
    const something = [...lists(), 'TRAIN.DATASET', 'ssv2', 'DATA.ENSEMBLE_METHOD', 'max'];
    const { config: other, notCarriedOver } = await readRecipe(file, something);
    expect(other.data).toMatchObject({
      ...{ train: at(names[0]!), pictures: at('train.csv'), format: 'something-something' },
      ...{
        test: at(names[1]!),
        testPictures: at('val.csv'),
        labels: at(names[2]!),
        segments: true,
      },
    });
    expect(notCarriedOver).toEqual(
      expect.arrayContaining([
        'DATA.REVERSE_INPUT_CHANNEL false (colours are RGB, not BGR)',
        'DATA.ENSEMBLE_METHOD max (it is the sum)',
      ]),
    );
  });

  it('needs its lists', async () => {
    await expect(readRecipe(file)).rejects.toThrow(
      `${file}: DATA.PATH_TO_DATA_DIR: expected the folder of train.csv and val.csv, received nothing. ` +
        'Add it to the file, or after it: DATA.PATH_TO_DATA_DIR folder.',
    );
  });
});

/** Entries that make it a network for tests. */
const SMALL = [
  ...['MODEL.ARCH', 'slow', 'RESNET.WIDTH_PER_GROUP', '8', 'DATA.NUM_FRAMES', '2'],
  ...['DATA.TRAIN_CROP_SIZE', '32'],
  ...['DATA.TRAIN_JITTER_SCALES', '[36, 40]', 'NUM_GPUS', '1', 'TRAIN.BATCH_SIZE', '2'],
  ...['SOLVER.MAX_EPOCH', '1', 'SOLVER.WARMUP_EPOCHS', '0', 'BN.NUM_BATCHES_PRECISE', '1'],
  ...['TEST.NUM_ENSEMBLE_VIEWS', '1', 'TEST.NUM_SPATIAL_CROPS', '1'],
];

describe('on pictures', () => {
  const data = (): string => join(folder, 'pictures');
  const write = (name: string, text: string): Promise<void> => writeFile(join(data(), name), text);

  beforeAll(async () => {
    const lines = ['original_vido_id video_id frame_id path labels'];
    for (const [video, id] of ['7', '8'].entries()) {
      await mkdir(join(data(), id), { recursive: true });
      for (let i = 0; i < 6; i++) {
        const pixels = new Uint8Array(3 * 48 * 40).map((_, at) => (at * 31 + i * 50 + video) % 251);
        const path = `${id}/${id}_${i + 1}.png`;
        await write(
          path,
          Buffer.from(encode({ width: 48, height: 40, channels: 3, data: pixels })) as never,
        );
        lines.push(`${id} ${video} ${i} ${path} "${i < 3 ? '' : '1,3'}"`);
      }
    }
    for (const part of ['train', 'val']) {
      await write(`${part}.csv`, lines.join('\n'));
      const name = part === 'val' ? 'validation' : part;
      const entries = ['7', '8'].map((id, i) => ({
        id,
        template: i ? 'Pushing [it]' : 'Dropping [it]',
      }));
      await write(`something-something-v2-${name}.json`, JSON.stringify(entries));
    }
    await write(
      'something-something-v2-labels.json',
      JSON.stringify({ 'Dropping it': '0', 'Pushing it': '1' }),
    );
  });

  it.each([
    [['TRAIN.DATASET', 'charades', 'DATA.MULTI_LABEL', 'True', 'MODEL.LOSS_FUNC', 'bce'], 'mAP'],
    [['TRAIN.DATASET', 'ssv2', 'TEST.DATASET', 'ssv2'], 'top1'],
  ])('%j trains and is tested', async (entries, metric) => {
    const output = join(folder, `run-${metric}`);
    const { code, out, err } = await slowfast(
      ...['train', file, ...entries, ...SMALL, 'DATA.PATH_TO_DATA_DIR', data()],
      ...['DATA.PATH_PREFIX', data(), 'OUTPUT_DIR', output, '--json'],
    );
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(err).not.toContain('left out');
    expect(JSON.parse(out)).toMatchObject({
      ...{ steps: 1, broken: [] },
      evaluation: { metrics: { videos: 2, [metric]: expect.any(Number) as number } },
    });
    const config = join(folder, `${metric}.yaml`);
    const dataset = entries[1]!;
    await writeFile(
      config,
      `TEST: {DATASET: ${dataset}, CHECKPOINT_FILE_PATH: '${join(output, 'final.safetensors')}'}\n` +
        `DATA: {PATH_TO_DATA_DIR: '${data()}', PATH_PREFIX: '${data()}'}\n`,
    );
    const tested = await slowfast('evaluate', '--config', config, '--json');
    expect(tested).toMatchObject({ code: 0 });
    expect(JSON.parse(tested.out.trim().split('\n').at(-1)!)).toMatchObject({
      videos: 2,
      broken: 0,
    });
  });
});

it('trains, and says what is not carried over', async () => {
  const { code, out, err } = await slowfast(
    ...['train', file, ...lists(), ...SMALL, 'OUTPUT_DIR', join(folder, 'run'), '--json'],
  );
  expect({ code, err: err.split('\n').slice(0, 2) }).toEqual({
    code: 0,
    err: [`${file}: a configuration of PySlowFast; not carried over:`, '  TRAIN.ENABLE true'],
  });
  const summary = JSON.parse(out) as { notCarriedOver: string[]; steps: number };
  expect(summary).toMatchObject({ steps: 1, epochs: 1 });
  expect(summary.notCarriedOver).toContain('TRAIN.AUTO_RESUME true');
  const kept = await readFile(join(folder, 'run/config.json'), 'utf8');
  expect(JSON.parse(kept)).toMatchObject({ model: { width: 8 }, train: { epochs: 1 } });
});

it('refuses a batch that no memory holds, before anything is decoded', async () => {
  const huge = ['TRAIN.BATCH_SIZE', '60000', 'NUM_GPUS', '1'];
  const { code, err } = await slowfast('train', file, ...lists(), ...huge, '--dry-run');
  expect(code).toBe(1);
  expect(err).toContain(
    'error: train.batch: expected at most 445 clips of 3 x 32 x 224 x 224 numbers, received 60000. ' +
      'For larger steps raise train.accumulate.',
  );
});

it('evaluates weights and a list that a configuration names', async () => {
  const test = join(folder, 'test.yaml');
  await writeFile(
    test,
    `DATA: {NUM_FRAMES: 16, SAMPLING_RATE: 2, TEST_CROP_SIZE: 64, TRAIN_CROP_SIZE: 64, PATH_TO_DATA_DIR: ${join(folder, 'lists')}}
MODEL: {ARCH: slowfast, NUM_CLASSES: 11}
SLOWFAST: {ALPHA: 4}
TEST: {NUM_ENSEMBLE_VIEWS: 2, NUM_SPATIAL_CROPS: 1, BATCH_SIZE: 8, CHECKPOINT_FILE_PATH: ${WEIGHTS}}
`,
  );
  const { code, out, err } = await slowfast('evaluate', '--config', test, '--json');
  expect({ code, err }).toMatchObject({ code: 0 });
  expect(err).toContain(`${test}: not carried over: TEST.BATCH_SIZE 8\n`);
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(lines).toHaveLength(4);
  expect(lines.at(-2)).toMatchObject({ run: true, notCarriedOver: ['TEST.BATCH_SIZE 8'] });
  expect(lines.at(-1)).toMatchObject({ views: '2x1' });
});
