/** @file The tensors that a lowered graph stores: parameters as they are, or arranged for a lowering. */
import type { Graph, HostTensor, Param, Shape, Value } from '@slowfast/core';
import { internalError } from '@slowfast/core';
import type { OnnxTensorInfo } from '../proto/model.js';
import type { Names, OnnxEmitter } from './emitter.js';

/** How weights are stored. */
export type Precision = 'float32' | 'float16';

/** Another arrangement of a parameter's elements, with zeros where a lowering needs them. */
export interface Arrangement {
  /** Tells the arrangements of one parameter apart: `tap0`. */
  readonly key: string;
  readonly shape: Shape;
  /** Elements in the new order; those that are only reshaped are given back as they are. */
  readonly arrange: (data: Float32Array) => Float32Array;
}

/** What is stored: as {@link StoredWeight.info} says, but that float16 is made of float32 when it is written. */
export type StoredElements = Float32Array | Int8Array | Int32Array;

/** A tensor of the file and the parameter that it comes from. */
export interface StoredWeight {
  readonly info: OnnxTensorInfo;
  readonly param: string;
  readonly arrange: (data: Float32Array) => StoredElements;
}

/** Gives parameters to nodes and remembers what has to be stored for that. */
export class StoredWeights {
  readonly #graph: Graph;
  readonly #precision: Precision;
  readonly #names: Names;
  readonly #onnx: OnnxEmitter;
  readonly #stored = new Map<string, Map<string, { weight: StoredWeight; value: string }>>();

  constructor(graph: Graph, precision: Precision, names: Names, onnx: OnnxEmitter) {
    this.#graph = graph;
    this.#precision = precision;
    this.#names = names;
    this.#onnx = onnx;
  }

  /** Whether a value is a parameter. */
  has(value: Value): boolean {
    return this.#graph.params.has(value.name);
  }

  /** The ONNX value of a parameter in an arrangement; default: as it is. */
  value({ name }: Value, arrangement?: Arrangement): string {
    const param = this.#graph.params.get(name);
    if (!param) throw internalError(`${name} is no parameter`);
    const key = arrangement?.key ?? '';
    const ofParam = this.#stored.get(name) ?? new Map<string, never>();
    this.#stored.set(name, ofParam);
    const earlier = ofParam.get(key);
    if (earlier) return earlier.value;
    const fresh = this.#store(param, arrangement);
    ofParam.set(key, fresh);
    return fresh.value;
  }

  /** The ONNX value of another tensor that is computed from a parameter; `key` tells those of one parameter apart. */
  derived(
    { name: param }: Value,
    {
      key,
      info,
      arrange,
    }: Pick<StoredWeight, 'arrange'> & {
      readonly key: string;
      readonly info: Omit<OnnxTensorInfo, 'name'>;
    },
  ): string {
    const ofParam =
      this.#stored.get(param) ?? new Map<string, { weight: StoredWeight; value: string }>();
    this.#stored.set(param, ofParam);
    const value = this.#names.claim(`${param}.${key}`);
    ofParam.set(key, { weight: { info: { name: value, ...info }, param, arrange }, value });
    return value;
  }

  /** Everything to store: by parameter, in the graph's order. */
  list(): readonly StoredWeight[] {
    return [...this.#graph.params.keys()].flatMap((name) =>
      [...(this.#stored.get(name)?.values() ?? [])].map(({ weight }) => weight),
    );
  }

  #store(param: Param, arrangement?: Arrangement): { weight: StoredWeight; value: string } {
    const halved = isHalved(param, this.#precision);
    const base = arrangement ? `${param.name}.${arrangement.key}` : param.name;
    const stored = this.#names.claim(halved ? `${base}.float16` : base);
    const shape = arrangement?.shape ?? (param.type.shape as readonly number[]);
    const type = halved ? ('float16' as const) : ('float32' as const);
    // To: float32. Processors without float16 arithmetic then run the model, too.
    const value = halved ? this.#onnx.emit('Cast', base, [stored], { to: { int: 1 } }) : stored;
    const arrange = arrangement?.arrange ?? ((data: Float32Array) => data);
    return { weight: { info: { name: stored, type, shape }, param: param.name, arrange }, value };
  }
}

/**
 * Whether a parameter is stored as float16: kernels and matrices, which are nearly all of the bytes. Biases
 * and statistics stay float32, where rounding would cost accuracy and save nothing.
 */
function isHalved(param: Param, precision: Precision): boolean {
  return precision === 'float16' && param.type.shape.length >= 2;
}

/** The elements of a bound parameter. */
export function floatsOf(name: string, tensor: HostTensor): Float32Array {
  if (tensor.dtype !== 'float32') throw internalError(`${tensor.dtype} weight ${name}`);
  return tensor.data;
}
