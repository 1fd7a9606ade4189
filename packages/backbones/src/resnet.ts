import {
  checkArguments,
  SpecError,
  type GraphBuilder,
  type Stage,
  type Value,
} from '@slowfast/core';
import { basicBlock } from './basic-block.js';
import { bottleneck, groupedBottleneck } from './bottleneck.js';
import { nonLocalBlock, type NonLocalOptions } from './non-local.js';
import { residualBlock, type BlockKind } from './residual.js';
import { stem } from './stem.js';
import { blockKernels, type ResidualStage, type TemporalKernelPlan } from './temporal-kernels.js';

/** Stages of a residual network. */
export type ResnetStage = 'stem' | ResidualStage;

/** A residual network: its stages in order, so that the compiler knows what is before what. */
export interface ResnetBackbone {
  readonly stages: readonly [
    Stage<'stem'>,
    Stage<'res2'>,
    Stage<'res3'>,
    Stage<'res4'>,
    Stage<'res5'>,
  ];
}

/** Layers of a residual network: those of ImageNet. */
export type ResnetDepth = 18 | 34 | 50 | 101 | 152;

/** Where non-local blocks stand: after these residual blocks (from 0) of each stage. */
export interface NonLocalPlan extends NonLocalOptions {
  readonly after: Readonly<Partial<Record<ResidualStage, readonly number[]>>>;
}

/** Options of {@link resnet}. */
export interface ResnetOptions {
  readonly depth: ResnetDepth;
  /** Temporal kernels: {@link slowPlan}, {@link fastPlan}, {@link c2dPlan}, {@link i3dPlan} or another. */
  readonly temporalKernels: TemporalKernelPlan;
  /** Channels of the stem; default 64. A Fast pathway of channel ratio β has β times Slow's. */
  readonly width?: number;
  /** Spatial stride of the first block of a stage; default 1, 2, 2, 2. */
  readonly spatialStrides?: Readonly<Partial<Record<ResidualStage, number>>>;
  /** Temporal stride of the first block of a stage; default 1. The pathways of the paper have none. */
  readonly temporalStrides?: Readonly<Partial<Record<ResidualStage, number>>>;
  /** Another block in place of the depth's own, such as {@link separableBottleneck}. */
  readonly block?: BlockKind;
  /** ResNeXt: groups of the 1×3×3 convolutions of bottleneck blocks; default 1. */
  readonly groups?: number;
  /** ResNeXt: inner channels of bottleneck blocks over those of a residual network; default 1. 32 groups of 4 channels have 2. */
  readonly innerRatio?: number;
  /** Whether the stem ends with a maximum of stride 2; default true. */
  readonly stemPool?: boolean;
  /** Spatial dilation of all blocks of a stage; default 1. */
  readonly spatialDilations?: Readonly<Partial<Record<ResidualStage, number>>>;
  /** Temporal strides of the stem's convolution and pooling, as in I3D of 32 frames; default 1 and 1. */
  readonly stemTemporalStrides?: readonly [convolution: number, pooling: number];
  /** Frames whose maximum is taken, at the same stride, before a stage; default: in none. */
  readonly temporalPool?: Readonly<Partial<Record<ResidualStage, number>>>;
  readonly nonLocal?: NonLocalPlan;
  /** ε of the batch norms of the stem and the blocks; default 1e-5. */
  readonly epsilon?: number;
}

type PerStage = Readonly<Record<ResidualStage, number>>;

const DEFAULTS = {
  width: 64,
  spatialStrides: { res2: 1, res3: 2, res4: 2, res5: 2 },
  temporalStrides: { res2: 1, res3: 1, res4: 1, res5: 1 },
  spatialDilations: { res2: 1, res3: 1, res4: 1, res5: 1 },
  stemTemporalStrides: [1, 1],
  temporalPool: { res2: 1, res3: 1, res4: 1, res5: 1 },
} as const;

const STAGES: readonly ResidualStage[] = ['res2', 'res3', 'res4', 'res5'];

const BLOCKS: Readonly<Record<ResnetDepth, { kind: BlockKind; counts: readonly number[] }>> = {
  18: { kind: basicBlock, counts: [2, 2, 2, 2] },
  34: { kind: basicBlock, counts: [3, 4, 6, 3] },
  50: { kind: bottleneck, counts: [3, 4, 6, 3] },
  101: { kind: bottleneck, counts: [3, 4, 23, 3] },
  152: { kind: bottleneck, counts: [3, 8, 36, 3] },
};

/**
 * A residual network over clips (paper, Table 1): `[N, C, T, H, W]` to `[N, 32·width, T, H/32, W/32]`
 * (8·width for depths 18 and 34), in stages `stem`, `res2` … `res5`. Nothing in it changes T unless
 * `temporalPool`, `temporalStrides` or `stemTemporalStrides` says so. Throws {@link SpecError} for a depth, width or plan that makes no network.
 *
 * @example
 * const slow = resnet({ depth: 50, temporalKernels: slowPlan });
 * const fast = resnet({ depth: 50, temporalKernels: fastPlan, width: 64 / 8 });
 * const resnext = resnet({ depth: 50, temporalKernels: slowPlan, groups: 32, innerRatio: 2 });
 */
export function resnet(options: ResnetOptions): ResnetBackbone {
  checkArguments('resnet', { options: [options, 'object'] });

  const { depth, temporalKernels, width = DEFAULTS.width, nonLocal, epsilon } = options;
  const blocks = BLOCKS[depth];
  if (!blocks) {
    throw new SpecError({
      site: 'resnet.depth',
      expected: `one of ${Object.keys(BLOCKS).join(', ')}`,
      received: `${String(depth)}`,
    });
  }
  checkCount(
    'resnet.width',
    width,
    'Choose a channel ratio β that divides the width of the other pathway, or round the product',
  );
  const kind = blockOf(options, blocks.kind);
  const strides = perStage('spatialStrides', options.spatialStrides);
  const temporal = perStage('temporalStrides', options.temporalStrides);
  const dilations = perStage('spatialDilations', options.spatialDilations);
  const pools = perStage('temporalPool', options.temporalPool);
  const { stemTemporalStrides: temporalStrides = DEFAULTS.stemTemporalStrides, stemPool = true } =
    options;
  for (const stride of temporalStrides) checkCount('resnet.stemTemporalStrides', stride);
  const residual = <S extends ResidualStage>(name: S): Stage<S> => {
    const i = STAGES.indexOf(name);
    const site = `resnet.temporalKernels.${name}`;
    const kernels = blockKernels(temporalKernels[name], blocks.counts[i]!, site);
    const nonLocalAfter: readonly number[] = nonLocal?.after[name] ?? [];
    checkPositions(name, nonLocalAfter, kernels.length);
    return {
      name,
      blocks: {
        scopes: kernels.map((_, block) => `${block}`),
        beside: ['shortcut'],
        added: { nonlocal: 'non-local' },
      },
      build(g: GraphBuilder, x: Value): Value {
        let value = pooled(g, x, pools[name]);
        kernels.forEach((temporalKernel, block) => {
          const scope = g.scope(`${block}`);
          value = residualBlock(scope, value, kind, {
            width: width * 2 ** i,
            temporalKernel,
            stride: block === 0 ? strides[name] : 1,
            temporalStride: block === 0 ? temporal[name] : 1,
            dilation: dilations[name],
            epsilon,
          });
          if (nonLocal && nonLocalAfter.includes(block)) {
            value = nonLocalBlock(scope.scope('nonlocal'), value, nonLocal);
          }
        });
        return value;
      },
    };
  };
  return {
    stages: [
      stem({
        channels: width,
        temporalKernel: temporalKernels.stem,
        temporalStrides,
        pool: stemPool,
        epsilon,
      }),
      residual('res2'),
      residual('res3'),
      residual('res4'),
      residual('res5'),
    ],
  };
}

/** The block that the options name. */
function blockOf(
  { block, groups = 1, innerRatio = 1, width = 64 }: ResnetOptions,
  own: BlockKind,
): BlockKind {
  if (groups === 1 && innerRatio === 1) return block ?? own;
  if (block !== undefined || own !== bottleneck) {
    throw new SpecError({
      site: 'resnet.groups',
      expected: 'bottleneck blocks of the network itself (depth 50 or more, and no block)',
      received: block?.kind ?? own.kind,
    });
  }
  checkCount('resnet.groups', groups);
  if (!Number.isInteger((width * innerRatio) / groups)) {
    throw new SpecError({
      site: 'resnet.groups',
      expected: `a divisor of the ${width * innerRatio} inner channels of res2 (width times innerRatio)`,
      received: `${groups}`,
    });
  }
  return groupedBottleneck(groups, innerRatio);
}

function pooled(g: GraphBuilder, x: Value, frames: number): Value {
  return frames === 1 ? x : g.maxPool3d(x, [frames, 1, 1], [frames, 1, 1]);
}

type PerStageOption = 'spatialStrides' | 'temporalStrides' | 'spatialDilations' | 'temporalPool';

function perStage(option: PerStageOption, value: ResnetOptions[PerStageOption]): PerStage {
  const values: PerStage = { ...DEFAULTS[option], ...value };
  for (const stage of STAGES) checkCount(`resnet.${option}.${stage}`, values[stage]);
  return values;
}

function checkCount(site: string, value: number, remedy?: string): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new SpecError({
    site,
    expected: 'a whole number of at least 1',
    received: `${value}`,
    ...(remedy ? { remedy } : {}),
  });
}

function checkPositions(stage: ResidualStage, after: readonly number[], blocks: number): void {
  const outside = after.find((block) => !Number.isInteger(block) || block < 0 || block >= blocks);
  if (outside === undefined) return;
  throw new SpecError({
    site: `resnet.nonLocal.after.${stage}`,
    expected: `blocks from 0 to ${blocks - 1}`,
    received: `${outside}`,
  });
}
