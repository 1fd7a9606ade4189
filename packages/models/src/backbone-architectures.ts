/** @file The published networks that are not residual ones of the paper: X3D, R(2+1)D and channel-separated networks. */
import type { ResnetDepth } from '@slowfast/backbones';
import type { Preprocessing } from '@slowfast/core';
import type { ModelZoo } from './zoos.js';

/** A network of one pathway and a backbone of its own. */
export interface BackboneArchitecture {
  readonly kind: 'backbone';
  readonly pathway: 'slow';
  readonly family: 'x3d' | 'r2plus1d' | 'ir-csn' | 'ip-csn';
  /** Of networks that are named by it. */
  readonly depth?: ResnetDepth;
  /** γ_d of X3D. */
  readonly depthFactor?: number;
  /** Raw clip: frames, and distance between them in frames of the video. */
  readonly frames: number;
  readonly stride: number;
  /** Sides of the published crops in pixels, and channels of the stem, where options say nothing. */
  readonly defaults: {
    readonly size: number;
    readonly trainCrop: number;
    readonly width: number;
    /** Whose weights there are, where PySlowFast has none. */
    readonly zoo?: 'mmaction2';
  };
  /** Whose conventions it was published under, and what they have of their own for it. */
  readonly zoos: readonly ModelZoo[];
  readonly normalisation?: Readonly<Partial<Record<ModelZoo, Pick<Preprocessing, 'mean' | 'std'>>>>;
  /** Whether it ends with the activation in every zoo; default: as the zoo's others. */
  readonly endsWithActivation?: true;
  readonly regions: false;
  /** None has non-local blocks. */
  readonly nonLocal?: undefined;
  readonly publishedFor?: undefined;
  readonly title: string;
  readonly reference: string;
}

type Traits = Omit<BackboneArchitecture, 'kind' | 'pathway' | 'zoos' | 'regions'> &
  Partial<Pick<BackboneArchitecture, 'zoos'>>;

const BOTH = ['pyslowfast', 'pytorchvideo'] as const;
/** As mmaction2 has it for files that it converted from PySlowFast: of pixels up to 255, with two digits. */
const CONVERTED = {
  mmaction2: {
    mean: [114.75 / 255, 114.75 / 255, 114.75 / 255],
    std: [57.38 / 255, 57.38 / 255, 57.38 / 255],
  },
} as const;

const backbone = (traits: Traits): BackboneArchitecture => ({
  kind: 'backbone',
  pathway: 'slow',
  zoos: BOTH,
  regions: false,
  ...traits,
});

type X3dTraits = Pick<Traits, 'frames' | 'stride'> & {
  /** Side of the crop in the test, and in training. */
  readonly sides: readonly [test: number, training: number];
  /** Default 2.2. */
  readonly depthFactor?: number;
  /** Whether mmaction2 has it, too. */
  readonly isConverted?: true;
};

const x3d = (name: string, { sides, depthFactor = 2.2, isConverted, ...clip }: X3dTraits) =>
  backbone({
    family: 'x3d',
    depthFactor,
    ...clip,
    ...(isConverted ? { zoos: [...BOTH, 'mmaction2'], normalisation: CONVERTED } : {}),
    defaults: { size: sides[0], trainCrop: sides[1], width: 24 },
    title: `X3D-${name} ${clip.frames}×${clip.stride}`,
    reference:
      'Feichtenhofer, X3D: Expanding Architectures for Efficient Video Recognition, CVPR 2020',
  });

const RESIDUAL = { size: 256, trainCrop: 224, width: 64 } as const;

const CSN_TITLES = { 'ir-csn': 'reduced', 'ip-csn': 'preserved' } as const;

const csn = (family: keyof typeof CSN_TITLES, depth: 50 | 101 | 152) =>
  backbone({
    family,
    depth,
    frames: 32,
    stride: 2,
    // Those of other depths are mmaction2's alone.
    ...(depth === 101
      ? { defaults: RESIDUAL }
      : { defaults: { ...RESIDUAL, zoo: 'mmaction2' }, zoos: ['mmaction2'] }),
    title: `${family.replace('csn', 'CSN')} 32×2, R${depth} (interactions ${CSN_TITLES[family]})`,
    reference:
      'Tran et al., Video Classification with Channel-Separated Convolutional Networks, ICCV 2019',
  });

/** Networks of other backbones by name, in the catalog's order. */
export const BACKBONE_ARCHITECTURES = {
  'x3d-xs': x3d('XS', { frames: 4, stride: 12, sides: [182, 160] }),
  'x3d-s': x3d('S', { frames: 13, stride: 6, sides: [182, 160], isConverted: true }),
  'x3d-m': x3d('M', { frames: 16, stride: 5, sides: [256, 224], isConverted: true }),
  'x3d-l': x3d('L', { frames: 16, stride: 5, sides: [356, 312], depthFactor: 5 }),
  'r2plus1d-16x4-r50': backbone({
    family: 'r2plus1d',
    depth: 50,
    frames: 16,
    stride: 4,
    defaults: RESIDUAL,
    endsWithActivation: true,
    title: 'R(2+1)D 16×4, R50',
    reference:
      'Tran et al., A Closer Look at Spatiotemporal Convolutions for Action Recognition, CVPR 2018',
  }),
  'ir-csn-32x2-r101': csn('ir-csn', 101),
  'ip-csn-32x2-r101': csn('ip-csn', 101),
  'ir-csn-32x2-r50': csn('ir-csn', 50),
  'ir-csn-32x2-r152': csn('ir-csn', 152),
  'ip-csn-32x2-r152': csn('ip-csn', 152),
} as const satisfies Readonly<Record<string, BackboneArchitecture>>;
