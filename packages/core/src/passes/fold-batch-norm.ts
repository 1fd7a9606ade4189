/**
 * @file Folds batch norms into the convolutions before them (inference only: it fixes the statistics).
 *
 * 1. `z = batch_norm(op(x, w, b?), γ, β, μ, σ²)` where the operation has the trait `linear` becomes
 *    `z = op(x, w·γ/√(σ²+ε), β + (b − μ)·γ/√(σ²+ε))`. The weight keeps its name, a bias keeps its
 *    own, and a new one is called `<node>.bias`.
 * 2. Only if nothing but the norm reads the operation's result, and it is no output of the graph.
 * 3. Only if the operation applies no activation before the norm.
 * 4. Only if weight, bias and statistics are parameters, and weight and bias are not shared with
 *    another node.
 *
 * Tensor data is not touched: the parameters get expressions, which are computed when weights are bound.
 */
import { checkArguments } from '../arguments.js';
import type { Graph, Node, NodeOf, Param, Value } from '../ir/types.js';
import { traitsOf } from '../ops/table.js';
import type { NormExpressions } from '../ir/expression.js';
import { usesOf, valueNames, withoutUnusedParams, type Uses } from './rewrite.js';

interface Folding {
  readonly producer: Node;
  readonly weight: Param;
  readonly bias: Param | undefined;
  readonly norm: NormExpressions;
}

/** Folds every batch norm that follows a linear operation into that operation's weight and bias. */
export function foldBatchNorm<I extends string, O extends string>(graph: Graph<I, O>): Graph<I, O> {
  checkArguments('foldBatchNorm', { graph: [graph, 'graph'] });

  const uses = usesOf(graph);
  const names = valueNames(graph);
  const params = new Map(graph.params);
  const replaced = new Map<Node, Node | undefined>();
  for (const node of graph.nodes) {
    if (node.op !== 'batch_norm') continue;
    const folding = match(graph, uses, node);
    if (!folding) continue;
    const { producer, norm } = folding;
    const weight: Param = {
      ...folding.weight,
      expression: { kind: 'folded-weight', weight: folding.weight.expression, norm },
    };
    const bias: Param = {
      name: folding.bias?.name ?? freeName(`${producer.name}.bias`, names),
      type: { dtype: weight.type.dtype, shape: weight.type.shape.slice(0, 1) },
      role: 'bias',
      expression: { kind: 'folded-bias', bias: folding.bias?.expression, norm },
    };
    for (const param of [weight, bias]) {
      params.set(param.name, param);
      names.add(param.name);
    }
    replaced.set(producer, undefined);
    // The norm's value keeps its name: what a name means does not change under a pass.
    const { name, output } = node;
    replaced.set(node, { ...producer, name, output, inputs: [producer.inputs[0]!, weight, bias] });
  }
  const nodes = graph.nodes.flatMap((node) => {
    const now = replaced.has(node) ? replaced.get(node) : node;
    return now ? [now] : [];
  });
  return withoutUnusedParams({ ...graph, params, nodes });
}

function match(graph: Graph, uses: Uses, norm: NodeOf<'batch_norm'>): Folding | undefined {
  const [x, ...statistics] = norm.inputs;
  const producer = uses.producer(x!);
  if (!producer || !traitsOf(producer).linear) return undefined;
  if (uses.isOutput(x!) || uses.readers(x!).length !== 1) return undefined;
  if ('activation' in producer.attrs && producer.attrs.activation !== 'identity') return undefined;
  const own = (value: Value | undefined): Param | undefined => {
    const param = value && graph.params.get(value.name);
    return param && uses.readers(param).length === 1 && !uses.isOutput(param) ? param : undefined;
  };
  const weight = own(producer.inputs[1]);
  const bias = own(producer.inputs[2]);
  const parts = statistics.flatMap((value) => graph.params.get(value.name)?.expression ?? []);
  const [scale, shift, mean, variance] = parts;
  if (!weight || (producer.inputs[2] && !bias)) return undefined;
  if (!scale || !shift || !mean || !variance) return undefined;
  return {
    producer,
    weight,
    bias,
    norm: { scale, shift, mean, variance, epsilon: norm.attrs.epsilon },
  };
}

function freeName(base: string, names: ReadonlySet<string>): string {
  let name = base;
  for (let n = 2; names.has(name); n++) name = `${base}_${n}`;
  return name;
}
