/** @file A graph as an ONNX graph, but for the contents of its weights. */
import {
  SpecError,
  lowerNode,
  type Graph,
  type Node,
  type OpKind,
  type NodeOf,
  type Value,
} from '@slowfast/core';
import type { OnnxModel, OnnxValueInfo } from '../proto/model.js';
import { decodedNode, type Quantizer } from '../int8/quantizer.js';
import { Names, collector } from './emitter.js';
import { FormTable, type Form, type Frames } from './frames/forms.js';
import { FRAME_LOWERING } from './frames/table.js';
import type { LoweringPlan } from './plan.js';
import { StoredWeights, type Precision, type StoredWeight } from './stored-weights.js';
import { LOWERING } from './table.js';
import { GRADIENTS, isTraining } from './training/gradients.js';
import { PLANES, hasPlanes } from './training/planes.js';

/** The part of an {@link OnnxModel} that a graph decides. */
export interface OnnxGraph extends Pick<OnnxModel, 'nodes' | 'inputs' | 'outputs' | 'constants'> {
  /** In the order of the graph's parameters. */
  readonly weights: readonly StoredWeight[];
}

/**
 * Lowers every node. Inputs and outputs get the graph's names for them, weights the parameters' names.
 * A quantizer writes its parts of the graph as int8; gradients use blocks of channels where their size is known. Throws {@link SpecError} when an output has the name of an input.
 */
export function lowerGraph(
  graph: Graph,
  precision: Precision,
  plan: LoweringPlan,
  int8?: Quantizer,
  channelBlock?: number,
): OnnxGraph {
  const inputs = Object.entries<Value>(graph.inputs);
  const outputs = Object.entries<Value>(graph.outputs);
  checkNames(inputs, outputs);
  const names = new Names([...inputs, ...outputs].map(([name]) => name));
  const onnx = collector(names, resultNames(graph, outputs, names, int8), channelBlock);
  const weights = new StoredWeights(graph, precision, names, onnx);
  const table = new FormTable(graph, onnx, weights, int8?.planOf(plan) ?? plan);
  for (const [name, value] of inputs) int8?.code(value, `input ${name}`, table);
  const isTrained = isTraining(graph);
  for (const node of graph.nodes) {
    if (isTrained && lowerTraining(node, table)) continue;
    const frames = lowerFrames(node, table);
    if (frames) table.setFrames(node.output, node.name, frames);
    else {
      const handles = int8?.handles(node, table) ?? node.inputs.map((input) => table.whole(input));
      table.setWhole(node.output, node.name, lowerNode(LOWERING, node, handles, onnx));
    }
    int8?.code(node.output, node.name, table);
  }
  for (const [name, value] of outputs) {
    const source = table.whole(value);
    // An output that is an input, a parameter, or the second output of one value.
    if (source !== name) onnx.emit('Identity', outputNode(name), [source]);
  }
  return {
    nodes: onnx.nodes,
    inputs: inputs.map(valueInfo),
    outputs: outputs.map(valueInfo),
    constants: onnx.constants,
    weights: weights.list(),
  };
}

/** Gradients, and what a trained value passes through; whether it was one. */
function lowerTraining(node: Node, table: FormTable): boolean {
  // As in lowerNode: TypeScript cannot correlate a kind with its entry.
  const lower = { ...GRADIENTS, ...PLANES }[node.op] as
    ((n: NodeOf<OpKind>, t: FormTable) => Form | undefined) | undefined;
  // The node's own name is that of the whole value, which is made of planes where something reads it.
  const isClip = hasPlanes(node.output) && node.op !== 'conv3d_weight_gradient';
  const form = lower?.(isClip ? { ...node, name: `${node.name}/planes` } : node, table);
  if (!form) return false;
  if ('planes' in form) table.setPlanes(node.output, node.name, form.planes);
  else table.setWhole(node.output, node.name, form.whole);
  return true;
}

function lowerFrames(node: Node, table: FormTable): Frames | undefined {
  // As in lowerNode: TypeScript cannot correlate a kind with its entry.
  const lower = FRAME_LOWERING[node.op] as
    ((n: NodeOf<OpKind>, t: FormTable) => Frames | undefined) | undefined;
  return lower?.(node, table);
}

const outputNode = (output: string): string => `output ${output}`;

/** ONNX names of nodes' results by node: the output's name for those that are outputs. */
function resultNames(
  graph: Graph,
  outputs: readonly (readonly [string, Value])[],
  names: Names,
  int8: Quantizer | undefined,
): ReadonlyMap<string, string> {
  const outputOf = new Map<string, string>();
  for (const [name, value] of outputs) {
    if (!outputOf.has(value.name)) outputOf.set(value.name, name);
  }
  const nodes = graph.nodes.map(({ name, output }) => {
    const result = outputOf.get(output.name);
    if (result === undefined) return [name, names.claim(output.name)] as const;
    return [int8?.isCoded(output) ? decodedNode(name) : name, result] as const;
  });
  return new Map([...nodes, ...outputs.map(([name]) => [outputNode(name), name] as const)]);
}

function checkNames(
  inputs: readonly (readonly [string, Value])[],
  outputs: readonly (readonly [string, Value])[],
): void {
  const names = new Set(inputs.map(([name]) => name));
  const twice = outputs.find(([name]) => names.has(name));
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
