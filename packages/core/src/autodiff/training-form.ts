/**
 * @file A network as it is trained.
 *
 * 1. `batch_norm(x, γ, β, μ, σ²)` becomes `batch_norm_training(x, γ, β, mean, variance)` with `mean = reduce(x)` and
 *    `variance = batch_variance(x, mean)`, which are further outputs. Norms with fixed statistics stay.
 * 2. `dropout(x)` becomes `mul(x, mask)` with the mask as a further input.
 * 3. Values that are dropped for a whole batch (DropPathway) become `mul(value, gate)` with one number as a further input.
 * 4. Trained parameters become inputs of their name; the others stay constants, so that what is made of them alone is
 *    as quick as at inference.
 */
import { checkArguments } from '../arguments.js';
import { GraphBuilder } from '../ir/builder.js';
import type { Dim, Graph, NodeOf, Value } from '../ir/types.js';
import { elementsOf } from '../ops/definition.js';
import { withoutUnusedParams } from '../passes/rewrite.js';
import { besideChannels } from './vjp.js';

/** Statistics of one batch norm's input. */
export interface BatchStatistics {
  /** The norm's name. */
  readonly norm: string;
  /** Outputs of the training form: the mean `[C]` and the biased variance `[C]`. */
  readonly mean: string;
  readonly variance: string;
  /** Parameters that average them. */
  readonly runningMean: string;
  readonly runningVariance: string;
  /** Weight of the newest batch in the running averages. */
  readonly momentum: number;
  /** Positions of one clip over which they are taken; times the clips of a batch. */
  readonly positions: number;
  /** Whether nothing but dropped values depend on the norm: where they are, it has seen nothing. */
  readonly isDropped: boolean;
}

/** A mask to be fed. */
export interface DropoutMask {
  /** The layer's name. */
  readonly layer: string;
  /** The input. Its elements are 0 with probability `rate`, else `1 / (1 − rate)`. */
  readonly input: string;
  readonly rate: number;
  readonly shape: readonly Dim[];
}

/** A network as it is trained, and what has to be fed and kept. */
export interface TrainingForm {
  readonly graph: Graph;
  readonly statistics: readonly BatchStatistics[];
  readonly masks: readonly DropoutMask[];
  /** The input, `[1, 1, 1, 1, 1]`, that values to be dropped are multiplied by: 1, or 0 to drop them. */
  readonly gate?: string;
}

/** Options of {@link trainingForm}. */
export interface TrainingFormOptions {
  /** Whether a parameter becomes an input; default: every weight, bias, scale and shift. */
  readonly isTrained?: (param: string) => boolean;
  /** Whether a batch norm keeps its running statistics; default: none. */
  readonly hasFixedStatistics?: (norm: NodeOf<'batch_norm'>) => boolean;
  /** Whether anything is dropped; default true. */
  readonly dropout?: boolean;
  /** Names of values `[N, C, T, H, W]` that are dropped together, for all clips of a batch; default: none. */
  readonly gated?: ReadonlySet<string>;
}

/** Rewrites a network for training; rules in the file's header. */
export function trainingForm(graph: Graph, options: TrainingFormOptions = {}): TrainingForm {
  checkArguments('trainingForm', { graph: [graph, 'graph'], options: [options, 'object'] });

  const { hasFixedStatistics = () => false, dropout = true, gated = new Set() } = options;
  const isLive = liveValues(graph, gated);
  const isTrained = options.isTrained ?? ((name) => isLearned(graph, name));
  const trained = [...graph.params.values()].filter(({ name }) => isTrained(name));
  const start: Graph = {
    ...graph,
    inputs: {
      ...graph.inputs,
      ...Object.fromEntries(
        trained.map(({ name, type }): [string, Value] => [name, { name, type }]),
      ),
    },
    params: new Map([...graph.params].filter(([name]) => !isTrained(name))),
    nodes: [],
  };
  const g = GraphBuilder.extending(start, 'training');
  const replaced = new Map<string, Value>();
  const statistics: BatchStatistics[] = [];
  const outputs: Record<string, Value> = {};
  const masks: DropoutMask[] = [];
  const isGated = dropout && graph.nodes.some(({ output }) => gated.has(output.name));
  const gate = isGated ? g.input(GATE, { dtype: 'float32', shape: [1, 1, 1, 1, 1] }) : undefined;
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => replaced.get(input.name) ?? input);
    const emit = (): Value => g.emit(node.op, inputs, node.attrs, node.name);
    if (node.op === 'batch_norm' && !hasFixedStatistics(node)) {
      const [mean, variance] = statisticsOf(g, inputs[0]!, node.name);
      const { name, attrs } = node;
      const names = { mean: `${name}.batch_mean`, variance: `${name}.batch_variance` };
      outputs[names.mean] = mean;
      outputs[names.variance] = variance;
      const own = [...inputs.slice(0, 3), mean, variance];
      const y = g.emit('batch_norm_training', own, { epsilon: attrs.epsilon }, name);
      replaced.set(node.output.name, y);
      statistics.push({
        norm: name,
        ...names,
        runningMean: node.inputs[3]!.name,
        runningVariance: node.inputs[4]!.name,
        momentum: attrs.momentum,
        positions: elementsOf(inputs[0]!.type.shape.slice(2)),
        isDropped: !isLive.has(node.output.name),
      });
    } else if (node.op === 'dropout' && dropout && node.attrs.rate > 0) {
      const { rate } = node.attrs;
      const input = `${node.name}.mask`;
      masks.push({ layer: node.name, input, rate, shape: inputs[0]!.type.shape });
      const mask = g.input(input, inputs[0]!.type);
      replaced.set(node.output.name, g.emit('mul', [inputs[0]!, mask], {}, node.name));
    } else {
      replaced.set(node.output.name, emit());
    }
    if (!gate || !gated.has(node.output.name)) continue;
    const value = replaced.get(node.output.name)!;
    replaced.set(node.output.name, g.emit('mul', [value, gate], {}, `${node.name}.gated`));
  }
  const own = Object.entries<Value>(graph.outputs).map(
    ([name, value]) => [name, replaced.get(value.name) ?? value] as const,
  );
  const whole = g.build({ ...Object.fromEntries(own), ...outputs });
  return {
    ...{ graph: withoutUnusedParams(whole), statistics, masks },
    ...(gate ? { gate: GATE } : {}),
  };
}

const GATE = 'drop_pathway.gate';

/** Values that outputs depend on other than through dropped ones. */
function liveValues({ nodes, outputs }: Graph, gated: ReadonlySet<string>): ReadonlySet<string> {
  const live = new Set(Object.values<Value>(outputs).map(({ name }) => name));
  for (const { output, inputs } of nodes.toReversed()) {
    if (!live.has(output.name) || gated.has(output.name)) continue;
    for (const { name } of inputs) live.add(name);
  }
  return live;
}

function statisticsOf(g: GraphBuilder, x: Value, norm: string): readonly [Value, Value] {
  const axes = besideChannels(x);
  const mean = g.emit('reduce', [x], { fn: 'mean', axes, keepDims: false }, `${norm}.batch_mean`);
  return [mean, g.emit('batch_variance', [x, mean], {}, `${norm}.batch_variance`)];
}

function isLearned(graph: Graph, name: string): boolean {
  const role = graph.params.get(name)?.role;
  return role !== 'running-mean' && role !== 'running-variance';
}
