/**
 * @file Where a network sees a class: Grad-CAM (Selvaraju et al. 2017) as outputs of the graph. The gradient of the
 * class's logit with respect to a tap `[N, C, T, H, W]` is averaged over H and W for each frame, as PySlowFast does for
 * video; the map is what is above zero of the tap's channels, summed by these weights.
 */
import { checkArguments } from '../arguments.js';
import { SpecError } from '../errors.js';
import { GraphBuilder } from '../ir/builder.js';
import type { Graph, NodeOf, Value } from '../ir/types.js';
import type { Model } from '../model/model.js';
import { prepareForInference } from '../passes/pipeline.js';
import { prune } from '../passes/prune.js';
import type { RunnableModel } from '../runtime/runtime.js';
import { gradient, gradientOf } from './gradient.js';
import { product, sum } from './vjp.js';

/** The input that says which classes are asked for: a weight for each, 1 for one class and 0 for the others. */
export const CLASS_INPUT = 'class';

/** The output that holds the map of a tap, `[N, T, H, W]` of the tap. */
export const activationMapOf = (tap: string): string => `map.${tap}`;

/**
 * The model with a further input {@link CLASS_INPUT} `[N, classes]` and, beside its `scores`, an output
 * {@link activationMapOf} each tap: the class-activation map, at least 0. Any runtime runs it. Throws
 * {@link SpecError} for a model without scores, an unknown tap, and one that the scores do not depend on.
 *
 * @example
 * const explained = classActivationModel(slowfast, ['slow.res5', 'fast.res5']);
 * await using model = await runtime.compile(explained, weights);
 * const { 'map.slow.res5': map } = await model.run({ slow, fast, class: oneHot });
 */
export function classActivationModel(
  model: Pick<Model, 'name' | 'graph' | 'features' | 'parameterNames'>,
  taps: readonly string[],
): RunnableModel {
  checkArguments('classActivationModel', { model: [model, 'model'], taps: [taps, 'array'] });

  const { name, parameterNames } = model;
  const { scores } = model.graph.outputs as Readonly<Record<string, Value | undefined>>;
  if (!scores) {
    throw new SpecError({
      site: name,
      expected: "a classifier, with the output 'scores'",
      received: Object.keys(model.graph.outputs).join(', '),
    });
  }
  // Their names are known when the model is.
  const { outputs } = model.features(taps as readonly 'head'[]).graph;
  // Batch norms are folded before the way back is built, which is then as short.
  const network = prepareForInference<string, string>(
    prune({ ...model.graph, outputs: { ...outputs, scores } }),
  );
  const g = GraphBuilder.extending(network, name);
  const logits = logitsOf(network, g);
  const classes = g.input(CLASS_INPUT, logits.type);
  const axes = logits.type.shape.map((_, axis) => axis);
  const score = sum(g, product(g, logits, classes), axes);
  const values = new Map(taps.map((tap) => [tap, network.outputs[tap]!] as const));
  const wrt = [...values.values()].map((value) => value.name);
  const both = gradient(g.build({ ...network.outputs, score }), { loss: 'score', wrt });
  const maps = GraphBuilder.extending(both, name);
  const own = [...values].map(([tap, value]) => {
    const weights = maps.mean(both.outputs[gradientOf(value.name)]!, [3, 4], true);
    const map = maps.relu(sum(maps, product(maps, value, weights), [1]));
    return [activationMapOf(tap), map] as const;
  });
  const graph = maps.build({ scores: network.outputs['scores']!, ...Object.fromEntries(own) });
  return { name, graph: prune(graph), parameterNames };
}

/** What the scores are before their activation: of a saturated probability nothing flows back. */
function logitsOf(graph: Graph, g: GraphBuilder): Value {
  const producer = new Map(graph.nodes.map((node) => [node.output.name, node] as const));
  const before = (value: Value): Value | undefined => {
    const node = producer.get(value.name);
    const isActivation = node?.op === 'softmax' || node?.op === 'activation';
    return isActivation ? node.inputs[0] : undefined;
  };
  const scores = graph.outputs['scores']!;
  const node = producer.get(scores.name);
  if (node?.op !== 'reduce') return before(scores) ?? scores;
  // Probabilities that are averaged over positions.
  const [inner] = node.inputs as readonly [Value];
  const logits = before(inner);
  return logits ? g.emit('reduce', [logits], (node as NodeOf<'reduce'>).attrs) : scores;
}
