/** @file Writes the int8 parts of a graph as QuantizeLinear and DequantizeLinear around standard operators. */
import type { Graph, Node, Value } from '@slowfast/core';
import type { OnnxEmitter } from '../lowering/emitter.js';
import type { FormTable } from '../lowering/frames/forms.js';
import type { LoweringPlan } from '../lowering/plan.js';
import { rangeOf, type Calibration } from './calibration.js';
import {
  activationCode,
  biasCodes,
  biasScales,
  weightCodes,
  weightScales,
  type ActivationCode,
  type FloatLayer,
} from './codes.js';
import { quantizedParts, type QuantizedParts } from './quantized-parts.js';

/** How a model becomes int8. */
export interface QuantizeOptions {
  /** Ranges of the activations: `calibrate(model, weights, clips)`. */
  readonly calibration: Calibration;
  /** Names of convolutions that stay float, beside those that the rule leaves. */
  readonly keepFloat?: readonly string[];
}

/** The name of the node after which a value is made of codes again. */
export const decodedNode = (node: string): string => `${node}/decoded`;

/** Takes part in the lowering of a graph; {@link quantizer} makes it. */
export interface Quantizer {
  /** The graph with small parameters first: a bias must be known when its layer's weight is written. */
  readonly graph: Graph;
  /** Whether a value is made of codes. */
  isCoded(value: Value): boolean;
  /** The plan without the layers that compute with codes, which they do on five axes. */
  planOf(plan: LoweringPlan): LoweringPlan;
  /** Codes a value that was just computed by a node (or is an input), where it is to be coded. */
  code(value: Value, node: string, table: FormTable): void;
  /** The inputs of a convolution that computes with codes; undefined for other nodes. */
  handles(node: Node, table: FormTable): readonly string[] | undefined;
  /** Takes note of a parameter's elements, before those that were derived from it are asked for. */
  note(param: string, data: Float32Array): void;
}

/** Prepares a graph, after prepareForInference; throws SpecError for a calibration that does not fit. */
export function quantizer(source: Graph, { calibration, keepFloat }: QuantizeOptions): Quantizer {
  const graph = biasesFirst(source);
  const parts = quantizedParts(graph, keepFloat);
  const codes = codesOf(parts, calibration);
  const isPlain = new Set(
    graph.nodes.flatMap(({ op, name, output }) =>
      parts.layers.has(name) || (op === 'max_pool3d' && codes.has(output.name)) ? [name] : [],
    ),
  );
  const biases = new Map<string, Float32Array>();
  for (const { name, inputs } of graph.nodes) {
    if (parts.layers.has(name) && inputs[2]) biases.set(inputs[2].name, new Float32Array());
  }
  return {
    graph,
    isCoded: ({ name }) => codes.has(name),
    planOf: (plan) => new Map([...plan].filter(([layer]) => !isPlain.has(layer))),
    code: (value, node, table) => {
      const code = codes.get(value.name);
      if (!code) return;
      const ends = codeInputs(code, table.onnx);
      const coded = table.onnx.emit('QuantizeLinear', `${node}/coded`, [
        table.whole(value),
        ...ends,
      ]);
      table.setWhole(
        value,
        node,
        table.onnx.emit('DequantizeLinear', decodedNode(node), [coded, ...ends]),
      );
    },
    handles: (node, table) => {
      if (!parts.layers.has(node.name)) return undefined;
      const [x, weight, bias] = node.inputs;
      const inputScale = codes.get(x!.name)!.scale;
      const channels = weight!.type.shape[0] as number;
      const layer = (data: Float32Array): FloatLayer => {
        return { weight: data, bias: bias && biases.get(bias.name), channels, inputScale };
      };
      return [table.whole(x!), ...layerInputs(node, layer, table)];
    },
    note: (param, data) => {
      if (biases.has(param)) biases.set(param, data);
    },
  };
}

function codesOf(
  { ranges }: QuantizedParts,
  calibration: Calibration,
): ReadonlyMap<string, ActivationCode> {
  return new Map(
    [...ranges].map(([value, source]) => [value, activationCode(rangeOf(calibration, source))]),
  );
}

function codeInputs({ scale, zeroPoint }: ActivationCode, onnx: OnnxEmitter): readonly string[] {
  return [onnx.float(scale), onnx.tensor('uint8', [], Uint8Array.of(zeroPoint))];
}

/** Weight and bias of a layer: codes in the file, with a scale for each channel, and DequantizeLinear. */
function layerInputs(
  { name, inputs: [, weight, bias] }: Node,
  layer: (data: Float32Array) => FloatLayer,
  { onnx, weights }: FormTable,
): readonly string[] {
  const shape = weight!.type.shape as readonly number[];
  const channels = shape[0]!;
  const derived = (
    key: string,
    type: 'float32' | 'int8' | 'int32',
    of: (data: FloatLayer) => Float32Array | Int8Array | Int32Array,
  ): string =>
    weights.derived(weight!, {
      // By layer: another that shares the weight has another input, and so other scales.
      key: `${key} of ${name}`,
      info: { type, shape: type === 'int8' ? shape : [channels] },
      arrange: (data) => of(layer(data)),
    });
  const decoded = (part: string, tensors: readonly string[]): string =>
    onnx.emit('DequantizeLinear', `${name}/${part}`, tensors, { axis: { int: 0 } });
  const zeros = (type: 'int8' | 'int32'): string =>
    onnx.tensor(
      type,
      [channels],
      type === 'int8' ? new Int8Array(channels) : new Int32Array(channels),
    );
  const filters = decoded('weight', [
    derived('codes', 'int8', weightCodes),
    derived('scales', 'float32', weightScales),
    zeros('int8'),
  ]);
  if (!bias) return [filters];
  const shift = decoded('bias', [
    derived('bias codes', 'int32', biasCodes),
    derived('bias scales', 'float32', biasScales),
    zeros('int32'),
  ]);
  return [filters, shift];
}

function biasesFirst(graph: Graph): Graph {
  const params = [...graph.params].toSorted(
    ([, a], [, b]) => a.type.shape.length - b.type.shape.length,
  );
  return { ...graph, params: new Map(params) };
}
