/** @file A graph as an ONNX graph, but for the contents of its weights. */
import { SpecError, lowerNode, type Graph, type Param, type Value } from '@slowfast/core';
import type { OnnxModel, OnnxTensorInfo, OnnxValueInfo } from '../proto/model.js';
import { Names, collector } from './emitter.js';
import { LOWERING } from './table.js';

/** How weights are stored. */
export type Precision = 'float32' | 'float16';

/** The part of an {@link OnnxModel} that a graph decides. */
export type OnnxGraph = Pick<OnnxModel, 'nodes' | 'inputs' | 'outputs' | 'constants' | 'weights'>;

/**
 * Whether a parameter is stored as float16: kernels and matrices, which are nearly all of the bytes. Biases
 * and statistics stay float32, where rounding would cost accuracy and save nothing.
 */
export function isHalved(param: Param, precision: Precision): boolean {
  return precision === 'float16' && param.type.shape.length >= 2;
}

/**
 * Lowers every node. Inputs and outputs get the graph's names for them, weights the parameters' names.
 * Throws {@link SpecError} when an output has the name of an input.
 */
export function lowerGraph(graph: Graph, precision: Precision): OnnxGraph {
  const inputs = Object.entries<Value>(graph.inputs);
  const outputs = Object.entries<Value>(graph.outputs);
  checkNames(inputs, outputs);
  const names = new Names([...inputs, ...outputs].map(([name]) => name));
  const onnxNames = new Map(inputs.map(([name, value]) => [value.name, name]));
  const weights = [...graph.params.values()].map((param): OnnxTensorInfo => {
    const name = names.claim(isHalved(param, precision) ? `${param.name}.float16` : param.name);
    const type = isHalved(param, precision) ? 'float16' : 'float32';
    return { name, type, shape: param.type.shape as readonly number[] };
  });
  const results = resultNames(graph, outputs, names);
  const onnx = collector(names, results);
  [...graph.params.values()].forEach((param, i) => {
    const { name } = weights[i]!;
    const halved = isHalved(param, precision);
    // To: float32. Processors without float16 arithmetic then run the model, too.
    const value = halved ? onnx.emit('Cast', param.name, [name], { to: { int: 1 } }) : name;
    onnxNames.set(param.name, value);
  });
  for (const node of graph.nodes) {
    const handles = node.inputs.map((input) => onnxNames.get(input.name)!);
    onnxNames.set(node.output.name, lowerNode(LOWERING, node, handles, onnx));
  }
  for (const [name, value] of outputs) {
    const source = onnxNames.get(value.name)!;
    // An output that is an input, a parameter, or the second output of one value.
    if (source !== name) onnx.emit('Identity', outputNode(name), [source]);
  }
  return {
    nodes: onnx.nodes,
    inputs: inputs.map(valueInfo),
    outputs: outputs.map(valueInfo),
    constants: onnx.constants,
    weights,
  };
}

const outputNode = (output: string): string => `output ${output}`;

/** ONNX names of nodes' results by node: the output's name for those that are outputs. */
function resultNames(
  graph: Graph,
  outputs: readonly (readonly [string, Value])[],
  names: Names,
): ReadonlyMap<string, string> {
  const outputOf = new Map<string, string>();
  for (const [name, value] of outputs) {
    if (!outputOf.has(value.name)) outputOf.set(value.name, name);
  }
  const nodes = graph.nodes.map(
    ({ name, output }) => [name, outputOf.get(output.name) ?? names.claim(output.name)] as const,
  );
  return new Map([...nodes, ...outputs.map(([name]) => [outputNode(name), name] as const)]);
}

function checkNames(
  inputs: readonly (readonly [string, Value])[],
  outputs: readonly (readonly [string, Value])[],
): void {
  const taken = new Set(inputs.map(([name]) => name));
  const twice = outputs.find(([name]) => taken.has(name));
  if (!twice) return;
  throw new SpecError({
    site: `output ${twice[0]}`,
    expected: 'a name that no input has',
    received: `'${twice[0]}', the name of an input`,
    remedy: 'ONNX names inputs and outputs apart: give the output another name',
  });
}

const valueInfo = ([name, { type }]: readonly [string, Value]): OnnxValueInfo => ({
  name,
  type: type.dtype,
  shape: type.shape,
});
