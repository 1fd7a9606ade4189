/** @file Learning rates that differ between the layers of a network, as fine-tuning has them. */
import { checkArguments, SpecError, type Graph } from '@slowfast/core';
import { checkParts, isInside } from './parameters.js';

/** How the learning rate differs; both factors are multiplied where both are there. */
export interface LayerRates {
  /** Factor from stage to stage, from the head (1) down to the stem (He et al. 2022 call it layer-wise decay). */
  readonly layerDecay?: number;
  /** Factor by the name of a part (`slow.res5`, `head`); the longest name that fits counts. */
  readonly rates?: Readonly<Record<string, number>>;
}

/**
 * The factor on the learning rate of a parameter, by its name. Throws {@link SpecError} for parts that hold no
 * parameter, and factors that are none.
 *
 * @example
 * const rateOf = layerRates(graph, { layerDecay: 0.7, rates: { head: 10 } });
 * rateOf('slow.res4.0.a.conv.weight'); // 0.7 ** 2
 */
export function layerRates(graph: Graph, options: LayerRates = {}): (parameter: string) => number {
  checkArguments('layerRates', { graph: [graph, 'graph'], options: [options, 'object'] });
  const { layerDecay = 1, rates = {} } = options;
  checkParts('rates', Object.keys(rates), graph);
  for (const [site, value] of Object.entries({ layerDecay, ...rates })) {
    if (value > 0 && Number.isFinite(value)) continue;
    throw new SpecError({ site, expected: 'a positive factor', received: `${value}` });
  }
  const depthOf = depths(graph);
  const parts = Object.entries(rates).sort(([a], [b]) => b.length - a.length);
  return (parameter) => {
    const [, factor = 1] = parts.find(([part]) => isInside([part], parameter)) ?? [];
    return factor * layerDecay ** depthOf(parameter);
  };
}

/** Stages between a parameter and the scores: those of a pathway, in their order; the head has none. */
function depths(graph: Graph): (parameter: string) => number {
  const names = [...graph.params.keys()].map((name) => name.split('.'));
  const own = names.filter(([pathway]) => pathway! in graph.inputs);
  const stages = [...new Set(own.map(([, stage]) => stage!))];
  return (parameter) => {
    const stage = parameter.split('.').findLast((word) => stages.includes(word));
    return stage === undefined ? 0 : stages.length - stages.indexOf(stage);
  };
}
