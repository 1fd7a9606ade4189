/** @file The published networks that are not residual ones of the paper: X3D, R(2+1)D and channel-separated networks. */
import type { ResnetDepth } from '@slowfast/backbones';
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
  };
  /** Whose conventions it was published under. */
  readonly zoos: readonly ModelZoo[];
  /** Whether it ends with the activation in every zoo; default: as the zoo's others. */
  readonly endsWithActivation?: true;
  readonly regions: false;
  /** None has non-local blocks. */
  readonly nonLocal?: undefined;
  readonly publishedFor?: undefined;
  readonly title: string;
  readonly reference: string;
}

type Traits = Omit<BackboneArchitecture, 'kind' | 'pathway' | 'zoos' | 'regions'>;

const backbone = (traits: Traits): BackboneArchitecture => ({
  kind: 'backbone',
  pathway: 'slow',
  zoos: ['pyslowfast', 'pytorchvideo'],
  regions: false,
  ...traits,
});

type X3dTraits = Pick<Traits, 'frames' | 'stride'> & {
  /** Side of the crop in the test, and in training. */
  readonly sides: readonly [test: number, training: number];
  /** Default 2.2. */
  readonly depthFactor?: number;
};

const x3d = (name: string, { sides, depthFactor = 2.2, ...clip }: X3dTraits) =>
  backbone({
    family: 'x3d',
    depthFactor,
    ...clip,
    defaults: { size: sides[0], trainCrop: sides[1], width: 24 },
    title: `X3D-${name} ${clip.frames}×${clip.stride}`,
    reference:
      'Feichtenhofer, X3D: Expanding Architectures for Efficient Video Recognition, CVPR 2020',
  });

const RESIDUAL = { size: 256, trainCrop: 224, width: 64 } as const;

const csn = (family: 'ir-csn' | 'ip-csn', title: string) =>
  backbone({
    family,
    depth: 101,
    frames: 32,
    stride: 2,
    defaults: RESIDUAL,
    title,
    reference:
      'Tran et al., Video Classification with Channel-Separated Convolutional Networks, ICCV 2019',
  });

/** Networks of other backbones by name, in the catalog's order. */
export const BACKBONE_ARCHITECTURES = {
  'x3d-xs': x3d('XS', { frames: 4, stride: 12, sides: [182, 160] }),
  'x3d-s': x3d('S', { frames: 13, stride: 6, sides: [182, 160] }),
  'x3d-m': x3d('M', { frames: 16, stride: 5, sides: [256, 224] }),
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
  'ir-csn-32x2-r101': csn('ir-csn', 'ir-CSN 32×2, R101 (interactions reduced)'),
  'ip-csn-32x2-r101': csn('ip-csn', 'ip-CSN 32×2, R101 (interactions preserved)'),
} as const satisfies Readonly<Record<string, BackboneArchitecture>>;
