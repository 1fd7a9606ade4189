/** @file Fine-tuning: weights of another task, with what does not fit started anew. */
import {
  checkArguments,
  initialWeights,
  sameShape,
  shapeText,
  WeightError,
  type Graph,
  type WeightStore,
} from '@slowfast/core';

/** A parameter that was started anew, and why. */
export interface NewParameter {
  readonly name: string;
  /** `not there`, or its shape in the checkpoint. */
  readonly reason: string;
}

/** Weights to start fine-tuning from, with a report of what became of the checkpoint. */
export interface FineTuneWeights {
  readonly weights: WeightStore;
  /** Names of the parameters that were kept. */
  readonly kept: readonly string[];
  /** Parameters that were started anew. */
  readonly fresh: readonly NewParameter[];
  /** Tensors of the checkpoint that the model has no use for. */
  readonly unused: readonly string[];
}

/**
 * Takes from a checkpoint, whose names are the graph's, every tensor that fits, and initial weights for
 * the rest: a classifier of another number of classes, for one. Throws {@link WeightError} when nothing fits.
 */
export function fineTuneWeights(
  graph: Graph,
  checkpoint: WeightStore,
  options: { readonly seed?: number } = {},
): FineTuneWeights {
  checkArguments('fineTuneWeights', {
    graph: [graph, 'graph'],
    checkpoint: [checkpoint, 'weights'],
    options: [options, 'object'],
  });
  const { seed = 0 } = options;
  const initial = initialWeights(graph, { seed });
  const names: string[] = [];
  const fresh: NewParameter[] = [];
  for (const name of initial.names) {
    const [own, stored] = [
      initial.shapeOf(name),
      checkpoint.names.has(name) ? checkpoint.shapeOf(name) : undefined,
    ];
    if (stored && sameShape(stored, own)) names.push(name);
    else fresh.push({ name, reason: stored ? `${shapeText(stored)} there` : 'not there' });
  }
  if (names.length === 0) {
    throw new WeightError({
      site: 'fine-tuning',
      expected: 'a checkpoint with tensors that fit the model',
      received: `${checkpoint.names.size} tensors of which none does`,
    });
  }
  const fitting = new Set(names);
  return {
    weights: {
      names: initial.names,
      shapeOf: (name) => initial.shapeOf(name),
      read: (name) => (fitting.has(name) ? checkpoint : initial).read(name),
      close: async () => checkpoint.close?.(),
    },
    kept: names,
    fresh,
    unused: [...checkpoint.names].filter((name) => !initial.names.has(name)),
  };
}

/**
 * Initial weights in which every batch norm starts at scale 1, the last of each residual block too: networks
 * of few layers learn faster so on little data.
 */
export function plainInitialWeights(
  graph: Graph,
  options: { readonly seed?: number } = {},
): WeightStore {
  const initial = initialWeights(graph, options);
  return {
    ...initial,
    async read(name) {
      const tensor = await initial.read(name);
      const isScale = graph.params.get(name)?.role === 'norm-scale';
      if (!isScale || tensor.dtype !== 'float32') return tensor;
      return { ...tensor, data: new Float32Array(tensor.data.length).fill(1) };
    },
  };
}
