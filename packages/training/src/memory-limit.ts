/** @file Steps within a limit of memory: stages whose values are computed twice in place of being kept. */
import { peakBytes, residualBlocks, SpecError, type Graph, type UnitOf } from '@slowfast/core';

/** What a step may take. */
export interface MemoryLimit {
  /** Of the whole process. */
  readonly bytes: number;
  /** Clips of a batch. */
  readonly clips: number;
  /** Batches at once; default 1. */
  readonly runs?: number;
}

/** What ONNX Runtime takes over the values alive at once: workspaces, layouts, memory that is not given back. */
const OVERHEAD = 1.8;
/** Parameters, gradients and an optimiser's moments on the host, over what the graph has of each. */
const HOST_COPIES = 3;
/** Node, the runtime and its libraries. */
const BASE = 300 * 2 ** 20;

/** Bytes that a step takes, about: measured to be within a quarter (docs/training.md). */
export function stepBytes(graph: Graph, clips: number, runs = 1): number {
  const parameters = peakBytes({ ...graph, nodes: [], outputs: {} }, 0);
  return BASE + HOST_COPIES * parameters + runs * OVERHEAD * peakBytes(graph, clips);
}

/**
 * The graph of a step that keeps to a limit, and the stages that it computes twice: none, or as many as need be from the
 * first on, whose values are the largest. Throws {@link SpecError} where all are not enough.
 */
export function graphWithin(
  { bytes, clips, runs = 1 }: MemoryLimit,
  network: Graph,
  graphOf: (recompute?: UnitOf) => Graph,
): { readonly graph: Graph; readonly twice: readonly string[] } {
  const every = network.nodes.flatMap((node) => residualBlocks(() => true)(node) ?? []);
  const stages = [...new Set(every.map((block) => block.split('.')[1]!))];
  let least = Infinity;
  for (let count = 0; count <= stages.length; count++) {
    const twice = stages.slice(0, count);
    const graph = graphOf(
      count === 0 ? undefined : residualBlocks((stage) => twice.includes(stage.split('.')[1]!)),
    );
    const need = stepBytes(graph, clips, runs);
    if (need <= bytes) return { graph, twice };
    least = Math.min(least, need);
  }
  const size = (value: number): string => `${(value / 1e9).toFixed(1)} GB`;
  throw new SpecError({
    site: 'memory',
    expected: `a step of at most ${size(bytes)}`,
    received: `about ${size(least)} with every stage computed twice`,
    remedy: 'Take fewer clips at once (batch, with accumulate or shares), or freeze more',
  });
}
