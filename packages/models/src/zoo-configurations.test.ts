/**
 * @file The catalog against the zoos' own configurations: what each says of its network and its test, as a line of
 * facts, is what the catalog builds. Sources: `configs/` of PySlowFast at 287ec007 (entries that are left out as in its
 * `defaults.py`), `configs/` of mmaction2 at 4d6c9347, `scripts/action-recognition/configuration` and the model zoo of
 * gluon-cv at 56777561.
 */
import { catalogModel, type CatalogEntry } from './catalog.js';
import type { CatalogOptions } from './catalog-options.js';
import { checkedModelName } from './model-names.js';

/**
 * Facts: depth, raw clip (frames × stride), α, 1/β and kernel of lateral connections, stem kernel and blocks with
 * temporal kernels in res2 to res5 by pathway, `halved` for a maximum over two frames before res3, `stem/4` for a stem
 * that takes a quarter of the frames, non-local blocks, pooling before the classifier, activation, classes, order of
 * colours that the network sees (behind the loader, see `pyslowfast-config.ts`), test crop, clips × crops, how views become one.
 */
type Row = readonly [config: string, model: string, facts: string, options?: CatalogOptions];

// Something-Something's 16×8 files test one view; its published accuracies are of three crops.
const PYSLOWFAST: readonly Row[] = [
  [
    'AVA/SLOWFAST_32x2_R50_SHORT',
    'slowfast-8x8-r50-ava',
    'R50 32x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 boxes aligned dilation 2 sigmoid 80 rgb 224 1x1 mean',
    { aligned: true, size: 224 },
  ],
  [
    'AVA/SLOW_8x8_R50_SHORT',
    'slow-4x16-r50-ava',
    'R50 4x16 1:0,0,6,3 boxes aligned dilation 2 sigmoid 80 rgb 256 1x1 mean',
    { aligned: true },
  ],
  [
    'AVA/c2/SLOWFAST_32x2_R101_50_50',
    'slowfast-8x8-r101-ava',
    'R101 32x2 α4 β8 k5 1:0,0,6,3 5:3,4,6,3 dot-product after res4:6,13,20 pool 2x2x2 boxes not aligned dilation 2 sigmoid 80 rgb 256 1x1 mean',
  ],
  [
    'AVA/c2/SLOWFAST_32x2_R101_50_50_v2.1',
    'slowfast-8x8-r101-ava',
    'R101 32x2 α4 β8 k5 1:0,0,6,3 5:3,4,6,3 dot-product after res4:6,13,20 pool 2x2x2 boxes not aligned dilation 2 sigmoid 80 rgb 256 1x1 mean',
  ],
  [
    'AVA/c2/SLOWFAST_32x2_R50',
    'slowfast-8x8-r50-ava',
    'R50 32x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 boxes not aligned dilation 2 sigmoid 80 rgb 256 1x1 mean',
  ],
  [
    'AVA/c2/SLOWFAST_64x2_R101_50_50',
    'slowfast-16x8-r101-ava',
    'R101 64x2 α4 β8 k5 1:0,0,6,3 5:3,4,6,3 dot-product after res4:6,13,20 pool 2x2x2 boxes not aligned dilation 2 sigmoid 80 rgb 256 1x1 mean',
  ],
  [
    'AVA/c2/SLOW_8x8_R50',
    'slow-4x16-r50-ava',
    'R50 4x16 1:0,0,6,3 boxes not aligned dilation 2 sigmoid 80 rgb 256 1x1 mean',
  ],
  [
    'Charades/SLOWFAST_16x8_R50',
    'slowfast-16x8-r50',
    'R50 64x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 window 7 sigmoid 157 rgb 256 10x3 max',
    { dataset: 'charades' },
  ],
  [
    'Charades/SLOWFAST_16x8_R50_multigrid',
    'slowfast-16x8-r50',
    'R50 64x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 global sigmoid 157 rgb 256 10x3 max',
    { dataset: 'charades', pool: 'global' },
  ],
  [
    'Charades/pytorchvideo/SLOWFAST_8x8_R50',
    'slowfast-8x8-r50',
    'R50 32x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 window 7 sigmoid 157 rgb 256 10x3 max',
    { dataset: 'charades', zoo: 'pytorchvideo' },
  ],
  [
    'Charades/pytorchvideo/SLOW_8x8_R50',
    'slow-8x8-r50',
    'R50 8x8 1:0,0,6,3 window 7 sigmoid 157 rgb 256 10x3 max',
    { dataset: 'charades', zoo: 'pytorchvideo' },
  ],
  [
    'Kinetics/C2D_8x8_R50',
    'c2d-8x8-r50',
    'R50 8x8 1:0,0,0,0 halved window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/C2D_8x8_R50_IN1K',
    'c2d-8x8-r50',
    'R50 8x8 1:0,0,0,0 halved window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/C2D_NLN_8x8_R50',
    'c2d-nln-8x8-r50',
    'R50 8x8 1:0,0,0,0 halved softmax after res3:1,3 res4:1,3,5 pool 1x2x2 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/C2D_NLN_8x8_R50_IN1K',
    'c2d-nln-8x8-r50',
    'R50 8x8 1:0,0,0,0 halved softmax after res3:1,3 res4:1,3,5 pool 1x2x2 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/I3D_8x8_R101',
    'i3d-8x8-r101',
    'R101 8x8 5:3,2,12,1 halved window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/I3D_8x8_R50',
    'i3d-8x8-r50',
    'R50 8x8 5:3,2,3,1 halved window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/I3D_8x8_R50_IN1K',
    'i3d-8x8-r50',
    'R50 8x8 5:3,2,3,1 halved window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/I3D_NLN_8x8_R101',
    'i3d-nln-8x8-r101',
    'R101 8x8 5:3,2,12,1 halved softmax after res3:1,3 res4:1,3,5 pool 1x2x2 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/I3D_NLN_8x8_R50',
    'i3d-nln-8x8-r50',
    'R50 8x8 5:3,2,3,1 halved softmax after res3:1,3 res4:1,3,5 pool 1x2x2 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/I3D_NLN_8x8_R50_IN1K',
    'i3d-nln-8x8-r50',
    'R50 8x8 5:3,2,3,1 halved softmax after res3:1,3 res4:1,3,5 pool 1x2x2 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/SLOWFAST_4x16_R50',
    'slowfast-4x16-r50',
    'R50 32x2 α8 β8 k5 1:0,0,6,3 5:3,4,6,3 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/SLOWFAST_8x8_R50',
    'slowfast-8x8-r50',
    'R50 32x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/SLOWFAST_8x8_R50_stepwise',
    'slowfast-8x8-r50',
    'R50 32x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/SLOWFAST_8x8_R50_stepwise_multigrid',
    'slowfast-8x8-r50',
    'R50 32x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 global softmax 400 rgb 224 10x3 mean',
    { pool: 'global', size: 224 },
  ],
  [
    'Kinetics/SLOWFAST_NLN_4x16_R50',
    'slowfast-nln-4x16-r50',
    'R50 32x2 α8 β8 k5 1:0,0,6,3 5:3,4,6,3 dot-product after res3:1,3 res4:1,3,5 pool 1x2x2 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/SLOWFAST_NLN_8x8_R50',
    'slowfast-nln-8x8-r50',
    'R50 32x2 α4 β8 k5 1:0,0,6,3 5:3,4,6,3 dot-product after res3:1,3 res4:1,3,5 pool 1x2x2 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/SLOW_4x16_R50',
    'slow-4x16-r50',
    'R50 4x16 1:0,0,6,3 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/SLOW_8x8_R50',
    'slow-8x8-r50',
    'R50 8x8 1:0,0,6,3 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/SLOW_NLN_4x16_R50',
    'slow-nln-4x16-r50',
    'R50 4x16 1:0,0,6,3 dot-product after res3:1,3 res4:1,3,5 pool 1x2x2 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/SLOW_NLN_8x8_R50',
    'slow-nln-8x8-r50',
    'R50 8x8 1:0,0,6,3 dot-product after res3:1,3 res4:1,3,5 pool 1x2x2 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/c2/C2D_NOPOOL_8x8_R50',
    'c2d-nopool-8x8-r50',
    'R50 8x8 1:0,0,0,0 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/c2/I3D_8x8_R50',
    'i3d-8x8-r50',
    'R50 8x8 5:3,2,3,1 halved window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/c2/I3D_NLN_8x8_R50',
    'i3d-nln-8x8-r50',
    'R50 8x8 5:3,2,3,1 halved softmax after res3:1,3 res4:1,3,5 pool 1x2x2 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/c2/SLOWFAST_16x8_R101_50_50',
    'slowfast-16x8-r101',
    'R101 64x2 α4 β8 k5 1:0,0,6,3 5:3,4,6,3 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/c2/SLOWFAST_4x16_R50',
    'slowfast-4x16-r50',
    'R50 32x2 α8 β8 k5 1:0,0,6,3 5:3,4,6,3 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/c2/SLOWFAST_8x8_R101_101_101',
    'slowfast-8x8-r101-101-101',
    'R101 32x2 α4 β8 k5 1:0,0,23,3 5:3,4,23,3 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/c2/SLOWFAST_8x8_R101_50_101',
    'slowfast-8x8-r101-50-101',
    'R101 32x2 α4 β8 k5 1:0,0,6,3 5:3,4,23,3 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/c2/SLOWFAST_8x8_R101_50_50',
    'slowfast-8x8-r101',
    'R101 32x2 α4 β8 k5 1:0,0,6,3 5:3,4,6,3 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/c2/SLOWFAST_8x8_R50',
    'slowfast-8x8-r50',
    'R50 32x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/c2/SLOWFAST_NLN_16x8_R101_50_50',
    'slowfast-16x8-r101-nl',
    'R101 64x2 α4 β8 k5 1:0,0,6,3 5:3,4,6,3 dot-product after res4:6,13,20 pool 1x2x2 window 7 softmax 400 rgb 256 10x3 mean',
    { nonLocalPool: [1, 2, 2] },
  ],
  [
    'Kinetics/c2/SLOW_4x16_R50',
    'slow-4x16-r50',
    'R50 4x16 1:0,0,6,3 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/c2/SLOW_8x8_R50',
    'slow-8x8-r50',
    'R50 8x8 1:0,0,6,3 window 7 softmax 400 rgb 256 10x3 mean',
  ],
  [
    'Kinetics/pytorchvideo/C2D_8x8_R50',
    'c2d-8x8-r50',
    'R50 8x8 1:0,0,0,0 halved window 7 softmax 400 rgb 256 10x3 mean',
    { zoo: 'pytorchvideo' },
  ],
  [
    'Kinetics/pytorchvideo/I3D_8x8_R50',
    'i3d-8x8-r50',
    'R50 8x8 5:3,2,3,1 halved window 7 softmax 400 rgb 256 10x3 mean',
    { zoo: 'pytorchvideo' },
  ],
  [
    'Kinetics/pytorchvideo/SLOWFAST_16x8_R101_50_50',
    'slowfast-16x8-r101',
    'R101 64x2 α4 β8 k5 1:0,0,6,3 5:3,4,6,3 window 7 softmax 400 rgb 256 10x3 mean',
    { zoo: 'pytorchvideo' },
  ],
  [
    'Kinetics/pytorchvideo/SLOWFAST_4x16_R50',
    'slowfast-4x16-r50',
    'R50 32x2 α8 β8 k5 1:0,0,6,3 5:3,4,6,3 window 7 softmax 400 rgb 256 10x3 mean',
    { zoo: 'pytorchvideo' },
  ],
  [
    'Kinetics/pytorchvideo/SLOWFAST_8x8_R101',
    'slowfast-8x8-r101-101-101',
    'R101 32x2 α4 β8 k5 1:0,0,23,3 5:3,4,23,3 window 7 softmax 400 rgb 256 10x3 mean',
    { zoo: 'pytorchvideo' },
  ],
  [
    'Kinetics/pytorchvideo/SLOWFAST_8x8_R50',
    'slowfast-8x8-r50',
    'R50 32x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 window 7 softmax 400 rgb 256 10x3 mean',
    { zoo: 'pytorchvideo' },
  ],
  [
    'Kinetics/pytorchvideo/SLOW_4x16_R50',
    'slow-4x16-r50',
    'R50 4x16 1:0,0,6,3 window 7 softmax 400 rgb 256 10x3 mean',
    { zoo: 'pytorchvideo' },
  ],
  [
    'Kinetics/pytorchvideo/SLOW_8x8_R50',
    'slow-8x8-r50',
    'R50 8x8 1:0,0,6,3 window 7 softmax 400 rgb 256 10x3 mean',
    { zoo: 'pytorchvideo' },
  ],
  [
    'SSv2/SLOWFAST_16x8_R50',
    'slowfast-16x8-r50',
    'R50 64x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 window 7 softmax 174 rgb 256 1x3 mean',
    { dataset: 'something-something-v2' },
  ],
  [
    'SSv2/SLOWFAST_16x8_R50_multigrid',
    'slowfast-16x8-r50',
    'R50 64x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 global softmax 174 rgb 224 1x3 mean',
    { dataset: 'something-something-v2', pool: 'global', size: 224 },
  ],
  [
    'SSv2/pytorchvideo/SLOWFAST_8x8_R50',
    'slowfast-8x8-r50',
    'R50 32x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 window 7 softmax 174 rgb 256 1x3 mean',
    { dataset: 'something-something-v2', zoo: 'pytorchvideo' },
  ],
  [
    'SSv2/pytorchvideo/SLOW_8x8_R50',
    'slow-8x8-r50',
    'R50 8x8 1:0,0,6,3 window 7 softmax 174 rgb 256 1x3 mean',
    { dataset: 'something-something-v2', zoo: 'pytorchvideo' },
  ],
];

const MMACTION2: readonly Row[] = [
  [
    'recognition/slowfast/slowfast_r50_8xb8-4x16x1-256e_kinetics400-rgb',
    'slowfast-4x16-r50',
    'R50 32x2 α8 β8 k5 1:0,0,6,3 5:3,4,6,3 global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'recognition/slowfast/slowfast_r50_8xb8-8x8x1-256e_kinetics400-rgb',
    'slowfast-8x8-r50',
    'R50 32x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'recognition/slowfast/slowfast_r101_8xb8-8x8x1-256e_kinetics400-rgb',
    'slowfast-8x8-r101-101-101',
    'R101 32x2 α4 β8 k7 1:0,0,23,3 5:3,4,23,3 global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'recognition/slowfast/slowfast_r101-r50_32xb8-4x16x1-256e_kinetics400-rgb',
    'slowfast-4x16-r101-r50',
    'R101 32x2 α8 β8 k5 1:0,0,23,3 5:3,4,6,3 global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'recognition/slowfast/slowfast_r152_r50_4x16x1_256e_kinetics400_rgb (0.x)',
    'slowfast-4x16-r152-r50',
    'R152 32x2 α8 β8 k5 1:0,0,36,3 5:3,4,6,3 global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'recognition/slowonly/slowonly_r50_8xb16-4x16x1-256e_kinetics400-rgb',
    'slow-4x16-r50',
    'R50 4x16 1:0,0,6,3 global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'recognition/slowonly/slowonly_r50_8xb16-8x8x1-256e_kinetics400-rgb',
    'slow-8x8-r50',
    'R50 8x8 1:0,0,6,3 global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'recognition/slowonly/slowonly_r101_8xb16-8x8x1-196e_kinetics400-rgb',
    'slow-8x8-r101',
    'R101 8x8 1:0,0,23,3 global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'recognition/slowonly/slowonly_imagenet-pretrained-r50_16xb16-8x8x1-steplr-150e_kinetics700-rgb',
    'slow-8x8-r50',
    'R50 8x8 1:0,0,6,3 global softmax 700 rgb 256 10x3 mean',
    { classes: 700 },
  ],
  [
    'recognition/slowonly/slowonly_r50-in1k-pre-nl-embedded-gaussian_8xb16-4x16x1-steplr-150e_kinetics400-rgb',
    'slow-nl-4x16-r50',
    'R50 4x16 1:0,0,6,3 softmax after res3:0,2 res4:0,2,4 pool 1x2x2 of embeddings global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'recognition/slowonly/slowonly_r50-in1k-pre-nl-embedded-gaussian_8xb16-8x8x1-steplr-150e_kinetics400-rgb',
    'slow-nl-8x8-r50',
    'R50 8x8 1:0,0,6,3 softmax after res3:0,2 res4:0,2,4 pool 1x2x2 of embeddings global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'recognition/slowonly/slowonly_imagenet_pretrained_r50_8x4x1_64e_ucf101_rgb (0.x)',
    'slow-8x8-r50',
    'R50 8x4 1:0,0,6,3 global softmax 101 rgb 256 10x3 mean',
    { classes: 101, stride: 4 },
  ],
  [
    'recognition/i3d/i3d_imagenet-pretrained-r50_8xb8-32x2x1-100e_kinetics400-rgb',
    'i3d-32x2-r50',
    'R50 32x2 5:3,2,3,1 stem/4 halved global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'recognition/i3d/i3d_imagenet-pretrained-r50-heavy_8xb8-32x2x1-100e_kinetics400-rgb',
    'i3d-heavy-32x2-r50',
    'R50 32x2 5:3,4,6,3 halved global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'recognition/i3d/i3d_imagenet-pretrained-r50-nl-dot-product_8xb8-32x2x1-100e_kinetics400-rgb',
    'i3d-nln-32x2-r50',
    'R50 32x2 5:3,2,3,1 stem/4 halved dot-product after res3:1,3 res4:1,3,5 pool 1x2x2 of embeddings global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'recognition/i3d/i3d_imagenet-pretrained-r50-nl-embedded-gaussian_8xb8-32x2x1-100e_kinetics400-rgb',
    'i3d-nln-32x2-r50',
    'R50 32x2 5:3,2,3,1 stem/4 halved softmax-unscaled after res3:1,3 res4:1,3,5 pool 1x2x2 of embeddings global softmax 400 rgb 256 10x3 mean',
    { nonLocalSimilarity: 'softmax-unscaled' },
  ],
  [
    'recognition/i3d/i3d_imagenet-pretrained-r50-nl-gaussian_8xb8-32x2x1-100e_kinetics400-rgb',
    'i3d-nln-32x2-r50',
    'R50 32x2 5:3,2,3,1 stem/4 halved gaussian after res3:1,3 res4:1,3,5 pool 1x2x2 of embeddings global softmax 400 rgb 256 10x3 mean',
    { nonLocalSimilarity: 'gaussian' },
  ],
  [
    'detection/slowonly/slowonly_kinetics400-pretrained-r50_8xb16-4x16x1-20e_ava21-rgb',
    'slow-4x16-r50-ava',
    'R50 4x16 1:0,0,6,3 boxes aligned dilation 1 sigmoid 81 rgb 256 1x1 mean',
  ],
  [
    'detection/slowonly/slowonly_k400-pre-r50_8xb8-8x8x1-10e_ava-kinetics-rgb',
    'slow-8x8-r50-ava',
    'R50 8x8 1:0,0,6,3 boxes aligned dilation 1 sigmoid 81 rgb 256 1x1 mean',
  ],
  [
    'detection/slowonly/slowonly_kinetics400-pretrained-r101_8xb16-8x8x1-20e_ava21-rgb',
    'slow-8x8-r101-ava',
    'R101 8x8 1:0,0,23,3 boxes aligned dilation 1 sigmoid 81 rgb 256 1x1 mean',
  ],
  [
    'detection/slowonly/slowonly_kinetics400-pretrained-r50-nl_8xb16-4x16x1-20e_ava21-rgb',
    'slow-nl-4x16-r50-ava',
    'R50 4x16 1:0,0,6,3 softmax after res3:0,2 res4:0,2,4 pool 1x2x2 of embeddings boxes aligned dilation 1 sigmoid 81 rgb 256 1x1 mean',
  ],
  [
    'detection/slowonly/slowonly_kinetics400-pretrained-r50-nl_8xb16-8x8x1-20e_ava21-rgb',
    'slow-nl-8x8-r50-ava',
    'R50 8x8 1:0,0,6,3 softmax after res3:0,2 res4:0,2,4 pool 1x2x2 of embeddings boxes aligned dilation 1 sigmoid 81 rgb 256 1x1 mean',
  ],
  [
    'detection/slowfast/slowfast_kinetics400-pretrained-r50_8xb16-4x16x1-20e_ava21-rgb',
    'slowfast-4x16-r50-ava',
    'R50 32x2 α8 β8 k5 1:0,0,6,3 5:3,4,6,3 boxes aligned dilation 1 sigmoid 81 rgb 256 1x1 mean',
  ],
  [
    'detection/slowfast/slowfast_kinetics400-pretrained-r50_8xb8-8x8x1-20e_ava21-rgb',
    'slowfast-8x8-r50-ava',
    'R50 32x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 boxes aligned dilation 1 sigmoid 81 rgb 256 1x1 mean',
  ],
  [
    'detection/slowfast/slowfast_kinetics400-pretrained-r50-temporal-max_8xb6-8x8x1-cosine-10e_ava22-rgb',
    'slowfast-8x8-r50-ava',
    'R50 32x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 maximum of all frames boxes aligned dilation 1 sigmoid 81 rgb 256 1x1 mean',
    { temporalPool: 'max' },
  ],
  [
    'detection/slowfast/slowfast_kinetics400-pretrained-r50_8xb16-4x16x1-8e_multisports-rgb',
    'slowfast-4x16-r50-ava',
    'R50 32x2 α8 β8 k5 1:0,0,6,3 5:3,4,6,3 boxes aligned dilation 1 softmax 66 rgb 256 1x1 mean',
    { classes: 66, activation: 'softmax' },
  ],
  [
    'detection/slowonly/slowonly_kinetics400-pretrained-r50_8xb16-4x16x1-8e_multisports-rgb',
    'slow-4x16-r50-ava',
    'R50 4x16 1:0,0,6,3 boxes aligned dilation 1 softmax 66 rgb 256 1x1 mean',
    { classes: 66, activation: 'softmax' },
  ],
];

const GLUON_CV: readonly Row[] = [
  [
    'i3d_resnet50_v1_kinetics400',
    'i3d-32x2-r50',
    'R50 32x2 5:3,2,3,1 stem/4 halved global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'i3d_resnet101_v1_kinetics400',
    'i3d-32x2-r101',
    'R101 32x2 5:3,2,12,1 stem/4 halved global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'i3d_nl5_resnet50_v1_kinetics400',
    'i3d-nln-32x2-r50',
    'R50 32x2 5:3,2,3,1 stem/4 halved softmax after res3:1,3 res4:1,3,5 pool none global softmax 400 rgb 256 10x3 mean',
    { nonLocalSimilarity: 'softmax', nonLocalPool: 'none' },
  ],
  [
    'i3d_nl10_resnet50_v1_kinetics400',
    'i3d-nl10-32x2-r50',
    'R50 32x2 5:3,2,3,1 stem/4 halved softmax after res3:0,1,2,3 res4:0,1,2,3,4,5 pool none global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'i3d_nl5_resnet101_v1_kinetics400',
    'i3d-nl5-32x2-r101',
    'R101 32x2 5:3,2,12,1 stem/4 halved softmax after res3:1,3 res4:6,13,20 pool none global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'i3d_nl10_resnet101_v1_kinetics400',
    'i3d-nl10-32x2-r101',
    'R101 32x2 5:3,2,12,1 stem/4 halved softmax after res3:0,1,2,3 res4:2,6,10,14,18,22 pool none global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'i3d_resnet50_v1_sthsthv2',
    'i3d-32x2-r50',
    'R50 32x2 5:3,2,3,1 stem/4 halved global softmax 174 rgb 256 2x3 mean',
    { dataset: 'something-something-v2', views: { clips: 2 } },
  ],
  [
    'i3d_slow_resnet50_f32s2_kinetics400',
    'slow-8x8-r50',
    'R50 32x2 1:0,0,6,3 global softmax 400 rgb 256 10x3 mean',
    { frames: 32, stride: 2 },
  ],
  [
    'i3d_slow_resnet50_f16s4_kinetics400',
    'slow-8x8-r50',
    'R50 16x4 1:0,0,6,3 global softmax 400 rgb 256 10x3 mean',
    { frames: 16, stride: 4 },
  ],
  [
    'i3d_slow_resnet50_f8s8_kinetics400',
    'slow-8x8-r50',
    'R50 8x8 1:0,0,6,3 global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'i3d_slow_resnet101_f32s2_kinetics400',
    'slow-8x8-r101',
    'R101 32x2 1:0,0,23,3 global softmax 400 rgb 256 10x3 mean',
    { frames: 32, stride: 2 },
  ],
  [
    'i3d_slow_resnet101_f16s4_kinetics700',
    'slow-8x8-r101',
    'R101 16x4 1:0,0,23,3 global softmax 700 rgb 256 10x3 mean',
    { frames: 16, stride: 4, classes: 700 },
  ],
  [
    'i3d_slow_resnet101_f8s8_kinetics400',
    'slow-8x8-r101',
    'R101 8x8 1:0,0,23,3 global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'slowfast_4x16_resnet50_kinetics400',
    'slowfast-4x16-r50',
    'R50 32x2 α8 β8 k5 1:0,0,6,3 5:3,4,6,3 global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'slowfast_8x8_resnet50_kinetics400',
    'slowfast-8x8-r50',
    'R50 32x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'slowfast_8x8_resnet101_kinetics400',
    'slowfast-8x8-r101-101-101',
    'R101 32x2 α4 β8 k5 1:0,0,23,3 5:3,4,23,3 global softmax 400 rgb 256 10x3 mean',
  ],
  [
    'slowfast_16x8_resnet50_sthsthv2',
    'slowfast-16x8-r50',
    'R50 64x2 α4 β8 k7 1:0,0,6,3 5:3,4,6,3 global softmax 174 rgb 256 2x3 mean',
    { dataset: 'something-something-v2', views: { clips: 2 } },
  ],
];

const stages = ['res2', 'res3', 'res4', 'res5'] as const;

function factsOf({ model, preprocessing }: CatalogEntry): string {
  const { nodes, params, outputs } = model.graph;
  const shapeOf = (name: string): readonly number[] =>
    (params.get(name)?.type.shape ?? []) as readonly number[];
  const numbersOf = (pattern: RegExp): readonly string[] => [
    ...new Set([...params.keys()].flatMap((name) => pattern.exec(name)?.[1] ?? [])),
  ];
  const pathways = Object.keys(model.pathways);
  const first = pathways[0]!;
  const blocks = stages.map((stage) => numbersOf(new RegExp(`^${first}\\.${stage}\\.(\\d+)\\.`)));
  const depth = 2 + 3 * blocks.flat().length;
  const { frames, stride } = preprocessing.clip;
  const facts = [`R${depth}`, `${frames}x${stride}`];
  const lateral = shapeOf('lateral.fast_to_slow.res3.conv.weight');
  if (pathways.length === 2) {
    const widths = pathways.map((name) => shapeOf(`${name}.stem.conv.weight`)[0]!);
    facts.push(
      `α${model.pathways['fast']!.frames / model.pathways['slow']!.frames}`,
      `β${widths[0]! / widths[1]!}`,
      `k${lateral[2]}`,
    );
  }
  for (const name of pathways) {
    const counts = stages.map((stage) => {
      const kernels = numbersOf(new RegExp(`^${name}\\.${stage}\\.(\\d+)\\.a`)).map(
        (block) => shapeOf(`${name}.${stage}.${block}.a.conv.weight`)[2]!,
      );
      return kernels.filter((kernel) => kernel > 1).length;
    });
    facts.push(`${shapeOf(`${name}.stem.conv.weight`)[2]}:${counts.join()}`);
  }
  const stem = model.featureInfo(`${first}.stem`);
  const framesOf = (tap: `${string}.${string}`): number => Number(model.featureInfo(tap).shape[2]);
  if (stem.shape[2] !== model.pathways[first]!.frames) {
    facts.push(`stem/${model.pathways[first]!.frames / Number(stem.shape[2])}`);
  }
  if (framesOf(`${first}.res3`) * 2 === framesOf(`${first}.res2`)) facts.push('halved');
  const inBlocks = nodes.filter(({ name }) => name.includes('nonlocal'));
  if (inBlocks.length > 0) {
    const isSoftmax = inBlocks.some(({ op }) => op === 'softmax');
    const isScaled = inBlocks.some(({ op }) => op === 'scale');
    const pool = inBlocks.find(({ op }) => op === 'max_pool3d');
    const isLate = inBlocks.some(
      ({ op, inputs }) => op === 'max_pool3d' && /\.(phi|g)$/.test(inputs[0]!.name),
    );
    const isEmbedded = inBlocks.some(({ name }) => name.endsWith('.theta'));
    const softmax = isEmbedded ? (isScaled ? 'softmax' : 'softmax-unscaled') : 'gaussian';
    facts.push(
      isSoftmax ? softmax : 'dot-product',
      'after',
      ...stages.flatMap((stage) => {
        const after = numbersOf(new RegExp(`^slow\\.${stage}\\.(\\d+)\\.nonlocal\\.g`));
        return after.length > 0 ? `${stage}:${after.join()}` : [];
      }),
      `pool ${pool?.op === 'max_pool3d' ? pool.attrs.kernel.join('x') : 'none'}`,
      ...(isLate ? ['of embeddings'] : []),
    );
  }
  const roi = nodes.find(({ op }) => op === 'roi_align');
  const window = nodes.find(({ op }) => op === 'avg_pool3d');
  if (roi?.op === 'roi_align') {
    const last = nodes.find(({ name }) => name.startsWith(`${first}.res5.0.b.conv`));
    const isMost = nodes.some(
      (node) =>
        node.op === 'reduce' &&
        node.attrs.fn === 'max' &&
        node.attrs.axes.includes(2) &&
        node.output.type.shape.length === 5,
    );
    facts.push(
      ...(isMost ? ['maximum of all frames'] : []),
      `boxes ${roi.attrs.aligned ? 'aligned' : 'not aligned'}`,
      `dilation ${last?.op === 'conv3d' ? last.attrs.dilation[1] : '?'}`,
    );
  } else facts.push(window?.op === 'avg_pool3d' ? `window ${window.attrs.kernel[1]}` : 'global');
  const inHead = nodes.flatMap(({ name }) => /^head\.(softmax|sigmoid)/.exec(name)?.[1] ?? [])[0];
  const { clips, crops, combine } = preprocessing.views;
  facts.push(
    preprocessing.activation === 'none' ? `${inHead}` : preprocessing.activation,
    `${outputs['scores']!.type.shape[1]}`,
    preprocessing.channelOrder,
    `${preprocessing.crop}`,
    `${clips}x${crops}`,
    combine,
  );
  return facts.join(' ');
}

const entryOf = (model: string, options: CatalogOptions): CatalogEntry =>
  catalogModel(checkedModelName(model), { width: 8, ...options }) as CatalogEntry;

describe.each([
  ['PySlowFast', PYSLOWFAST, {}],
  ['mmaction2', MMACTION2, { zoo: 'mmaction2' }],
  ['gluon-cv', GLUON_CV, { zoo: 'gluoncv' }],
] as const)('%s', (_, rows, zoo) => {
  it.each(rows.map((row) => [row[0], row] as const))('%s', (__, [, model, facts, options]) => {
    expect(factsOf(entryOf(model, { ...zoo, ...options }))).toBe(facts);
  });
});

it('samples as each zoo does', () => {
  const samplingOf = (zoo: CatalogOptions['zoo'] & string) => {
    const { sampling, mean, clip, pathways } = entryOf('slowfast-8x8-r50', { zoo }).preprocessing;
    return [sampling, mean[0], clip.fps, pathways['slow']!.rule];
  };
  expect(samplingOf('pyslowfast')).toEqual(['pyslowfast', 0.45, 30, 'linspace']);
  expect(samplingOf('pytorchvideo')).toEqual(['pytorchvideo', 0.45, 30, 'linspace']);
  expect(samplingOf('mmaction2')).toEqual(['mmaction2', 0.485, 30, 'stride']);
  expect(samplingOf('gluoncv')).toEqual(['mmaction2', 0.485, 30, 'stride']);
});
