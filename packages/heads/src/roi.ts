import {
  checkArguments,
  SpecError,
  type GraphBuilder,
  type Head,
  type Value,
} from '@slowfast/core';
import type { ClassActivation } from './classification.js';

/** Options of {@link roiHead}. The defaults are those of PySlowFast's published AVA models. */
export interface RoiHeadOptions<P extends string> {
  /** Pathways to read; their features are joined in this order, which trained weights depend on. */
  readonly pathways: readonly P[];
  /** Number of classes; mmaction2's are 81, the first of which is the background. */
  readonly classes: number;
  /** How features are pooled over all frames: `avg` (default) or `max`. */
  readonly temporalPool?: 'avg' | 'max';
  /**
   * Whether pathways with fewer frames are resized to the most (nearest, as mmaction2 does) before they are
   * pooled. This changes scores only where the lengths are no multiples of each other. Default false.
   */
  readonly resizeFrames?: boolean;
  /** Bins of RoIAlign along H and W; default 7, 7. */
  readonly bins?: readonly [h: number, w: number];
  /** Features per input pixel; default 1/16, for a res5 of stride 1. */
  readonly spatialScale?: number;
  /** Whether boxes are moved by half an element, as later versions of RoIAlign do; default false. */
  readonly aligned?: boolean;
  /** Samples a bin along each axis; default 0, as many as the bin has elements. */
  readonly samplingRatio?: number;
  /** Default `sigmoid`: a person does several things at once. */
  readonly activation?: ClassActivation;
  /** Probability of dropout; default 0.5. */
  readonly dropout?: number;
  /** Where dropout is: before the classifier (default), or (mmaction2) on the features of the clip. */
  readonly dropoutAt?: 'regions' | 'features';
}

const DEFAULTS = {
  temporalPool: 'avg',
  resizeFrames: false,
  bins: [7, 7],
  spatialScale: 1 / 16,
  aligned: false,
  samplingRatio: 0,
  activation: 'sigmoid',
  dropout: 0.5,
  dropoutAt: 'regions',
} as const satisfies Required<Omit<RoiHeadOptions<string>, 'pathways' | 'classes'>>;

/**
 * Scores of what the people in boxes do (paper, section 5): pooling over time, concatenation, RoIAlign, the
 * maximum over each region, a linear layer named `projection`, the activation. `[N, C, T, H, W]` of each
 * pathway and the graph input `boxes` `[R, 5]` (`[clip, x1, y1, x2, y2]` in input pixels; R may be 0) to
 * `scores` `[R, classes]`. Throws {@link SpecError} for options that make no head.
 *
 * @example
 * const head = roiHead({ pathways: ['slow', 'fast'], classes: 80 });
 */
export function roiHead<const P extends string>(
  options: RoiHeadOptions<P>,
): Head<P, 'scores', 'boxes'> {
  checkArguments('roiHead', { options: [options, 'object'] });

  const settings = { ...DEFAULTS, ...options };
  const { pathways, classes, dropout, dropoutAt, activation } = settings;
  if (!Number.isInteger(classes) || classes < 1) {
    throw wrong('classes', 'a whole number of at least 1', classes);
  }
  if (!(dropout >= 0 && dropout < 1)) {
    throw wrong('dropout', 'a probability from 0 to below 1', dropout);
  }
  return {
    pathways,
    inputs: ['boxes'],
    build(g, features) {
      const boxes = g.input('boxes', { dtype: 'float32', shape: ['R', 5] });
      const pooled = overTime(
        g,
        pathways.map((pathway) => features[pathway]),
        settings,
      );
      const dropped = dropoutAt === 'features' ? g.dropout(pooled, dropout) : pooled;
      const regions = g.emit('roi_align', [dropped, boxes], {
        size: settings.bins,
        spatialScale: settings.spatialScale,
        samplingRatio: settings.samplingRatio,
        aligned: settings.aligned,
      });
      const most = g.emit('reduce', [regions], { fn: 'max', axes: [2, 3], keepDims: false }, 'max');
      const vectors = dropoutAt === 'regions' ? g.dropout(most, dropout) : most;
      const logits = g.linear(vectors, classes, 'projection');
      if (activation === 'softmax') return { scores: g.softmax(logits, 1) };
      return { scores: activation === 'sigmoid' ? g.activation(logits, 'sigmoid') : logits };
    },
  };
}

/** `[N, C, T, H, W]` of each pathway → `[N, sum of C, H, W]`. One region is the same in all: they share a size. */
function overTime(
  g: GraphBuilder,
  features: readonly Value[],
  {
    temporalPool,
    resizeFrames,
  }: Pick<Required<RoiHeadOptions<string>>, 'temporalPool' | 'resizeFrames'>,
): Value {
  const longest = Math.max(...features.map((x) => framesOf(g, x, resizeFrames)));
  const fn = temporalPool === 'avg' ? 'mean' : 'max';
  const pooled = features.map((x) => {
    const resized = resizeFrames ? nearest(g, x, longest) : x;
    return g.emit('reduce', [resized], { fn, axes: [2], keepDims: true }, fn);
  });
  const joined = pooled.length === 1 ? pooled[0]! : g.concat(pooled);
  // The mean over the one frame that is left drops its axis, and holds for any size, as a reshape would not.
  return g.emit('reduce', [joined], { fn: 'mean', axes: [2], keepDims: false }, 'frame');
}

/** Frames repeated as nearest interpolation does; where each is repeated as often, pooling gives the same without. */
function nearest(g: GraphBuilder, x: Value, frames: number): Value {
  const from = x.type.shape[2] as number;
  if (frames % from === 0) return x;
  const indices = Array.from({ length: frames }, (_, t) => Math.floor((t * from) / frames));
  return g.emit('gather', [x], { axis: 2, indices });
}

function framesOf(g: GraphBuilder, x: Value, isRequired: boolean): number {
  const frames = x.type.shape[2];
  if (typeof frames === 'number') return frames;
  return isRequired ? g.fail(`a known T of ${g.labelOf(x)} to resize frames`, `${frames}`) : 1;
}

const wrong = (option: string, expected: string, received: number): SpecError =>
  new SpecError({ site: `roiHead.${option}`, expected, received: `${received}` });
