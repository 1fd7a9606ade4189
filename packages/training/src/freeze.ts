/** @file Which parts fine-tuning leaves as they are. */
import { checkArguments, SpecError, type Graph, type Node } from '@slowfast/core';
import { checkParts, isInside, type PartNames } from './parameters.js';

/**
 * What is frozen: `backbone` (all but the head), `before slow.res5` (everything that the stage is computed from), or
 * names of parts.
 */
export type Freeze = 'backbone' | `before ${string}` | PartNames;

/**
 * The names of the parts that are frozen. Throws {@link SpecError} for parts that hold no parameter, and where nothing
 * would be left to train.
 *
 * @example
 * frozenParts(graph, 'before slow.res5'); // the stem to res4 of both pathways, and the laterals between
 */
export function frozenParts(graph: Graph, freeze: Freeze): PartNames {
  checkArguments('frozenParts', { graph: [graph, 'graph'] });
  if (typeof freeze !== 'string') {
    checkParts('freeze', freeze, graph);
    return freeze;
  }
  const names = [...graph.params.keys()];
  if (freeze === 'backbone') {
    checkParts('freeze: backbone', ['head'], graph);
    return names.filter((name) => !isInside(['head'], name));
  }
  const stage = /^before (.+)$/.exec(freeze)?.[1];
  if (stage === undefined) {
    throw new SpecError({
      site: 'freeze',
      expected: "'backbone', 'before' and a stage, or a list of parts",
      received: `'${freeze}'`,
      remedy: "Write 'before slow.res5'",
    });
  }
  checkParts('freeze', [stage], graph);
  const before = ancestors(graph, (node) => isInside([stage], node.name));
  return names.filter((name) => before.has(name) && !isInside([stage], name));
}

/** The names of all values that the chosen nodes are computed from. */
function ancestors(graph: Graph, isChosen: (node: Node) => boolean): ReadonlySet<string> {
  const upstream = new Set<string>();
  for (const node of graph.nodes.toReversed()) {
    if (!isChosen(node) && !upstream.has(node.output.name)) continue;
    for (const { name } of node.inputs) upstream.add(name);
  }
  return upstream;
}
