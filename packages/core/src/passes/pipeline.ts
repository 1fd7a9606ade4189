/** @file Runs passes one after another, with the graph's rules checked between them. */
import { checkArguments } from '../arguments.js';
import { firstLine, SlowFastError, SpecError } from '../errors.js';
import type { Graph } from '../ir/types.js';
import { verify } from '../ir/verify.js';
import { dropIdentities } from './drop-identities.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import { fuseActivations } from './fuse-activation.js';
import { prune } from './prune.js';

/** A rewrite of graphs that keeps inputs, outputs and what they compute. */
export interface Pass {
  /** What errors call it by. */
  readonly name: string;
  /** The rewrite itself. */
  readonly apply: <I extends string, O extends string>(graph: Graph<I, O>) => Graph<I, O>;
}

/** What every runtime starts with: no dead nodes, no dropout, batch norms folded, activations fused. */
export const INFERENCE_PASSES: readonly Pass[] = [
  { name: 'prune', apply: (graph) => prune(graph, { keepInputs: true }) },
  { name: 'drop-identities', apply: dropIdentities },
  { name: 'fold-batch-norm', apply: foldBatchNorm },
  { name: 'fuse-activation', apply: fuseActivations },
];

/**
 * Applies passes in order and verifies the graph before, between and after them. Throws
 * {@link SpecError} that names the pass that failed and those that went before.
 */
export function runPasses<I extends string, O extends string>(
  graph: Graph<I, O>,
  passes: readonly Pass[],
): Graph<I, O> {
  checkArguments('runPasses', { graph: [graph, 'graph'], passes: [passes, 'array'] });

  verify(graph);
  let current = graph;
  passes.forEach((pass, index) => {
    try {
      current = pass.apply(current);
      verify(current);
    } catch (error) {
      throw passError(pass, passes.slice(0, index), error);
    }
  });
  return current;
}

/** The graph as runtimes want it for inference; inputs, outputs and values at the outputs stay the same. */
export function prepareForInference<I extends string, O extends string>(
  graph: Graph<I, O>,
): Graph<I, O> {
  checkArguments('prepareForInference', { graph: [graph, 'graph'] });

  return runPasses(graph, INFERENCE_PASSES);
}

function passError(pass: Pass, before: readonly Pass[], error: unknown): SpecError {
  const earlier =
    before.length === 0 ? '' : ` (after ${before.map(({ name }) => name).join(', ')})`;
  const site = `pass ${pass.name}${earlier}`;
  if (error instanceof SlowFastError) {
    const { expected, received, remedy } = error;
    const details = { site: `${site}, ${error.site}`, expected, received, cause: error };
    return new SpecError(remedy ? { ...details, remedy } : details);
  }
  const received = firstLine(error);
  return new SpecError({ site, expected: 'a pass that completes', received, cause: error });
}
