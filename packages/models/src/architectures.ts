/** @file The published models as data: what distinguishes them, by name. */
import {
  c2dPlan,
  fastPlan,
  i3dPlan,
  slowPlan,
  type NonLocalPlan,
  type ResnetDepth,
  type ResnetOptions,
  type TemporalKernelPlan,
} from '@slowfast/backbones';
import { BACKBONE_ARCHITECTURES, type BackboneArchitecture } from './backbone-architectures.js';
import { POSE_ARCHITECTURES, type PoseArchitecture } from './posec3d.js';

interface CommonTraits<R extends boolean> {
  readonly depth: ResnetDepth;
  /** Raw clip: frames, and distance between them in frames of the video. */
  readonly frames: number;
  readonly stride: number;
  readonly nonLocal?: NonLocalPlan;
  /**
   * The zoos and the data sets that it alone was published for, of models that have the parameters of another: what
   * decides where weights and their configuration leave both.
   */
  readonly publishedFor?: {
    readonly zoos: readonly string[];
    readonly datasets: readonly string[];
  };
  /** Whether it classifies people in boxes: res5 then has stride 1. */
  readonly regions: R;
  /** One line on what it is. */
  readonly title: string;
  /** Where it was published. */
  readonly reference: string;
}

/** A model of two pathways. */
export interface SlowFastArchitecture<R extends boolean = boolean> extends CommonTraits<R> {
  readonly kind: 'slowfast';
  /** Depth of the Fast pathway, where it is another. */
  readonly fastDepth?: ResnetDepth;
  readonly alpha: number;
  readonly slowKernels: TemporalKernelPlan;
  readonly fastKernels: TemporalKernelPlan;
  /** Kernel of the lateral convolution in frames, where zoos agree; depth 101 is the zoo's choice. */
  readonly lateralKernel: number | 'zoo';
}

/** A SlowFast model that hears, too: a third pathway over spectrograms. */
export interface AudiovisualArchitecture extends Omit<SlowFastArchitecture<false>, 'kind'> {
  readonly kind: 'audiovisual';
  /** Depth of the Audio pathway, where it is another. */
  readonly audioDepth?: ResnetDepth;
}

/** A model of one pathway. */
export interface OnePathwayArchitecture<
  P extends 'slow' | 'fast' = 'slow' | 'fast',
  R extends boolean = boolean,
> extends CommonTraits<R> {
  readonly kind: 'one-pathway';
  readonly pathway: P;
  readonly kernels: TemporalKernelPlan;
  readonly temporalPool?: number;
  readonly stemTemporalStrides?: ResnetOptions['stemTemporalStrides'];
}

/** A published model without its data set and zoo. */
export type Architecture =
  | SlowFastArchitecture
  | AudiovisualArchitecture
  | OnePathwayArchitecture
  | BackboneArchitecture
  | PoseArchitecture;

const AUDIOVISUAL_PAPER =
  'Xiao et al., Audiovisual SlowFast Networks for Video Recognition, 2020 (no weights were published)';
const SLOWFAST_PAPER = 'Feichtenhofer et al., SlowFast Networks for Video Recognition, ICCV 2019';
const NON_LOCAL_PAPER = 'Wang et al., Non-local Neural Networks, CVPR 2018';

/** Five blocks: after every other one of res3 and res4 (Wang et al. 2018). */
const FIVE_BLOCKS = { res3: [1, 3], res4: [1, 3, 5] } as const;
const SOFTMAX: NonLocalPlan = { after: FIVE_BLOCKS, similarity: 'softmax' };
const DOT_PRODUCT: NonLocalPlan = { after: FIVE_BLOCKS, similarity: 'dot-product' };
/** gluon-cv's ten, after every block of res3 and res4, without pooling. */
const GLUON_TEN: NonLocalPlan = {
  after: { res3: [0, 1, 2, 3], res4: [0, 1, 2, 3, 4, 5] },
  similarity: 'softmax',
  pool: 'none',
};
/** Where mmaction2's Slow-only has its five, one block earlier. */
const MMACTION_SLOW: NonLocalPlan = {
  after: { res3: [0, 2], res4: [0, 2, 4] },
  similarity: 'softmax',
};

/** Temporal kernels in the first `blocks` blocks of res4 only, as many as ResNet-50 has: the zoo's "50". */
const shortRes4 = (plan: TemporalKernelPlan): TemporalKernelPlan => ({
  ...plan,
  res4: { kernel: plan.res4 as number, blocks: 6 },
});

type SlowFastTraits = Pick<SlowFastArchitecture, 'depth' | 'frames' | 'alpha' | 'lateralKernel'> &
  Partial<
    Pick<
      SlowFastArchitecture,
      'nonLocal' | 'slowKernels' | 'fastKernels' | 'fastDepth' | 'publishedFor'
    >
  >;

const slowFast = (traits: SlowFastTraits, what: string): SlowFastArchitecture<false> =>
  slowFastOf({ ...traits, regions: false }, what);

const slowFastRegions = (traits: SlowFastTraits, what: string): SlowFastArchitecture<true> =>
  slowFastOf({ ...traits, regions: true }, what);

function slowFastOf<R extends boolean>(
  traits: SlowFastTraits & { readonly regions: R },
  what: string,
): SlowFastArchitecture<R> {
  return {
    kind: 'slowfast',
    stride: 2,
    slowKernels: slowPlan,
    fastKernels: fastPlan,
    title: `SlowFast ${what}`,
    reference: SLOWFAST_PAPER,
    ...traits,
  };
}

const audiovisual = (
  traits: SlowFastTraits & Pick<AudiovisualArchitecture, 'audioDepth'>,
  what: string,
): AudiovisualArchitecture => ({
  ...slowFast(traits, what),
  kind: 'audiovisual',
  title: `Audiovisual SlowFast ${what}`,
  reference: AUDIOVISUAL_PAPER,
});

const R101_50_50 = { slowKernels: shortRes4(slowPlan), fastKernels: shortRes4(fastPlan) } as const;
const R101 = { depth: 101, lateralKernel: 'zoo' } as const;
/** Three blocks of dot products, keys and values pooled in time, too. */
const AVA_R101 = {
  nonLocal: { after: { res4: [6, 13, 20] }, similarity: 'dot-product', pool: [2, 2, 2] },
} as const;

type SlowTraits = Pick<OnePathwayArchitecture, 'frames' | 'stride' | 'nonLocal'> & {
  /** Default 50. */
  readonly depth?: ResnetDepth;
};

const slowOnly = (traits: SlowTraits, what: string): OnePathwayArchitecture<'slow', false> =>
  slowOnlyOf({ ...traits, regions: false }, what);

const slowOnlyOf = <R extends boolean>(
  traits: SlowTraits & { readonly regions: R },
  what: string,
): OnePathwayArchitecture<'slow', R> => ({
  kind: 'one-pathway',
  pathway: 'slow',
  depth: 50,
  kernels: slowPlan,
  title: `Slow-only ${what}`,
  reference: SLOWFAST_PAPER,
  ...traits,
});

type BaselineTraits = Pick<
  OnePathwayArchitecture,
  'depth' | 'kernels' | 'nonLocal' | 'publishedFor' | 'stemTemporalStrides'
> & {
  /** Default 2. */
  readonly temporalPool?: number;
};

const baseline = (
  traits: BaselineTraits,
  title: string,
): OnePathwayArchitecture<'slow', false> => ({
  kind: 'one-pathway',
  pathway: 'slow',
  regions: false,
  frames: 8,
  stride: 8,
  temporalPool: 2,
  title,
  reference: NON_LOCAL_PAPER,
  ...traits,
});

/**
 * I3D of 32 frames, as mmaction2 and gluon-cv have it: the stem halves time twice. Its parameters are those of the
 * zoo's I3D of 8 frames.
 */
const inflated = (
  traits: Pick<BaselineTraits, 'depth' | 'nonLocal'>,
  what: string,
): OnePathwayArchitecture<'slow', false> => ({
  ...baseline({ kernels: i3dPlan, ...traits }, `I3D 32×2, ${what}`),
  frames: 32,
  stride: 2,
  stemTemporalStrides: [2, 2],
  publishedFor: {
    zoos: ['mmaction2', 'gluoncv'],
    datasets: ['kinetics400', 'something-something-v2'],
  },
});

/**
 * Every published model by name: T×τ is the Slow pathway's, α and the raw clip follow from it
 * (4×16 is a clip of 32 frames at stride 2 with α = 8).
 */
export const ARCHITECTURES = {
  'slowfast-4x16-r50': slowFast({ depth: 50, frames: 32, alpha: 8, lateralKernel: 5 }, '4×16, R50'),
  'slowfast-8x8-r50': slowFast({ depth: 50, frames: 32, alpha: 4, lateralKernel: 7 }, '8×8, R50'),
  'slowfast-16x8-r50': slowFast(
    {
      depth: 50,
      frames: 64,
      alpha: 4,
      lateralKernel: 7,
      publishedFor: { zoos: ['pyslowfast'], datasets: ['something-something-v2', 'charades'] },
    },
    '16×8, R50',
  ),
  'slowfast-8x8-r101': slowFast(
    { ...R101, ...R101_50_50, frames: 32, alpha: 4 },
    "8×8, R101 (the paper's: 6 temporal blocks in res4, the zoo's 50_50)",
  ),
  'slowfast-8x8-r101-50-101': slowFast(
    { ...R101, slowKernels: shortRes4(slowPlan), frames: 32, alpha: 4 },
    "8×8, R101 (the zoo's 50_101)",
  ),
  'slowfast-8x8-r101-101-101': slowFast(
    { ...R101, frames: 32, alpha: 4 },
    "8×8, R101 (the zoo's 101_101)",
  ),
  'slowfast-4x16-r101-r50': slowFast(
    { depth: 101, fastDepth: 50, frames: 32, alpha: 8, lateralKernel: 5 },
    '4×16, R101 with a Fast pathway of R50 (mmaction2)',
  ),
  'slowfast-4x16-r152-r50': slowFast(
    { depth: 152, fastDepth: 50, frames: 32, alpha: 8, lateralKernel: 5 },
    '4×16, R152 with a Fast pathway of R50 (mmaction2)',
  ),
  'slowfast-16x8-r101': slowFast({ ...R101, ...R101_50_50, frames: 64, alpha: 4 }, '16×8, R101'),
  'slowfast-16x8-r101-nl': slowFast(
    {
      ...R101,
      ...R101_50_50,
      frames: 64,
      alpha: 4,
      // The paper's 234 GFLOPs fit this window only; the zoo's file has no entry, which means 1×2×2.
      nonLocal: { after: { res4: [6, 13, 20] }, similarity: 'dot-product', pool: [2, 2, 2] },
    },
    '16×8, R101 with non-local blocks',
  ),
  'slowfast-nln-4x16-r50': slowFast(
    { depth: 50, frames: 32, alpha: 8, lateralKernel: 5, nonLocal: DOT_PRODUCT },
    '4×16, R50 with non-local blocks',
  ),
  'slowfast-nln-8x8-r50': slowFast(
    { depth: 50, frames: 32, alpha: 4, lateralKernel: 5, nonLocal: DOT_PRODUCT },
    '8×8, R50 with non-local blocks',
  ),
  'avslowfast-4x16-r50': audiovisual(
    { depth: 50, frames: 32, alpha: 8, lateralKernel: 5 },
    '4×16, R50',
  ),
  'avslowfast-8x8-r50': audiovisual(
    { depth: 50, frames: 32, alpha: 4, lateralKernel: 7 },
    '8×8, R50',
  ),
  // The paper's 129 GFLOPs fit this depth of Audio only.
  'avslowfast-8x8-r101': audiovisual(
    { ...R101, audioDepth: 50, frames: 32, alpha: 4 },
    '8×8, R101 with an Audio pathway of R50',
  ),
  'slow-4x16-r50': slowOnly({ frames: 4, stride: 16 }, '4×16, R50'),
  'slow-8x8-r50': slowOnly({ frames: 8, stride: 8 }, '8×8, R50'),
  'slow-8x8-r101': slowOnly({ depth: 101, frames: 8, stride: 8 }, '8×8, R101'),
  'slow-nln-4x16-r50': slowOnly(
    { frames: 4, stride: 16, nonLocal: DOT_PRODUCT },
    '4×16, R50 with non-local blocks',
  ),
  'slow-nln-8x8-r50': slowOnly(
    { frames: 8, stride: 8, nonLocal: DOT_PRODUCT },
    '8×8, R50 with non-local blocks',
  ),
  'slow-nl-4x16-r50': slowOnly(
    { frames: 4, stride: 16, nonLocal: MMACTION_SLOW },
    "4×16, R50 with mmaction2's non-local blocks",
  ),
  'slow-nl-8x8-r50': slowOnly(
    { frames: 8, stride: 8, nonLocal: MMACTION_SLOW },
    "8×8, R50 with mmaction2's non-local blocks",
  ),
  'fast-32x2-r50': {
    kind: 'one-pathway',
    pathway: 'fast',
    regions: false,
    depth: 50,
    frames: 32,
    stride: 2,
    kernels: fastPlan,
    title: 'Fast-only 32×2, R50 (β = 1/8)',
    reference: SLOWFAST_PAPER,
  },
  'c2d-8x8-r50': baseline({ depth: 50, kernels: c2dPlan }, 'C2D 8×8, R50'),
  'c2d-nopool-8x8-r50': baseline(
    {
      depth: 50,
      kernels: c2dPlan,
      temporalPool: 1,
      publishedFor: { zoos: ['pyslowfast'], datasets: ['kinetics400'] },
    },
    'C2D 8×8, R50 without pooling in time',
  ),
  'c2d-nln-8x8-r50': baseline(
    { depth: 50, kernels: c2dPlan, nonLocal: SOFTMAX },
    'C2D 8×8, R50 with non-local blocks',
  ),
  'i3d-8x8-r50': baseline({ depth: 50, kernels: i3dPlan }, 'I3D 8×8, R50'),
  'i3d-nln-8x8-r50': baseline(
    { depth: 50, kernels: i3dPlan, nonLocal: SOFTMAX },
    'I3D 8×8, R50 with non-local blocks',
  ),
  'c2d-8x8-r101': baseline({ depth: 101, kernels: c2dPlan }, 'C2D 8×8, R101'),
  'i3d-8x8-r101': baseline({ depth: 101, kernels: i3dPlan }, 'I3D 8×8, R101'),
  'i3d-nln-8x8-r101': baseline(
    { depth: 101, kernels: i3dPlan, nonLocal: SOFTMAX },
    'I3D 8×8, R101 with non-local blocks',
  ),
  'i3d-32x2-r50': inflated({ depth: 50 }, 'R50'),
  'i3d-nln-32x2-r50': inflated(
    { depth: 50, nonLocal: DOT_PRODUCT },
    'R50 with five non-local blocks',
  ),
  'i3d-nl10-32x2-r50': inflated(
    { depth: 50, nonLocal: GLUON_TEN },
    'R50 with ten non-local blocks (gluon-cv)',
  ),
  'i3d-heavy-32x2-r50': {
    ...inflated({ depth: 50 }, 'R50, temporal kernels in every block (mmaction2)'),
    kernels: { stem: 5, res2: 3, res3: 3, res4: 3, res5: 3 },
    stemTemporalStrides: [1, 1],
  },
  'i3d-32x2-r101': inflated({ depth: 101 }, 'R101'),
  'i3d-nl5-32x2-r101': inflated(
    { depth: 101, nonLocal: { ...GLUON_TEN, after: { res3: [1, 3], res4: [6, 13, 20] } } },
    'R101 with five non-local blocks (gluon-cv)',
  ),
  'i3d-nl10-32x2-r101': inflated(
    {
      depth: 101,
      nonLocal: { ...GLUON_TEN, after: { res3: [0, 1, 2, 3], res4: [2, 6, 10, 14, 18, 22] } },
    },
    'R101 with ten non-local blocks (gluon-cv)',
  ),
  'slow-4x16-r50-ava': slowOnlyOf(
    { frames: 4, stride: 16, regions: true },
    '4×16, R50 for people in boxes',
  ),
  'slow-8x8-r50-ava': slowOnlyOf(
    { frames: 8, stride: 8, regions: true },
    '8×8, R50 for people in boxes (mmaction2)',
  ),
  'slow-8x8-r101-ava': slowOnlyOf(
    { depth: 101, frames: 8, stride: 8, regions: true },
    '8×8, R101 for people in boxes (mmaction2)',
  ),
  'slow-nl-4x16-r50-ava': slowOnlyOf(
    { frames: 4, stride: 16, nonLocal: MMACTION_SLOW, regions: true },
    "4×16, R50 with mmaction2's non-local blocks for people in boxes",
  ),
  'slow-nl-8x8-r50-ava': slowOnlyOf(
    { frames: 8, stride: 8, nonLocal: MMACTION_SLOW, regions: true },
    "8×8, R50 with mmaction2's non-local blocks for people in boxes",
  ),
  'slowfast-4x16-r50-ava': slowFastRegions(
    { depth: 50, frames: 32, alpha: 8, lateralKernel: 5 },
    '4×16, R50 for people in boxes',
  ),
  'slowfast-8x8-r50-ava': slowFastRegions(
    { depth: 50, frames: 32, alpha: 4, lateralKernel: 7 },
    "8×8, R50 for people in boxes (the zoo's 32×2)",
  ),
  'slowfast-8x8-r101-ava': slowFastRegions(
    { ...R101, ...R101_50_50, ...AVA_R101, frames: 32, alpha: 4 },
    '8×8, R101 with non-local blocks for people in boxes',
  ),
  'slowfast-16x8-r101-ava': slowFastRegions(
    { ...R101, ...R101_50_50, ...AVA_R101, frames: 64, alpha: 4 },
    '16×8, R101 with non-local blocks for people in boxes',
  ),
  ...BACKBONE_ARCHITECTURES,
  ...POSE_ARCHITECTURES,
} as const satisfies Readonly<Record<string, Architecture>>;

/** Names of the published models. */
export type ModelName = keyof typeof ARCHITECTURES;
