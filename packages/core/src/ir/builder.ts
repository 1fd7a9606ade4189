/** @file Builds graphs: every call checks shapes at once and names what it adds after its scope. */
import { ShapeError, SpecError, internalError } from '../errors.js';
import { inferOutput } from '../ops/table.js';
import type { Initializer, ParamRole } from './expression.js';
import type { Shape } from '../tensor.js';
import type {
  ActivationFunction,
  Dim,
  Graph,
  Node,
  OpAttrs,
  OpKind,
  Param,
  TensorType,
  Triple,
  Value,
} from './types.js';

/** Options of {@link GraphBuilder.conv3d}. */
export interface Conv3dOptions {
  /** Output channels. */
  readonly channels: number;
  readonly kernel: Triple;
  /** Default 1, 1, 1. */
  readonly stride?: Triple;
  /** Default: half of the dilated kernel, which keeps the size at stride 1. */
  readonly padding?: Triple;
  /** Default 1, 1, 1. */
  readonly dilation?: Triple;
  /** Default 1; the channel count makes the convolution depthwise. */
  readonly groups?: number;
  /** Whether a bias is added; default false, since a batch norm follows in this family of networks. */
  readonly bias?: boolean;
  /** Name of the layer within its scope; default `conv`. */
  readonly name?: string;
}

/** Options of {@link GraphBuilder.batchNorm}. */
export interface BatchNormOptions {
  /** Default 1e-5. */
  readonly epsilon?: number | undefined;
  /** Weight of the newest batch in the running averages (PyTorch's convention); default 0.1. */
  readonly momentum?: number;
  /** Initial scale: 0 for the last norm of a residual block (Goyal et al. 2017); default 1. */
  readonly initialScale?: number;
  /** Name of the layer within its scope; default `norm`. */
  readonly name?: string;
}

interface State {
  readonly inputs: Record<string, Value>;
  readonly params: Map<string, Param>;
  readonly nodes: Node[];
  readonly names: Set<string>;
  readonly labels: Map<Value, string>;
  readonly features: Map<string, Value>;
}

const ONES: Triple = [1, 1, 1];

/** Builds one graph. {@link GraphBuilder.scope} gives a builder for a named part of the same graph. */
export class GraphBuilder {
  readonly #state: State;
  readonly #prefix: string;
  /** Where errors are reported: the path of scopes, or what {@link scope} was told. */
  readonly site: string;

  private constructor(state: State, prefix: string, site: string) {
    this.#state = state;
    this.#prefix = prefix;
    this.site = site;
  }

  /** A builder for an empty graph; `site` names it in errors. */
  static empty(site: string): GraphBuilder {
    const state: State = {
      inputs: {},
      params: new Map(),
      nodes: [],
      names: new Set(),
      labels: new Map(),
      features: new Map(),
    };
    return new GraphBuilder(state, '', site);
  }

  /** A builder that adds to a copy of a graph; what it built before stays as it is. */
  static extending({ inputs, params, nodes }: Graph, site: string): GraphBuilder {
    const state: State = {
      inputs: { ...inputs },
      params: new Map(params),
      nodes: [...nodes],
      names: new Set([
        ...Object.values<Value>(inputs).map(({ name }) => name),
        ...params.keys(),
        ...nodes.map(({ output }) => output.name),
      ]),
      labels: new Map(),
      features: new Map(),
    };
    return new GraphBuilder(state, '', site);
  }

  /** A builder that adds to the same graph, with `name.` before every name. */
  scope(name: string, site: string = this.#qualified(name)): GraphBuilder {
    return new GraphBuilder(this.#state, this.#qualified(name), site);
  }

  /** Throws a {@link ShapeError} at this builder's site. */
  fail(expected: string, received: string, remedy?: string): never {
    throw new ShapeError({ site: this.site, expected, received, ...(remedy ? { remedy } : {}) });
  }

  /** Gives a value the name that errors call it by (`slow.res4`). */
  label(value: Value, label: string): void {
    this.#state.labels.set(value, label);
  }

  /** The name that errors call a value by. */
  labelOf(value: Value): string {
    return this.#state.labels.get(value) ?? value.name;
  }

  /** Says that a value is the feature of this scope: a head calls it with what its classifier reads. */
  feature(value: Value): Value {
    this.#state.features.set(this.#prefix, value);
    return value;
  }

  /** The feature of this scope, where something was said to be it. */
  get featureOfScope(): Value | undefined {
    return this.#state.features.get(this.#prefix);
  }

  /** Adds a graph input. */
  input(name: string, type: TensorType): Value {
    const value: Value = { name: this.#claim(name), type };
    this.#state.inputs[name] = value;
    return value;
  }

  /** Adds a parameter in PyTorch's layout. */
  param(name: string, shape: Shape, role: ParamRole, init: Initializer): Param {
    const full = this.#claim(this.#qualified(name));
    const param: Param = {
      name: full,
      type: { dtype: 'float32', shape },
      role,
      expression: { kind: 'stored', name: full, shape, role, init },
    };
    this.#state.params.set(full, param);
    return param;
  }

  /** Adds a node and returns its output; throws {@link ShapeError} when the inputs do not fit. */
  emit<K extends OpKind>(
    op: K,
    inputs: readonly Value[],
    attrs: OpAttrs[K],
    name: string = op,
  ): Value {
    const full = this.#qualified(name);
    const type = inferOutput(
      op,
      inputs.map((input) => input.type),
      attrs,
      (expected, received, remedy) => {
        throw new ShapeError({
          site: this.site === this.#prefix ? full : `${this.site} (${name})`,
          expected,
          received,
          ...(remedy ? { remedy } : {}),
        });
      },
    );
    const output: Value = { name: this.#unique(full), type };
    // K is one kind; TypeScript cannot see that the object is the member of the union for it.
    this.#state.nodes.push({ op, name: output.name, inputs, output, attrs } as unknown as Node);
    return output;
  }

  /** 3-D convolution of `[N, C, T, H, W]` with new parameters `name.weight` (and `name.bias`). */
  conv3d(x: Value, options: Conv3dOptions): Value {
    const { channels, kernel, stride = ONES, dilation = ONES, groups = 1 } = options;
    const { bias = false, name = 'conv' } = options;
    const padding =
      options.padding ??
      (kernel.map((k, i) => Math.floor((dilation[i]! * (k - 1)) / 2)) as unknown as Triple);
    const from = this.channelsOf(x);
    if (!Number.isInteger(channels) || channels < 1) {
      throw new SpecError({
        site: `${this.site}.${name}`,
        expected: 'a whole number of output channels of at least 1',
        received: `${channels}`,
        remedy: 'Choose a width that the channel ratio divides',
      });
    }
    const shape = [channels, Math.floor(from / groups), ...kernel];
    const params = [this.param(`${name}.weight`, shape, 'weight', { kind: 'msra' })];
    if (bias) params.push(this.param(`${name}.bias`, [channels], 'bias', constant(0)));
    const attrs = { kernel, stride, padding, dilation, groups, activation: 'identity' } as const;
    return this.emit('conv3d', [x, ...params], attrs, name);
  }

  /** Batch norm of `[N, C, ...]` with new parameters `name.{weight,bias,running_mean,running_var}`. */
  batchNorm(x: Value, options: BatchNormOptions = {}): Value {
    const { epsilon = 1e-5, momentum = 0.1, initialScale = 1, name = 'norm' } = options;
    const shape = [this.channelsOf(x)];
    const params = [
      this.param(`${name}.weight`, shape, 'norm-scale', constant(initialScale)),
      this.param(`${name}.bias`, shape, 'norm-shift', constant(0)),
      this.param(`${name}.running_mean`, shape, 'running-mean', constant(0)),
      this.param(`${name}.running_var`, shape, 'running-variance', constant(1)),
    ];
    return this.emit('batch_norm', [x, ...params], { epsilon, momentum }, name);
  }

  /** Affine map `[..., I] → [..., features]` with new parameters `name.weight` and `name.bias`. */
  linear(x: Value, features: number, name = 'linear', std = 0.01): Value {
    const from = x.type.shape.at(-1);
    if (typeof from !== 'number') return this.fail('a known last dimension', String(from));
    const init = { kind: 'normal', std } as const;
    const weight = this.param(`${name}.weight`, [features, from], 'weight', init);
    const bias = this.param(`${name}.bias`, [features], 'bias', constant(0));
    return this.emit('linear', [x, weight, bias], {}, name);
  }

  /** A function of each element. */
  activation(x: Value, fn: ActivationFunction): Value {
    return fn === 'identity' ? x : this.emit('activation', [x], { fn }, fn);
  }

  /** max(x, 0). */
  relu(x: Value): Value {
    return this.activation(x, 'relu');
  }

  /** Sum of two values. */
  add(a: Value, b: Value): Value {
    return this.emit('add', [a, b], { activation: 'identity' });
  }

  /** Joins values along an axis (default 1, channels). */
  concat(values: readonly Value[], axis = 1): Value {
    return this.emit('concat', values, { axis });
  }

  /** Maximum over a window. */
  maxPool3d(x: Value, kernel: Triple, stride: Triple, padding: Triple = [0, 0, 0]): Value {
    return this.emit('max_pool3d', [x], { kernel, stride, padding });
  }

  /** Mean over a window. */
  avgPool3d(x: Value, kernel: Triple, stride: Triple, padding: Triple = [0, 0, 0]): Value {
    return this.emit('avg_pool3d', [x], { kernel, stride, padding });
  }

  /** Mean over axes. */
  mean(x: Value, axes: readonly number[], keepDims = false): Value {
    return this.emit('reduce', [x], { fn: 'mean', axes, keepDims }, 'mean');
  }

  /** The same elements under another shape. */
  reshape(x: Value, shape: readonly Dim[]): Value {
    return this.emit('reshape', [x], { shape });
  }

  /** Permuted axes. */
  transpose(x: Value, perm: readonly number[]): Value {
    return this.emit('transpose', [x], { perm });
  }

  /** Batched matrix product. */
  matmul(a: Value, b: Value): Value {
    return this.emit('matmul', [a, b], {});
  }

  /** Softmax along an axis. */
  softmax(x: Value, axis: number): Value {
    return this.emit('softmax', [x], { axis });
  }

  /** Dropout with probability `rate` while training. */
  dropout(x: Value, rate: number): Value {
    return rate === 0 ? x : this.emit('dropout', [x], { rate });
  }

  /** Known channel count C of `[N, C, ...]`. */
  channelsOf(x: Value): number {
    const channels = x.type.shape[1];
    if (typeof channels !== 'number') {
      return this.fail('a value [N, C, ...] of known C', `[${x.type.shape.join(', ')}]`);
    }
    return channels;
  }

  /** The finished graph with the given outputs. */
  build<I extends string, O extends string>(outputs: Readonly<Record<O, Value>>): Graph<I, O> {
    const { inputs, params, nodes } = this.#state;
    return {
      inputs: { ...inputs } as Record<I, Value>,
      params: new Map(params),
      nodes: [...nodes],
      outputs,
    };
  }

  #qualified(name: string): string {
    return this.#prefix === '' ? name : `${this.#prefix}.${name}`;
  }

  #claim(name: string): string {
    if (this.#state.names.has(name)) {
      throw new SpecError({
        site: this.site,
        expected: 'each name once in a graph',
        received: `'${name}' a second time`,
        remedy: 'Put the layers in scopes of their own, or name them',
      });
    }
    this.#state.names.add(name);
    return name;
  }

  #unique(name: string): string {
    for (let n = 1; n < 10_000; n++) {
      const candidate = n === 1 ? name : `${name}_${n}`;
      if (!this.#state.names.has(candidate)) return this.#claim(candidate);
    }
    throw internalError(`10000 nodes named ${name}`);
  }
}

const constant = (value: number): Initializer => ({ kind: 'constant', value });
