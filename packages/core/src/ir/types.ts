/**
 * @file The graph: an immutable, shape-checked list of nodes in execution order. Everything above it
 * builds graphs, everything below it runs them. Axis order is N C T H W; parameters are in PyTorch's layout.
 */
import { SpecError } from '../errors.js';
import type { DType } from '../tensor.js';
import type { Expression, ParamRole } from './expression.js';
import type { AdjointOpAttrs, TrainingOpAttrs } from './gradient-ops.js';

/** A dimension: a number, or a name for one known only when running (`'N'`: clips, `'R'`: regions). */
export type Dim = number | string;

/** Element type and shape of a value. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/** A graph input, a parameter, or the output of a node. Names are unique in a graph. */
export interface Value {
  readonly name: string;
  readonly type: TensorType;
}

/** A trained tensor: a value with the expression that computes it from stored weights. */
export interface Param extends Value {
  readonly role: ParamRole;
  readonly expression: Expression;
}

/** Sizes along T, H and W. */
export type Triple = readonly [t: number, h: number, w: number];

/** Functions applied element by element. */
export type ActivationFunction =
  'identity' | 'relu' | 'relu6' | 'sigmoid' | 'silu' | 'hardswish' | 'tanh';

/** The window of a convolution or pooling; padding is symmetric, as in PyTorch. */
export interface WindowAttrs {
  readonly kernel: Triple;
  readonly stride: Triple;
  readonly padding: Triple;
}

/** The operations of networks and their attributes: what exported models hold. */
export interface InferenceOpAttrs {
  /** `(x [N,C,T,H,W], weight [O,C/groups,kT,kH,kW], bias? [O]) → [N,O,T',H',W']`, then the activation. */
  conv3d: WindowAttrs & {
    readonly dilation: Triple;
    readonly groups: number;
    readonly activation: ActivationFunction;
  };
  /** `(x [N,C,...], scale [C], shift [C], mean [C], variance [C]) → x's shape`; momentum as in PyTorch. */
  batch_norm: { readonly epsilon: number; readonly momentum: number };
  /** `(x) → x's shape`. */
  activation: { readonly fn: ActivationFunction };
  /** `(a, b) → broadcast shape`, then the activation. */
  add: { readonly activation: ActivationFunction };
  /** `(a, b) → broadcast shape`. */
  mul: Record<never, never>;
  /** `(x) → factor · x`. */
  scale: { readonly factor: number };
  /** `(x [N,C,T,H,W]) → [N,C,T',H',W']`; padding never wins a maximum. */
  max_pool3d: WindowAttrs;
  /** `(x [N,C,T,H,W]) → [N,C,T',H',W']`; padding counts as zeros, as in PyTorch. */
  avg_pool3d: WindowAttrs;
  /** `(x) → x` reduced over the axes. */
  reduce: {
    readonly fn: 'mean' | 'max' | 'sum';
    readonly axes: readonly number[];
    readonly keepDims: boolean;
  };
  /** `(a, b, ...) → joined along the axis`. */
  concat: { readonly axis: number };
  /** `(x) → x[start:stop:step]` along the axis. */
  slice: {
    readonly axis: number;
    readonly start: number;
    readonly stop: number;
    readonly step: number;
  };
  /** `(x) → the given positions` along the axis. */
  gather: { readonly axis: number; readonly indices: readonly number[] };
  /** `(x) → the same elements` in C order under another shape. */
  reshape: { readonly shape: readonly Dim[] };
  /** `(x) → axes permuted`: output axis i is input axis `perm[i]`. */
  transpose: { readonly perm: readonly number[] };
  /** `(a [...,M,K], b [...,K,L]) → [...,M,L]`; leading dimensions equal. */
  matmul: Record<never, never>;
  /** `(x [...,I], weight [O,I], bias? [O]) → [...,O]`. */
  linear: Record<never, never>;
  /** `(x) → x's shape`, normalised along the axis. */
  softmax: { readonly axis: number };
  /**
   * `(features [N,C,H,W], boxes [R,5]) → [R,C,h,w]`: each box, `[batch index, x1, y1, x2, y2]` in input
   * pixels, is scaled by `spatialScale`, divided into `size` bins, and each bin is the mean of bilinear
   * samples: `samplingRatio` along each axis, or (0) as many as the bin has elements, rounded up. `aligned`
   * moves the box by half an element; without it a box is at least one element wide. Boxes whose ends are
   * exchanged count as empty.
   */
  roi_align: {
    readonly size: readonly [h: number, w: number];
    readonly spatialScale: number;
    readonly samplingRatio: number;
    readonly aligned: boolean;
  };
  /** Identity at inference; zeroes elements with probability `rate` when training. */
  dropout: { readonly rate: number };
}

/** Every operation and its attributes: the closed set that each runtime must lower. */
export interface OpAttrs extends InferenceOpAttrs, TrainingOpAttrs, AdjointOpAttrs {}

/** The name of an operation of networks. */
export type InferenceOp = keyof InferenceOpAttrs;

/** The name of an operation that only training graphs have. */
export type GradientOp = keyof TrainingOpAttrs | keyof AdjointOpAttrs;

/** The name of an operation. */
export type OpKind = InferenceOp | GradientOp;

/** A node of one kind. */
export interface NodeOf<K extends OpKind> {
  readonly op: K;
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly attrs: OpAttrs[K];
}

/** Any node: `switch (node.op)` narrows the attributes. */
export type Node = { [K in OpKind]: NodeOf<K> }[OpKind];

/** A network: inputs, parameters, nodes in execution order, outputs. */
export interface Graph<I extends string = string, O extends string = string> {
  readonly inputs: Readonly<Record<I, Value>>;
  readonly params: ReadonlyMap<string, Param>;
  readonly nodes: readonly Node[];
  readonly outputs: Readonly<Record<O, Value>>;
}

/** How a runtime turns each node into something of its own; a forgotten operation does not compile. */
export type LoweringTable<Context, Handle, Kinds extends OpKind = OpKind> = {
  readonly [K in Kinds]: (node: NodeOf<K>, inputs: readonly Handle[], context: Context) => Handle;
};

/**
 * Looks up and applies the entry of a {@link LoweringTable} for one node. Throws {@link SpecError} for an operation of
 * training where the table holds those of networks alone.
 */
export function lowerNode<Context, Handle, Kinds extends OpKind>(
  table: LoweringTable<Context, Handle, Kinds>,
  node: Node,
  inputs: readonly Handle[],
  context: Context,
): Handle {
  // The table maps each kind to a function over nodes of that kind; TypeScript cannot correlate the two.
  const lower = (table as Partial<Record<OpKind, unknown>>)[node.op] as
    ((n: Node, i: readonly Handle[], c: Context) => Handle) | undefined;
  if (lower) return lower(node, inputs, context);
  throw new SpecError({
    site: node.name,
    expected: 'an operation of networks',
    received: `${node.op}, which only training graphs have`,
    remedy: 'Take the graph without its gradients',
  });
}
