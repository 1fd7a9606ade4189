/**
 * @file The configurations of PySlowFast's repository (`configs/` at 287ec007): which become a recipe, of which network, and
 * which do not, by the entries that decide it. What is left out of a row is as in PySlowFast's `defaults.py`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { networkFromConfig } from '@slowfast/models';
import { readRecipe } from './read-recipe.js';

/** Entries apart by semicolons, and the model with the zoo whose details it has, if it is not PyTorchVideo's. */
type Row = readonly [config: string, entries: string, model: string];

const READ: readonly Row[] = [
  [
    'Charades/SLOWFAST_16x8_R50',
    'TRAIN.DATASET charades; SLOWFAST.ALPHA 4; SLOWFAST.FUSION_KERNEL_SZ 7; DATA.NUM_FRAMES 64; DATA.SAMPLING_RATE 2; DATA.MULTI_LABEL True; MODEL.LOSS_FUNC bce_logit',
    'slowfast-16x8-r50',
  ],
  [
    'Charades/SLOWFAST_16x8_R50_multigrid',
    'TRAIN.DATASET charades; SLOWFAST.ALPHA 4; SLOWFAST.FUSION_KERNEL_SZ 7; DATA.NUM_FRAMES 64; DATA.SAMPLING_RATE 2; DATA.MULTI_LABEL True; MODEL.LOSS_FUNC bce_logit',
    'slowfast-16x8-r50',
  ],
  [
    'Charades/pytorchvideo/SLOWFAST_8x8_R50',
    'TRAIN.DATASET ptvcharades; MODEL.MODEL_NAME PTVSlowFast; SLOWFAST.ALPHA 4; SLOWFAST.FUSION_KERNEL_SZ 7; DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2; DATA.MULTI_LABEL True; MODEL.LOSS_FUNC bce_logit',
    'slowfast-8x8-r50',
  ],
  [
    'Charades/pytorchvideo/SLOW_8x8_R50',
    'TRAIN.DATASET ptvcharades; MODEL.ARCH slow; MODEL.MODEL_NAME PTVResNet; DATA.MULTI_LABEL True; MODEL.LOSS_FUNC bce_logit',
    'slow-8x8-r50',
  ],
  [
    'SSv2/SLOWFAST_16x8_R50',
    'TRAIN.DATASET ssv2; SLOWFAST.ALPHA 4; SLOWFAST.FUSION_KERNEL_SZ 7; DATA.NUM_FRAMES 64; DATA.SAMPLING_RATE 2',
    'slowfast-16x8-r50',
  ],
  [
    'SSv2/SLOWFAST_16x8_R50_multigrid',
    'TRAIN.DATASET ssv2; SLOWFAST.ALPHA 4; SLOWFAST.FUSION_KERNEL_SZ 7; DATA.NUM_FRAMES 64; DATA.SAMPLING_RATE 2',
    'slowfast-16x8-r50',
  ],
  [
    'SSv2/pytorchvideo/SLOWFAST_8x8_R50',
    'TRAIN.DATASET ptvssv2; MODEL.MODEL_NAME PTVSlowFast; SLOWFAST.ALPHA 4; SLOWFAST.FUSION_KERNEL_SZ 7; DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2',
    'slowfast-8x8-r50',
  ],
  [
    'SSv2/pytorchvideo/SLOW_8x8_R50',
    'TRAIN.DATASET ptvssv2; MODEL.ARCH slow; MODEL.MODEL_NAME PTVResNet',
    'slow-8x8-r50',
  ],
  ['Kinetics/C2D_8x8_R50', 'MODEL.ARCH c2d; MODEL.MODEL_NAME ResNet', 'c2d-8x8-r50'],
  ['Kinetics/C2D_8x8_R50_IN1K', 'MODEL.ARCH c2d; MODEL.MODEL_NAME ResNet', 'c2d-8x8-r50'],
  [
    'Kinetics/C2D_NLN_8x8_R50',
    'MODEL.ARCH c2d; MODEL.MODEL_NAME ResNet; NONLOCAL.LOCATION [[[]],[[1,3]],[[1,3,5]],[[]]]; NONLOCAL.INSTANTIATION softmax',
    'c2d-nln-8x8-r50',
  ],
  [
    'Kinetics/C2D_NLN_8x8_R50_IN1K',
    'MODEL.ARCH c2d; MODEL.MODEL_NAME ResNet; NONLOCAL.LOCATION [[[]],[[1,3]],[[1,3,5]],[[]]]; NONLOCAL.INSTANTIATION softmax',
    'c2d-nln-8x8-r50',
  ],
  [
    'Kinetics/I3D_8x8_R101',
    'MODEL.ARCH i3d; MODEL.MODEL_NAME ResNet; RESNET.DEPTH 101; RESNET.NUM_BLOCK_TEMP_KERNEL [[3],[4],[23],[3]]',
    'i3d-8x8-r101',
  ],
  ['Kinetics/I3D_8x8_R50', 'MODEL.ARCH i3d; MODEL.MODEL_NAME ResNet', 'i3d-8x8-r50'],
  ['Kinetics/I3D_8x8_R50_IN1K', 'MODEL.ARCH i3d; MODEL.MODEL_NAME ResNet', 'i3d-8x8-r50'],
  [
    'Kinetics/I3D_NLN_8x8_R101',
    'MODEL.ARCH i3d; MODEL.MODEL_NAME ResNet; RESNET.DEPTH 101; RESNET.NUM_BLOCK_TEMP_KERNEL [[3],[4],[23],[3]]; NONLOCAL.LOCATION [[[]],[[1,3]],[[1,3,5]],[[]]]; NONLOCAL.INSTANTIATION softmax',
    'i3d-nln-8x8-r101',
  ],
  [
    'Kinetics/I3D_NLN_8x8_R50',
    'MODEL.ARCH i3d; MODEL.MODEL_NAME ResNet; NONLOCAL.LOCATION [[[]],[[1,3]],[[1,3,5]],[[]]]; NONLOCAL.INSTANTIATION softmax',
    'i3d-nln-8x8-r50',
  ],
  [
    'Kinetics/I3D_NLN_8x8_R50_IN1K',
    'MODEL.ARCH i3d; MODEL.MODEL_NAME ResNet; NONLOCAL.LOCATION [[[]],[[1,3]],[[1,3,5]],[[]]]; NONLOCAL.INSTANTIATION softmax',
    'i3d-nln-8x8-r50',
  ],
  ['Kinetics/SLOWFAST_4x16_R50', 'DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2', 'slowfast-4x16-r50'],
  [
    'Kinetics/SLOWFAST_8x8_R50',
    'SLOWFAST.ALPHA 4; SLOWFAST.FUSION_KERNEL_SZ 7; DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2',
    'slowfast-8x8-r50',
  ],
  [
    'Kinetics/SLOWFAST_8x8_R50_stepwise',
    'SLOWFAST.ALPHA 4; SLOWFAST.FUSION_KERNEL_SZ 7; DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2',
    'slowfast-8x8-r50',
  ],
  [
    'Kinetics/SLOWFAST_8x8_R50_stepwise_multigrid',
    'SLOWFAST.ALPHA 4; SLOWFAST.FUSION_KERNEL_SZ 7; DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2',
    'slowfast-8x8-r50',
  ],
  [
    'Kinetics/SLOWFAST_NLN_4x16_R50',
    'NONLOCAL.LOCATION [[[],[]],[[1,3],[]],[[1,3,5],[]],[[],[]]]; DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2',
    'slowfast-nln-4x16-r50',
  ],
  [
    'Kinetics/SLOWFAST_NLN_8x8_R50',
    'NONLOCAL.LOCATION [[[],[]],[[1,3],[]],[[1,3,5],[]],[[],[]]]; SLOWFAST.ALPHA 4; DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2',
    'slowfast-nln-8x8-r50',
  ],
  [
    'Kinetics/SLOW_4x16_R50',
    'MODEL.ARCH slow; MODEL.MODEL_NAME ResNet; DATA.NUM_FRAMES 4; DATA.SAMPLING_RATE 16',
    'slow-4x16-r50',
  ],
  ['Kinetics/SLOW_8x8_R50', 'MODEL.ARCH slow; MODEL.MODEL_NAME ResNet', 'slow-8x8-r50'],
  [
    'Kinetics/SLOW_NLN_4x16_R50',
    'MODEL.ARCH slow; MODEL.MODEL_NAME ResNet; NONLOCAL.LOCATION [[[]],[[1,3]],[[1,3,5]],[[]]]; DATA.NUM_FRAMES 4; DATA.SAMPLING_RATE 16',
    'slow-nln-4x16-r50',
  ],
  [
    'Kinetics/SLOW_NLN_8x8_R50',
    'MODEL.ARCH slow; MODEL.MODEL_NAME ResNet; NONLOCAL.LOCATION [[[]],[[1,3]],[[1,3,5]],[[]]]',
    'slow-nln-8x8-r50',
  ],
  [
    'Kinetics/X3D_L',
    'MODEL.ARCH x3d; MODEL.MODEL_NAME X3D; RESNET.TRANS_FUNC x3d_transform; DATA.NUM_FRAMES 16; DATA.SAMPLING_RATE 5; X3D.WIDTH_FACTOR 2; X3D.DEPTH_FACTOR 5; X3D.BOTTLENECK_FACTOR 2.25',
    'x3d-l pyslowfast',
  ],
  [
    'Kinetics/X3D_M',
    'MODEL.ARCH x3d; MODEL.MODEL_NAME X3D; RESNET.TRANS_FUNC x3d_transform; DATA.NUM_FRAMES 16; DATA.SAMPLING_RATE 5; X3D.WIDTH_FACTOR 2; X3D.DEPTH_FACTOR 2.2; X3D.BOTTLENECK_FACTOR 2.25',
    'x3d-m pyslowfast',
  ],
  [
    'Kinetics/X3D_S',
    'MODEL.ARCH x3d; MODEL.MODEL_NAME X3D; RESNET.TRANS_FUNC x3d_transform; DATA.NUM_FRAMES 13; DATA.SAMPLING_RATE 6; X3D.WIDTH_FACTOR 2; X3D.DEPTH_FACTOR 2.2; X3D.BOTTLENECK_FACTOR 2.25',
    'x3d-s pyslowfast',
  ],
  [
    'Kinetics/X3D_XS',
    'MODEL.ARCH x3d; MODEL.MODEL_NAME X3D; RESNET.TRANS_FUNC x3d_transform; DATA.NUM_FRAMES 4; DATA.SAMPLING_RATE 12; X3D.WIDTH_FACTOR 2; X3D.DEPTH_FACTOR 2.2; X3D.BOTTLENECK_FACTOR 2.25',
    'x3d-xs pyslowfast',
  ],
  [
    'Kinetics/c2/C2D_NOPOOL_8x8_R50',
    'MODEL.ARCH c2d; MODEL.MODEL_NAME ResNet_nopool',
    'c2d-nopool-8x8-r50',
  ],
  ['Kinetics/c2/I3D_8x8_R50', 'MODEL.ARCH i3d; MODEL.MODEL_NAME ResNet', 'i3d-8x8-r50'],
  [
    'Kinetics/c2/I3D_NLN_8x8_R50',
    'MODEL.ARCH i3d; MODEL.MODEL_NAME ResNet; NONLOCAL.LOCATION [[[]],[[1,3]],[[1,3,5]],[[]]]; NONLOCAL.INSTANTIATION softmax',
    'i3d-nln-8x8-r50',
  ],
  [
    'Kinetics/c2/SLOWFAST_16x8_R101_50_50',
    'RESNET.DEPTH 101; SLOWFAST.ALPHA 4; DATA.NUM_FRAMES 64; DATA.SAMPLING_RATE 2',
    'slowfast-16x8-r101',
  ],
  [
    'Kinetics/c2/SLOWFAST_4x16_R50',
    'DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2',
    'slowfast-4x16-r50',
  ],
  [
    'Kinetics/c2/SLOWFAST_8x8_R101_101_101',
    'RESNET.DEPTH 101; RESNET.NUM_BLOCK_TEMP_KERNEL [[3,3],[4,4],[23,23],[3,3]]; SLOWFAST.ALPHA 4; DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2',
    'slowfast-8x8-r101-101-101',
  ],
  [
    'Kinetics/c2/SLOWFAST_8x8_R101_50_101',
    'RESNET.DEPTH 101; RESNET.NUM_BLOCK_TEMP_KERNEL [[3,3],[4,4],[6,23],[3,3]]; SLOWFAST.ALPHA 4; DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2',
    'slowfast-8x8-r101-50-101',
  ],
  [
    'Kinetics/c2/SLOWFAST_8x8_R101_50_50',
    'RESNET.DEPTH 101; SLOWFAST.ALPHA 4; DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2',
    'slowfast-8x8-r101',
  ],
  [
    'Kinetics/c2/SLOWFAST_8x8_R50',
    'SLOWFAST.ALPHA 4; SLOWFAST.FUSION_KERNEL_SZ 7; DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2',
    'slowfast-8x8-r50',
  ],
  [
    'Kinetics/c2/SLOWFAST_NLN_16x8_R101_50_50',
    'RESNET.DEPTH 101; NONLOCAL.LOCATION [[[],[]],[[],[]],[[6,13,20],[]],[[],[]]]; SLOWFAST.ALPHA 4; DATA.NUM_FRAMES 64; DATA.SAMPLING_RATE 2',
    'slowfast-16x8-r101-nl',
  ],
  [
    'Kinetics/c2/SLOW_4x16_R50',
    'MODEL.ARCH slow; MODEL.MODEL_NAME ResNet; DATA.NUM_FRAMES 4; DATA.SAMPLING_RATE 16',
    'slow-4x16-r50',
  ],
  ['Kinetics/c2/SLOW_8x8_R50', 'MODEL.ARCH slow; MODEL.MODEL_NAME ResNet', 'slow-8x8-r50'],
  [
    'Kinetics/pytorchvideo/C2D_8x8_R50',
    'TRAIN.DATASET ptvkinetics; MODEL.ARCH c2d; MODEL.MODEL_NAME PTVResNet',
    'c2d-8x8-r50',
  ],
  [
    'Kinetics/pytorchvideo/CSN_32x2_R101',
    'TRAIN.DATASET ptvkinetics; MODEL.ARCH csn; MODEL.MODEL_NAME PTVCSN; RESNET.DEPTH 101; DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2',
    'ir-csn-32x2-r101',
  ],
  [
    'Kinetics/pytorchvideo/I3D_8x8_R50',
    'TRAIN.DATASET ptvkinetics; MODEL.ARCH i3d; MODEL.MODEL_NAME PTVResNet',
    'i3d-8x8-r50',
  ],
  [
    'Kinetics/pytorchvideo/R2PLUS1D_16x4_R50',
    'TRAIN.DATASET ptvkinetics; MODEL.ARCH r2plus1d; MODEL.MODEL_NAME PTVR2plus1D; DATA.NUM_FRAMES 16; DATA.SAMPLING_RATE 4',
    'r2plus1d-16x4-r50',
  ],
  [
    'Kinetics/pytorchvideo/SLOWFAST_16x8_R101_50_50',
    'TRAIN.DATASET ptvkinetics; MODEL.MODEL_NAME PTVSlowFast; RESNET.DEPTH 101; SLOWFAST.ALPHA 4; DATA.NUM_FRAMES 64; DATA.SAMPLING_RATE 2',
    'slowfast-16x8-r101',
  ],
  [
    'Kinetics/pytorchvideo/SLOWFAST_4x16_R50',
    'TRAIN.DATASET ptvkinetics; MODEL.MODEL_NAME PTVSlowFast; DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2',
    'slowfast-4x16-r50',
  ],
  [
    'Kinetics/pytorchvideo/SLOWFAST_8x8_R101',
    'TRAIN.DATASET ptvkinetics; MODEL.MODEL_NAME PTVSlowFast; RESNET.DEPTH 101; RESNET.NUM_BLOCK_TEMP_KERNEL [[3,3],[4,4],[23,23],[3,3]]; SLOWFAST.ALPHA 4; DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2',
    'slowfast-8x8-r101-101-101',
  ],
  [
    'Kinetics/pytorchvideo/SLOWFAST_8x8_R50',
    'TRAIN.DATASET ptvkinetics; MODEL.MODEL_NAME PTVSlowFast; SLOWFAST.ALPHA 4; SLOWFAST.FUSION_KERNEL_SZ 7; DATA.NUM_FRAMES 32; DATA.SAMPLING_RATE 2',
    'slowfast-8x8-r50',
  ],
  [
    'Kinetics/pytorchvideo/SLOW_4x16_R50',
    'TRAIN.DATASET ptvkinetics; MODEL.ARCH slow; MODEL.MODEL_NAME PTVResNet; DATA.NUM_FRAMES 4; DATA.SAMPLING_RATE 16',
    'slow-4x16-r50',
  ],
  [
    'Kinetics/pytorchvideo/SLOW_8x8_R50',
    'TRAIN.DATASET ptvkinetics; MODEL.ARCH slow; MODEL.MODEL_NAME PTVResNet',
    'slow-8x8-r50',
  ],
  [
    'Kinetics/pytorchvideo/X3D_L',
    'TRAIN.DATASET ptvkinetics; MODEL.ARCH x3d; MODEL.MODEL_NAME PTVX3D; RESNET.TRANS_FUNC x3d_transform; DATA.NUM_FRAMES 16; DATA.SAMPLING_RATE 5; X3D.WIDTH_FACTOR 2; X3D.DEPTH_FACTOR 5; X3D.BOTTLENECK_FACTOR 2.25',
    'x3d-l',
  ],
  [
    'Kinetics/pytorchvideo/X3D_M',
    'TRAIN.DATASET ptvkinetics; MODEL.ARCH x3d; MODEL.MODEL_NAME PTVX3D; RESNET.TRANS_FUNC x3d_transform; DATA.NUM_FRAMES 16; DATA.SAMPLING_RATE 5; X3D.WIDTH_FACTOR 2; X3D.DEPTH_FACTOR 2.2; X3D.BOTTLENECK_FACTOR 2.25',
    'x3d-m',
  ],
  [
    'Kinetics/pytorchvideo/X3D_S',
    'TRAIN.DATASET ptvkinetics; MODEL.ARCH x3d; MODEL.MODEL_NAME PTVX3D; RESNET.TRANS_FUNC x3d_transform; DATA.NUM_FRAMES 13; DATA.SAMPLING_RATE 6; X3D.WIDTH_FACTOR 2; X3D.DEPTH_FACTOR 2.2; X3D.BOTTLENECK_FACTOR 2.25',
    'x3d-s',
  ],
  [
    'Kinetics/pytorchvideo/X3D_XS',
    'TRAIN.DATASET ptvkinetics; MODEL.ARCH x3d; MODEL.MODEL_NAME PTVX3D; RESNET.TRANS_FUNC x3d_transform; DATA.NUM_FRAMES 4; DATA.SAMPLING_RATE 12; X3D.WIDTH_FACTOR 2; X3D.DEPTH_FACTOR 2.2; X3D.BOTTLENECK_FACTOR 2.25',
    'x3d-xs',
  ],
  [
    'contrastive_ssl/finetune_ucf_Slow_R50_syn0',
    'MODEL.ARCH slow; MODEL.MODEL_NAME ResNet',
    'slow-8x8-r50',
  ],
  [
    'contrastive_ssl/finetune_ucf_Slow_R50_syn8',
    'MODEL.ARCH slow; MODEL.MODEL_NAME ResNet; MODEL.DROPOUT_RATE 0.8',
    'slow R50, dropout 0.8',
  ],
  [
    'contrastive_ssl/linear_k400_Slow_8x8_R50_syn0',
    'MODEL.ARCH slow; MODEL.MODEL_NAME ResNet; MODEL.DROPOUT_RATE 0; MODEL.DETACH_FINAL_FC True',
    'slow R50, dropout 0, backbone frozen',
  ],
];

/** Files by the entry that asks for what is not built. */
const REFUSED: readonly (readonly [
  entry: string,
  value: string,
  reason: string,
  ...configs: string[],
])[] = [
  [
    'DETECTION.ENABLE',
    'True',
    'detectors are not trained',
    'AVA/SLOWFAST_32x2_R50_SHORT',
    'AVA/SLOW_8x8_R50_SHORT',
    'AVA/c2/SLOWFAST_32x2_R101_50_50',
    'AVA/c2/SLOWFAST_32x2_R101_50_50_v2.1',
    'AVA/c2/SLOWFAST_32x2_R50',
    'AVA/c2/SLOWFAST_64x2_R101_50_50',
    'AVA/c2/SLOW_8x8_R50',
    'contrastive_ssl/finetune_ava_Slow_R50_syn0',
    'contrastive_ssl/finetune_ava_Slow_R50_syn8',
  ],
  [
    'TRAIN.DATASET',
    'imagenet',
    'expected kinetics, charades, ssv2, or one of these with ptv before it, received imagenet',
    'ImageNet/RES_R50',
  ],
  [
    'MODEL.LOSS_FUNC',
    'soft_cross_entropy',
    'expected one of cross_entropy, bce, bce_logit',
    'ImageNet/MVIT_B_16_CONV',
    'ImageNet/MVITv2_S',
    'ImageNet/MVITv2_T',
    'ImageNet/REV_MVIT_B_16_CONV',
    'ImageNet/REV_VIT_B',
    'ImageNet/REV_VIT_S',
    'Kinetics/MVIT_B_16x4_CONV',
    'Kinetics/REV_MVIT_B_16x4_CONV',
    'masked_ssl/in1k_VIT_B_MaskFeat_FT',
    'masked_ssl/in1k_VIT_L_MaskFeat_FT',
    'masked_ssl/k400_VIT_H_16x4_FT',
  ],
  [
    'MODEL.LOSS_FUNC',
    'contrastive_loss',
    'expected one of cross_entropy, bce, bce_logit',
    'contrastive_ssl/SwAV_Slow_R50_8x8',
  ],
  [
    'MODEL.LOSS_FUNC',
    'multi_mse',
    'expected one of cross_entropy, bce, bce_logit',
    'masked_ssl/in1k_VIT_B_MaskFeat_PT',
    'masked_ssl/in1k_VIT_L_MaskFeat_PT',
    'masked_ssl/k400_MVITv2_S_16x4_MaskFeat_PT',
    'masked_ssl/k400_VIT_B_16x4_MAE_PT',
    'masked_ssl/k400_VIT_H_16x4_MAE_PT',
    'masked_ssl/k400_VIT_L_16x4_MAE_PT',
  ],
  [
    'DATA.PATH_PREFIX',
    'null',
    'expected a path, received null',
    'contrastive_ssl/finetune_SSv2_Slow_R50_syn0',
    'contrastive_ssl/finetune_SSv2_Slow_R50_syn8',
  ],
];

/** Files that hold a key twice, or indent as YAML does not allow: Python's reader takes them, this one names the place. */
const UNREADABLE = {
  twice: [
    'Kinetics/MVIT_B_32x3_CONV',
    'Kinetics/MVITv2_B_32x3',
    'Kinetics/MVITv2_S_16x4',
    'Kinetics/pytorchvideo/MVIT_B_16x4_CONV',
    'SSv2/MVITv2_B_32x3',
    'SSv2/MVITv2_S_16x4',
    'contrastive_ssl/BYOL_SlowR50_8x8',
    'contrastive_ssl/MoCo_SlowR50_8x8',
    'contrastive_ssl/SimCLR_SlowR50_8x8',
    'contrastive_ssl/linear_k400_Slow_8x8_R50_syn8',
    'masked_ssl/k400_MVITv2_S_16x4_FT',
    'masked_ssl/k400_VIT_B_16x4_FT',
    'masked_ssl/k400_VIT_L_16x4_FT',
  ],
  indentation: [
    'ImageNet/MVITv2_B',
    'Kinetics/MVITv2_L_40x3_test',
    'SSv2/MVITv2_L_40x3',
    'masked_ssl/k400_MVITv2_L_16x4_FT',
    'masked_ssl/k400_MVITv2_L_16x4_MaskFeat_PT',
  ],
} as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-zoo-'));
  for (const part of ['train', 'val']) await writeFile(join(folder, `${part}.csv`), 'a.mp4 0\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function recipe(entries: readonly string[], text = 'TRAIN: { DATASET: kinetics }\n') {
  const path = join(folder, 'config.yaml');
  await writeFile(path, text);
  const { config } = await readRecipe(path, ['DATA.PATH_TO_DATA_DIR', folder, ...entries]);
  return config;
}

const argumentsOf = (entries: string): readonly string[] =>
  entries.split('; ').flatMap((entry) => {
    const [key = '', ...value] = entry.split(' ');
    return [key, value.join(' ')];
  });

test('there are 109 of them, each once', () => {
  const all = [
    ...READ.map(([config]) => config),
    ...REFUSED.flatMap(([, , , ...configs]) => configs),
    ...Object.values(UNREADABLE).flat(),
  ];
  expect([all.length, new Set(all).size]).toEqual([109, 109]);
});

test.each(READ)('%s becomes a recipe', async (_, entries, expected) => {
  const config = await recipe(argumentsOf(entries));
  const { name, zoo, kind, depth, dropout, freeze } = config.model;
  const frozen = freeze === 'backbone' ? ', backbone frozen' : '';
  const composed = `${kind} R${depth}, dropout ${dropout}${frozen}`;
  expect(name === undefined ? composed : [name, zoo].filter(Boolean).join(' ')).toBe(expected);
  const { data, train } = config;
  const isCharades = entries.includes('charades');
  expect(data).toMatchObject({ fps: isCharades ? 24 : 30, size: 224 });
  expect([data.format, data.segments]).toEqual(
    entries.includes('ssv2')
      ? ['something-something', true]
      : [isCharades ? 'charades' : undefined, undefined],
  );
  expect(train.loss?.kind).toBe(isCharades ? 'binary-cross-entropy' : 'cross-entropy');
});

// Those that the catalog has beside the paper's are built, too.
test.each(READ.filter(([config]) => /X3D|CSN|R2PLUS1D/.test(config)))(
  '%s: the network takes its clips',
  async (_, entries) => {
    const config = await recipe([...argumentsOf(entries), 'DATA.TRAIN_CROP_SIZE', '64']);
    const { model } = networkFromConfig(config, 7);
    expect(model.graph.inputs['slow']!.type.shape).toEqual(['N', 3, config.data.frames, 64, 64]);
    expect(model.graph.outputs.scores.type.shape).toEqual(['N', 7]);
  },
);

test.each(REFUSED)('%s %s: %s', async (entry, value, reason) => {
  await expect(recipe([entry, value])).rejects.toThrow(reason);
});

test('what is no YAML is refused', async () => {
  await expect(recipe([], 'SOLVER: { BASE_LR: 1, BASE_LR: 2 }')).rejects.toThrow(
    'BASE_LR: expected a key once, received it twice.',
  );
  await expect(recipe([], 'MVIT:\n  DIM_MUL: [[1, 2],\n  [3, 4]\n]\n')).rejects.toThrow(
    'expected JSON or YAML',
  );
});

const X3D =
  'MODEL.ARCH x3d; MODEL.MODEL_NAME X3D; RESNET.TRANS_FUNC x3d_transform; X3D.WIDTH_FACTOR 2; X3D.DEPTH_FACTOR 2.2; X3D.BOTTLENECK_FACTOR 2.25';
test.each([
  [`${X3D}; X3D.DEPTH_FACTOR 3`, 'X3D.DEPTH_FACTOR: expected 2.2 or 5, received 3.'],
  [
    `${X3D}; X3D.WIDTH_FACTOR 1`,
    'X3D.WIDTH_FACTOR: expected 2, which is what is built, received 1.',
  ],
  [
    `${X3D}; X3D.SCALE_RES2 True`,
    'X3D.SCALE_RES2: expected false, which is what is built, received true.',
  ],
  [`${X3D}; X3D.BN_LIN5 True`, 'X3D.BN_LIN5: expected false'],
  [`${X3D}; X3D.CHANNELWISE_3x3x3 False`, 'X3D.CHANNELWISE_3x3x3: expected true'],
  [`${X3D}; X3D.DIM_C5 1024`, 'X3D.DIM_C5: expected 2048'],
  ['MODEL.ARCH csn; MODEL.MODEL_NAME PTVCSN', 'RESNET.DEPTH: expected 101, received 50.'],
  [
    'MODEL.ARCH csn; MODEL.MODEL_NAME ResNet; RESNET.DEPTH 101',
    'MODEL.MODEL_NAME: expected PTVCSN for csn, received "ResNet".',
  ],
])('%s is refused', async (entries, message) => {
  await expect(recipe(argumentsOf(entries))).rejects.toThrow(message);
});
