/** @file Reverse-mode differentiation of a graph: one walk, from the loss back. */
import { checkArguments } from '../arguments.js';
import { ShapeError, SpecError } from '../errors.js';
import { GraphBuilder } from '../ir/builder.js';
import type { Graph, Node, Value } from '../ir/types.js';
import { nearestNames } from '../model/nearest.js';
import { shapeText } from '../ops/definition.js';
import { verify } from '../ir/verify.js';
import { prune } from '../passes/prune.js';
import { recomputed, type UnitOf } from './recompute.js';
import { RULES } from './rules.js';
import type { Cotangent, DifferentiableOp, Vjp } from './vjp.js';

/** Options of {@link gradient}. */
export interface GradientOptions {
  /** The output, a scalar `[]`, whose gradients are wanted. */
  readonly loss: string;
  /** Names of values: inputs, parameters, or what nodes compute (a tap's value, for one). */
  readonly wrt: readonly string[];
  /** Units whose values are computed once more on the way back, in place of being kept; default: none. */
  readonly recompute?: UnitOf;
}

/** The name of the output that holds the gradient with respect to a value. */
export const gradientOf = (name: string): string => `gradient.${name}`;

/**
 * The graph with further outputs: the gradient of a scalar output with respect to each value of `wrt`, of the value's
 * shape, called {@link gradientOf} its name. Throws {@link SpecError} for an unknown name, for a value that the loss
 * does not depend on, and where the way leads through what has no gradient (boxes, targets); {@link ShapeError} for a
 * loss that is no scalar.
 *
 * @example
 * const both = gradient(graph, { loss: 'loss', wrt: ['head.projection.weight'] });
 * const { loss, 'gradient.head.projection.weight': dw } = await interpret(both, weights, feeds);
 */
export function gradient(graph: Graph, options: GradientOptions): Graph {
  checkArguments('gradient', {
    graph: [graph, 'graph'],
    options: [options, 'object'],
  });
  const { loss, wrt, recompute } = options;
  const target = graph.outputs[loss];
  if (!target) throw unknown('loss', loss, Object.keys(graph.outputs));
  if (target.type.shape.length > 0) {
    throw new ShapeError({
      site: `gradient of ${loss}`,
      expected: 'a scalar',
      received: shapeText(target.type.shape),
      remedy: 'Reduce it to a mean or a sum over all axes',
    });
  }
  const varying = dependents(graph, wrt);
  const g = GraphBuilder.extending(graph, 'gradient').scope('gradient');
  const gradients = new Map<string, Value>();
  const add = (to: Value, part: Value): void => {
    const before = gradients.get(to.name);
    gradients.set(to.name, before ? g.scope(to.name).add(before, part) : part);
  };
  add(target, g.emit('fill', [], { shape: [], value: 1 }));
  for (const node of graph.nodes.toReversed()) {
    const dy = gradients.get(node.output.name);
    if (!dy || !varying.has(node.output.name)) continue;
    const needs = (input: number): boolean => varying.has(node.inputs[input]?.name ?? '');
    const parts = ruleOf(node)(node, { g: g.scope(node.name), dy, needs });
    node.inputs.forEach((input, i) => {
      const part = parts[i];
      if (part && needs(i)) add(input, part);
    });
  }
  const outputs = wrt.map((name) => {
    const value = gradients.get(name);
    if (value) return [gradientOf(name), value] as const;
    throw new SpecError({
      site: `gradient of ${loss}`,
      expected: 'values that it depends on',
      received: `'${name}'`,
    });
  });
  const whole = g.build({ ...graph.outputs, ...Object.fromEntries(outputs) });
  const pruned = prune(whole, { keepInputs: true });
  const result = recompute ? recomputed(graph, pruned, recompute) : pruned;
  verify(result);
  return result;
}

/** The names of values that depend on those of `wrt`, and these themselves. */
function dependents(graph: Graph, wrt: readonly string[]): ReadonlySet<string> {
  const names = new Set([
    ...Object.values<Value>(graph.inputs).map(({ name }) => name),
    ...graph.params.keys(),
    ...graph.nodes.map(({ output }) => output.name),
  ]);
  for (const name of wrt) if (!names.has(name)) throw unknown('wrt', name, names);
  const varying = new Set(wrt);
  for (const { inputs, output } of graph.nodes) {
    if (inputs.some(({ name }) => varying.has(name))) varying.add(output.name);
  }
  return varying;
}

/** The rule of a node. Throws {@link SpecError} for an adjoint: second derivatives are not there. */
function ruleOf(node: Node): (node: Node, cotangent: Cotangent) => readonly (Value | undefined)[] {
  const rule = RULES[node.op as DifferentiableOp] as Vjp<DifferentiableOp> | undefined;
  if (rule) return rule as ReturnType<typeof ruleOf>;
  throw new SpecError({
    site: node.name,
    expected: 'an operation that can be differentiated',
    received: `${node.op}, a gradient itself`,
  });
}

function unknown(option: string, name: string, names: Iterable<string>): SpecError {
  return new SpecError({
    site: `gradient: ${option}`,
    expected: option === 'loss' ? 'the name of an output' : 'the name of a value',
    received: `'${name}'`,
    remedy: `The nearest are ${nearestNames(name, new Set(names)).join(', ')}`,
  });
}
