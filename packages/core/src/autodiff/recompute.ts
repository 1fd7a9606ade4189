/**
 * @file Gradients with less memory (Chen et al. 2016): what a unit of the network computes is not kept for the way back
 * but computed once more there, from what the unit reads.
 *
 * 1. Values of a unit that others read, outputs, and vectors (statistics of batch norms) are kept; the rest is not.
 * 2. A node of the way back that reads what is not kept reads a copy, made just before it, once a unit.
 * 3. The copy begins at `x + 0 · dy`: it cannot be made before the gradient has arrived, whatever order a runtime
 *    chooses, and is no expression that it could take for the first one.
 */
import { checkArguments } from '../arguments.js';
import { internalError } from '../errors.js';
import { GraphBuilder } from '../ir/builder.js';
import type { Graph, Node, Value } from '../ir/types.js';
import { sum } from './vjp.js';

/** The unit of a node, if it has one. */
export type UnitOf = (node: Node) => string | undefined;

/** Residual blocks, `slow.res4.0`, of the stages for which `isChosen` says so (`slow.res4`). */
export function residualBlocks(isChosen: (stage: string) => boolean): UnitOf {
  checkArguments('residualBlocks', { isChosen: [isChosen, 'function'] });
  return ({ name }) => {
    const [pathway, stage, block] = name.split('.');
    if (!/^\d+$/.test(block ?? '')) return undefined;
    return isChosen(`${pathway}.${stage}`) ? `${pathway}.${stage}.${block}` : undefined;
  };
}

/** The graph with gradients, `whole`, of which `forward` is the way there, with units computed once more. */
export function recomputed(forward: Graph, whole: Graph, unitOf: UnitOf): Graph {
  const there = new Set(forward.nodes.map(({ name }) => name));
  const discards = lostValues(whole, there, unitOf);
  const backward = whole.nodes.filter(({ name }) => !there.has(name));
  const nodes = whole.nodes.filter(({ name }) => there.has(name));
  const g = GraphBuilder.extending({ ...whole, nodes }, 'recompute');
  const back = new Set(backward.map(({ output }) => output.name));
  const copies = new Map<string, Value>();
  const starts = new Map<string, Value>();

  /** `x + 0 · dy`, for one unit. */
  function start(unit: string, x: Value, dy: Value | undefined): Value {
    const key = `${unit} ${x.name}`;
    const before = starts.get(key);
    if (before) return before;
    const rank = x.type.shape.length;
    if (!dy || rank !== dy.type.shape.length || rank < 3) return x;
    const s = g.scope(`recompute.${unit}`);
    const some = s.emit('slice', [dy], { axis: 1, start: 0, stop: 1, step: 1 });
    const all = dy.type.shape.map((_, axis) => axis);
    const nothing = s.emit('scale', [sum(s, some, all, true)], { factor: 0 });
    const value = s.add(x, nothing);
    starts.set(key, value);
    return value;
  }

  function copyOf(value: Value, dy: Value | undefined): Value {
    const before = copies.get(value.name);
    if (before) return before;
    const { node, unit } = discards.get(value.name)!;
    const inputs = node.inputs.map((input) => {
      if (discards.get(input.name)?.unit === unit) return copyOf(input, dy);
      return whole.params.has(input.name) ? input : start(unit, input, dy);
    });
    const copy = g.scope('recompute').emit(node.op, inputs, node.attrs, node.name);
    copies.set(value.name, copy);
    return copy;
  }

  for (const node of backward) {
    const dy = node.inputs.find(({ name }) => back.has(name));
    const inputs = node.inputs.map((input) =>
      discards.has(input.name) ? copyOf(input, dy) : input,
    );
    const { name } = g.emit(node.op, inputs, node.attrs, node.name);
    if (name !== node.output.name) throw internalError(`${node.output.name} became ${name}`);
  }
  return g.build(whole.outputs);
}

/** Values that are not kept, with who computes them. */
function lostValues(
  whole: Graph,
  there: ReadonlySet<string>,
  unitOf: UnitOf,
): ReadonlyMap<string, { readonly node: Node; readonly unit: string }> {
  const discards = new Map<string, { readonly node: Node; readonly unit: string }>();
  const outputs = new Set(Object.values<Value>(whole.outputs).map(({ name }) => name));
  for (const node of whole.nodes.filter(({ name }) => there.has(name))) {
    const unit = unitOf(node);
    for (const { name } of node.inputs) {
      if (discards.has(name) && discards.get(name)!.unit !== unit) discards.delete(name);
    }
    const { name, type } = node.output;
    if (unit !== undefined && type.shape.length > 1 && !outputs.has(name)) {
      discards.set(name, { node, unit });
    }
  }
  return discards;
}
