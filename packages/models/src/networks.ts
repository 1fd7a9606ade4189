/** @file The two shapes of network that all published models have, with names known to the compiler. */
import {
  resnet,
  type NonLocalPlan,
  type ResnetBackbone,
  type ResnetDepth,
  type ResnetOptions,
  type ResnetStage,
  type TemporalKernelPlan,
} from '@slowfast/backbones';
import {
  checkArguments,
  composeModel,
  SpecError,
  type Head,
  type Lateral,
  type LateralConnection,
  type LateralPlaceOf,
  type Model,
  type Pathway,
  type Size,
} from '@slowfast/core';
import {
  classificationHead,
  roiHead,
  type ClassificationHeadOptions,
  type RoiHeadOptions,
} from '@slowfast/heads';
import { fastPathway, type FastInput } from './fast-input.js';

/** A pathway of a published model. */
export interface ResnetPathway extends Pathway<ResnetStage> {
  readonly backbone: ResnetBackbone;
}

/** Options that all networks share. */
export interface NetworkOptions {
  /** Name of the model, for errors and files. */
  readonly name: string;
  readonly depth: ResnetDepth;
  /** T of the raw clip. */
  readonly frames: number;
  /** Distance between frames of the raw clip, in frames of the video. */
  readonly stride: number;
  /** Input size in pixels. */
  readonly size: Size;
  /** Channels of the (Slow) stem; 64 in all published models. */
  readonly width: number;
  /** The classifier, but for the pathways it reads. */
  readonly head: Omit<ClassificationHeadOptions<string>, 'pathways'>;
  /** For people in boxes: their classifier, in place of {@link head}, and res5 of stride 1 with a dilation. */
  readonly regions?: {
    readonly head: Omit<RoiHeadOptions<string>, 'pathways'>;
    readonly dilation: number;
  };
  /** Non-local blocks, in the Slow pathway where there are two. */
  readonly nonLocal?: NonLocalPlan;
  /** What the Fast pathway sees of the clip (paper, Table 5c); default its colours, in the order `channelOrder`. */
  readonly fastInput?: FastInput;
  readonly channelOrder?: 'rgb' | 'bgr';
}

/** Options of {@link slowFastNetwork}. */
export interface SlowFastNetworkOptions extends NetworkOptions {
  /** Depth of the Fast pathway; default that of Slow. */
  readonly fastDepth?: ResnetDepth;
  /** α: frames of Fast over frames of Slow. */
  readonly alpha: number;
  /** β: channels of Fast over channels of Slow. */
  readonly beta: number;
  readonly slowKernels: TemporalKernelPlan;
  readonly fastKernels: TemporalKernelPlan;
  /** The connection after the stem, res2, res3 and res4; none if left out. */
  readonly lateral?: { readonly via: LateralConnection; readonly merge: 'concat' | 'sum' };
  /** The order in which the classifier reads the pathways; default Slow, Fast. */
  readonly headOrder?: readonly ('slow' | 'fast')[];
}

/** The two pathways of a SlowFast network. */
export type SlowFastPathways = Readonly<Record<'slow' | 'fast', ResnetPathway>>;

/** Where Fast is merged into Slow in published models. */
export type FastToSlow = LateralPlaceOf<Lateral<'fast', 'slow', LateralStage>>;

/**
 * A SlowFast network (paper, section 3). `I`: inputs of its head (`boxes`); `L`: where there are lateral
 * connections, `never` without any.
 */
export type SlowFastModel<I extends string = never, L extends string = FastToSlow> = Model<
  SlowFastPathways,
  'scores',
  'slow' | 'fast' | I,
  L
>;

/** A network of one residual pathway. */
export type OnePathwayModel<P extends string, I extends string = never> = Model<
  Readonly<Record<P, ResnetPathway>>,
  'scores',
  P | I,
  never
>;

/** Options that leave one out; `name` is there because TypeScript takes nothing for a type of optional parts only. */
type Without<K extends string> = { readonly name: string } & { readonly [_ in K]?: undefined };

/** What {@link slowFastNetwork} composes of options of a type. */
export type SlowFastModelOf<Options extends SlowFastNetworkOptions> = SlowFastModel<
  HeadInputs<Options>,
  Options extends Without<'lateral'> ? never : FastToSlow
>;

/** The input of the head for people in boxes; any name where only running shows which head it is. */
export type HeadInputs<Options extends Pick<NetworkOptions, 'regions'>> = Options extends {
  readonly regions: object;
}
  ? 'boxes'
  : Options extends Without<'regions'>
    ? never
    : string;

/** Stages after which pathways are connected. */
export const LATERAL_STAGES = ['stem', 'res2', 'res3', 'res4'] as const;
/** One of {@link LATERAL_STAGES}. */
export type LateralStage = (typeof LATERAL_STAGES)[number];

/**
 * A SlowFast network of two residual pathways (paper, Table 1). Throws {@link SpecError} when α does not
 * divide the frames or β the width, and what its parts throw.
 */
export function slowFastNetwork<const Options extends SlowFastNetworkOptions>(
  options: Options,
): SlowFastModelOf<Options> {
  checkArguments('slowFastNetwork', { options: [options, 'object'] });

  const { name, size }: SlowFastNetworkOptions = options;
  const { pathways, laterals } = slowAndFast(options);
  const model = composeModel({
    name,
    size,
    pathways,
    laterals,
    head: headOf<'slow' | 'fast', Options>(options, options.headOrder ?? ['slow', 'fast']),
  });
  // Which options are there decides the type; the compiler does not follow them through the calls.
  return model as SlowFastModel<string> as SlowFastModelOf<Options>;
}

/** The pathways of a SlowFast network and what connects them, to be composed with more. */
export function slowAndFast(options: SlowFastNetworkOptions): {
  readonly pathways: SlowFastPathways;
  readonly laterals: readonly Lateral<'fast', 'slow', LateralStage>[];
} {
  const { name, depth, frames, stride, width, alpha, beta, lateral, nonLocal } = options;
  if (!Number.isInteger(frames / alpha)) {
    throw new SpecError({
      site: `${name}: alpha`,
      expected: `a divisor of the clip's ${frames} frames`,
      received: `${alpha}`,
    });
  }
  const slow: ResnetPathway = {
    backbone: resnet({
      depth,
      width,
      temporalKernels: options.slowKernels,
      ...lastStage(options),
      ...(nonLocal ? { nonLocal } : {}),
    }),
    frames: frames / alpha,
    temporalStride: stride * alpha,
  };
  const colours: ResnetPathway = {
    backbone: resnet({
      depth: options.fastDepth ?? depth,
      width: width * beta,
      temporalKernels: options.fastKernels,
      ...lastStage(options),
    }),
    frames,
    temporalStride: stride,
  };
  const fast = fastPathway(colours, options.fastInput ?? 'rgb', options);
  const laterals: readonly Lateral<'fast', 'slow', LateralStage>[] = lateral
    ? [{ from: 'fast', to: 'slow', after: LATERAL_STAGES, ...lateral }]
    : [];
  return { pathways: { slow, fast }, laterals };
}

/** Options of {@link onePathwayNetwork}. */
export interface OnePathwayNetworkOptions<P extends string> extends NetworkOptions {
  readonly pathway: P;
  readonly temporalKernels: TemporalKernelPlan;
  /** Frames whose maximum is taken before res3 (C2D and I3D); default 1, which is nothing. */
  readonly temporalPool?: number;
  /** Temporal strides of the stem's convolution and pooling (I3D of 32 frames); default 1 and 1. */
  readonly stemTemporalStrides?: ResnetOptions['stemTemporalStrides'];
}

/** A network of one residual pathway: Slow-only, Fast-only, C2D, I3D. Throws what its parts throw. */
export function onePathwayNetwork<const Options extends OnePathwayNetworkOptions<string>>(
  options: Options,
): OnePathwayModel<Options['pathway'], HeadInputs<Options>> {
  checkArguments('onePathwayNetwork', { options: [options, 'object'] });

  type P = Options['pathway'];
  const { name, depth, frames, stride, size, width }: NetworkOptions = options;
  const { nonLocal, temporalPool, stemTemporalStrides }: OnePathwayNetworkOptions<string> = options;
  const colours: ResnetPathway = {
    backbone: resnet({
      depth,
      width,
      temporalKernels: options.temporalKernels,
      ...lastStage(options),
      ...(temporalPool === undefined ? {} : { temporalPool: { res3: temporalPool } }),
      ...(stemTemporalStrides === undefined ? {} : { stemTemporalStrides }),
      ...(nonLocal ? { nonLocal } : {}),
    }),
    frames,
    temporalStride: stride,
  };
  const { fastInput = 'rgb' }: NetworkOptions = options;
  const pathway = fastPathway(colours, fastInput, options);
  return composeModel<Readonly<Record<P, ResnetPathway>>, 'scores', HeadInputs<Options>>({
    name,
    size,
    pathways: { [options.pathway]: pathway } as Readonly<Record<P, ResnetPathway>>,
    head: headOf<P, Options>(options, [options.pathway]),
  });
}

function headOf<P extends string, Options extends NetworkOptions>(
  { head, regions }: Options,
  pathways: readonly P[],
): Head<P, 'scores', HeadInputs<Options>> {
  const top: Head<P, 'scores', string> = regions
    ? roiHead({ ...regions.head, pathways })
    : classificationHead({ ...head, pathways });
  // Which of the two it is follows from the options' type.
  return top as Head<P, 'scores', HeadInputs<Options>>;
}

/** A detector keeps the resolution of res4: stride 1 and, in most zoos, the field of view by dilation. */
function lastStage({ regions }: NetworkOptions): Partial<ResnetOptions> {
  if (!regions) return {};
  return { spatialStrides: { res5: 1 }, spatialDilations: { res5: regions.dilation } };
}
