/** @file A composed model: its graph, and its features as a contract for those who build on it. */
import { checkArguments } from '../arguments.js';
import { fieldsOf } from '../cost/field.js';
import { SpecError } from '../errors.js';
import type { Dim, Graph, Value } from '../ir/types.js';
import { prune } from '../passes/prune.js';
import type { InputsOf } from './inputs-of.js';
import { nearestNames } from './nearest.js';
import type { AnyLateralPlace, Lateral, Pathways, Size, TapOf } from './parts.js';

/** What is known of a feature without running anything. */
export interface FeatureInfo {
  readonly pathway: string;
  readonly stage: string;
  /** Whether lateral connections are merged in. */
  readonly fused: boolean;
  readonly channels: number;
  /** Distance of neighbouring elements: raw frames along t, input pixels along h and w. */
  readonly stride: { readonly t: number; readonly h: number; readonly w: number };
  /** Extent that an element depends on, in raw frames and pixels; `Infinity` behind a non-local block. */
  readonly receptiveField: { readonly t: number; readonly h: number; readonly w: number };
  /** `[N, C, T, H, W]`. */
  readonly shape: readonly Dim[];
}

/**
 * A composed model. `P`, `O` and `I` make the names of pathways, outputs and inputs known to the compiler,
 * `L` where lateral connections are (`fast->slow.res2`). `Model<Pathways, 'scores'>` is one whose pathways are
 * known at run time only.
 */
export interface Model<
  P extends Pathways = Pathways,
  O extends string = string,
  I extends string = keyof P & string,
  L extends string = AnyLateralPlace<P>,
> {
  readonly name: string;
  readonly pathways: P;
  readonly laterals: readonly Lateral[];
  readonly graph: Graph<I, O>;
  /** Every feature by name. */
  readonly taps: ReadonlyMap<string, Value>;
  /** What lateral connections bring, before it is merged, by their places: `fast->slow.res2`. */
  readonly additions: ReadonlyMap<string, Value>;
  /** What the head's classifier reads, `[N, C, 1, h, w]`, where the head says it by `g.feature(value)`. */
  readonly headFeatures: Value | undefined;
  /** Names of all parameters of the whole network, also where {@link Model.features} left some out. */
  readonly parameterNames: ReadonlySet<string>;
  /** Channels, strides, receptive field and shape of a feature; throws {@link SpecError} for an unknown tap. */
  featureInfo(tap: TapOf<P, L>): FeatureInfo;
  /**
   * The part of the network that computes these features, with one output for each, named after it, and with
   * the inputs that they need alone. `head` is {@link Model.headFeatures}. Throws {@link SpecError} for an unknown tap.
   */
  features<const T extends TapOf<P, L> | 'head'>(
    taps: readonly T[],
  ): Model<P, T, InputsOf<P, L, T>, L>;
}

/** What {@link modelOf} makes a model of. */
export interface ModelParts<P extends Pathways, O extends string, I extends string> {
  readonly name: string;
  readonly pathways: P;
  readonly laterals: readonly Lateral[];
  readonly graph: Graph<I, O>;
  readonly taps: ReadonlyMap<string, Value>;
  readonly additions: ReadonlyMap<string, Value>;
  readonly headFeatures?: Value | undefined;
  /** The whole network, where `graph` is a part of it. */
  readonly whole?: Graph;
}

/** A model over a verified graph. */
export function modelOf<
  P extends Pathways,
  O extends string,
  I extends string,
  L extends string = AnyLateralPlace<P>,
>(parts: ModelParts<P, O, I>): Model<P, O, I, L> {
  checkArguments('modelOf', { parts: [parts, 'object'] });

  const { name, pathways, laterals, graph, taps, additions, headFeatures } = parts;
  const sources = headFeatures ? new Map([...taps, ['head', headFeatures]]) : taps;
  const whole = parts.whole ?? graph;
  const parameterNames = new Set(whole.params.keys());
  return {
    name,
    pathways,
    laterals,
    graph,
    taps,
    additions,
    headFeatures,
    parameterNames,
    featureInfo: (tap) => featureInfo(pathways, whole, tap, tapValue(name, taps, tap)),
    features<T extends TapOf<P, L> | 'head'>(choice: readonly T[]) {
      if (choice.length === 0) {
        throw new SpecError({ site: name, expected: 'at least one feature', received: 'none' });
      }
      const outputs = Object.fromEntries(
        choice.map((tap) => [tap, tapValue(name, sources, tap)] as const),
      ) as Record<T, Value>;
      // Which inputs are left is what InputsOf says; the compiler cannot follow the graph.
      const part = prune({ ...whole, outputs }) as Graph<InputsOf<P, L, T>, T>;
      return modelOf<P, T, InputsOf<P, L, T>, L>({ ...parts, whole, graph: part });
    },
  };
}

function tapValue(model: string, taps: ReadonlyMap<string, Value>, tap: string): Value {
  const value = taps.get(tap);
  if (value) return value;
  throw new SpecError({
    site: model,
    expected: `a feature (${[...taps.keys()].join(', ')})`,
    received: `'${tap}'`,
    remedy: `The nearest is '${nearestNames(tap, taps.keys(), 1)[0]}'`,
  });
}

function featureInfo(pathways: Pathways, graph: Graph, tap: string, value: Value): FeatureInfo {
  const [pathway = '', stage = '', fused] = tap.split('.');
  const spacing = Object.fromEntries(
    Object.entries(pathways).map(([input, { temporalStride }]) => [
      input,
      { t: temporalStride, h: 1, w: 1 },
    ]),
  );
  const { stride, receptiveField } = fieldsOf(graph, spacing).get(value.name)!;
  const shape = value.type.shape;
  const inputShape = graph.inputs[pathway]!.type.shape;
  // Behind operations that mix all positions a stride cannot be followed: the ratio of extents is it.
  const ratio = (axis: number, unit: number): number =>
    (unit * (inputShape[axis] as number)) / (shape[axis] as number);
  return {
    pathway,
    stage,
    fused: fused !== undefined,
    channels: shape[1] as number,
    stride: stride ?? {
      t: ratio(2, pathways[pathway]!.temporalStride),
      h: ratio(3, 1),
      w: ratio(4, 1),
    },
    receptiveField,
    shape,
  };
}

/** Height and width of a {@link Size}. */
export function sidesOf(size: Size): readonly [height: number, width: number] {
  return typeof size === 'number' ? [size, size] : size;
}
