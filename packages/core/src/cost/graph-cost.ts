/** @file What a graph costs: multiply-adds, parameters and activation memory, per node, group and whole. */
import { checkArguments } from '../arguments.js';
import { SpecError } from '../errors.js';
import type { Graph, Node, Value } from '../ir/types.js';
import { elementsOf, shapeText } from '../ops/definition.js';
import { macsOf } from '../ops/table.js';
import { storedLeaves, type ParamRole } from '../ir/expression.js';
import { sizeOf } from '../tensor.js';

/** Cost of a part of a graph for one clip and one region. */
export interface Cost {
  /** Trained numbers: weights, biases, scales and shifts of norms, but no running statistics. */
  readonly parameters: number;
  /** Multiply-adds of convolutions, linear layers and matrix products, as the field counts "GFLOPs". */
  readonly multiplyAdds: number;
  /** Multiply-adds of convolutions and linear layers alone. */
  readonly convLinear: number;
  /** Bytes of all values that the nodes compute, as float32. */
  readonly activationBytes: number;
}

/** Cost of one node. A parameter that several nodes share is counted at the first. */
export interface NodeCost extends Cost {
  readonly node: Node;
}

/** Cost of a whole graph. */
export interface GraphCost extends Cost {
  /**
   * Bytes of the values alive at once where that is most, as float32: a value lives from the node
   * that computes it to the last that reads it, an output to the end; inputs live throughout.
   */
  readonly peakActivationBytes: number;
  readonly nodes: readonly NodeCost[];
}

const TRAINED: readonly ParamRole[] = ['weight', 'bias', 'norm-scale', 'norm-shift'];
const FLOAT_BYTES = 4;

/**
 * Cost of every node and of the whole graph, for one clip (and one region). Throws {@link SpecError} for a graph whose
 * frames or size each run may choose, as its cost is not known.
 */
export function graphCost(graph: Graph): GraphCost {
  checkArguments('graphCost', { graph: [graph, 'graph'] });

  checkSizes(graph);
  const counted = new Set<string>();
  const nodes = graph.nodes.map((node): NodeCost => {
    const multiplyAdds = macsOf(node);
    return {
      node,
      parameters: parametersOf(graph, node, counted),
      multiplyAdds,
      convLinear: node.op === 'conv3d' || node.op === 'linear' ? multiplyAdds : 0,
      activationBytes: bytesOf(node.output),
    };
  });
  return { ...sumOf(nodes), peakActivationBytes: peakBytes(graph), nodes };
}

/** Clips and regions are what a cost is of; of what else is not known there is none. */
function checkSizes(graph: Graph): void {
  for (const [name, { type }] of Object.entries<Value>(graph.inputs)) {
    const open = type.shape.find((dim) => typeof dim === 'string' && dim !== 'N' && dim !== 'R');
    if (open === undefined) continue;
    throw new SpecError({
      site: `cost, input ${name}`,
      expected: 'sizes that are known but for clips (N) and regions (R)',
      received: shapeText(type.shape),
      remedy: 'Take the cost of the graph before dynamicSize',
    });
  }
}

/** Sums of node costs by what `groupBy` says of each node, in order of first appearance. */
export function groupedCost(
  cost: GraphCost,
  groupBy: (node: Node) => string,
): ReadonlyMap<string, Cost> {
  checkArguments('groupedCost', { cost: [cost, 'object'], groupBy: [groupBy, 'function'] });

  const groups = new Map<string, NodeCost[]>();
  for (const row of cost.nodes) {
    const group = groupBy(row.node);
    const rows = groups.get(group);
    if (rows) rows.push(row);
    else groups.set(group, [row]);
  }
  return new Map([...groups].map(([group, rows]) => [group, sumOf(rows)]));
}

function sumOf(rows: readonly Cost[]): Cost {
  const total = { parameters: 0, multiplyAdds: 0, convLinear: 0, activationBytes: 0 };
  for (const row of rows) {
    total.parameters += row.parameters;
    total.multiplyAdds += row.multiplyAdds;
    total.convLinear += row.convLinear;
    total.activationBytes += row.activationBytes;
  }
  return total;
}

function parametersOf(graph: Graph, node: Node, counted: Set<string>): number {
  let total = 0;
  for (const input of node.inputs) {
    const param = graph.params.get(input.name);
    if (!param) continue;
    for (const leaf of storedLeaves(param.expression)) {
      if (counted.has(leaf.name) || !TRAINED.includes(leaf.role)) continue;
      counted.add(leaf.name);
      total += sizeOf(leaf.shape);
    }
  }
  return total;
}

const bytesOf = (value: Value): number => FLOAT_BYTES * elementsOf(value.type.shape);

/**
 * {@link GraphCost.peakActivationBytes} for so many clips at once: what has their number as a dimension grows with it,
 * parameters that are inputs and their gradients do not.
 */
export function peakBytes(graph: Graph, clips = 1): number {
  checkArguments('peakBytes', { graph: [graph, 'graph'] });

  const bytesOf = ({ type }: Value): number =>
    FLOAT_BYTES * elementsOf(type.shape) * (type.shape.includes('N') ? clips : 1);
  const lastReader = new Map<string, number>();
  graph.nodes.forEach((node, at) => {
    for (const input of node.inputs) lastReader.set(input.name, at);
  });
  const inputs = Object.values<Value>(graph.inputs);
  const outputs = Object.values<Value>(graph.outputs);
  const pinned = new Set([...inputs, ...outputs].map(({ name }) => name));
  let alive = inputs.reduce((sum, value) => sum + bytesOf(value), 0);
  let peak = alive;
  graph.nodes.forEach((node, at) => {
    alive += bytesOf(node.output);
    peak = Math.max(peak, alive);
    const done = new Map([...node.inputs, node.output].map((value) => [value.name, value]));
    for (const value of done.values()) {
      const isLast = (lastReader.get(value.name) ?? at) === at;
      if (isLast && !pinned.has(value.name) && !graph.params.has(value.name)) {
        alive -= bytesOf(value);
      }
    }
  });
  return peak;
}
