/** @file What the frozen part of a network makes of clips, as rows of numbers, and the part that is trained on them. */
import {
  checkArguments,
  float32Tensor,
  internalError,
  sizeOf,
  splitFrozen,
  type Graph,
  type HostTensor,
  type Runtime,
  type RunnableModel,
  type WeightStore,
} from '@slowfast/core';
import type { FeedsOf } from '@slowfast/evaluation';
import { frozenParts, type Freeze } from '../freeze.js';
import { isInside } from '../parameters.js';

/** Options of {@link frozenFeatures}. */
export interface FrozenFeaturesOptions {
  readonly runtime: Pick<Runtime<unknown>, 'compile'>;
  readonly freeze: Freeze;
  /** Feeds of the whole network. */
  readonly feeds: FeedsOf<string>;
}

/** A frozen part that runs. */
export interface FrozenFeatures extends AsyncDisposable {
  /** What is trained: the option `part` of `trainingModel`. */
  readonly part: Graph<string, 'scores'>;
  /** Numbers that one clip becomes. */
  readonly size: number;
  /** Clips at once. */
  readonly parallelRuns: number;
  /** One clip `[1, C, T, H, W]`, with its sound if the network hears, as a row `[1, size]`. */
  rowOf(clip: HostTensor<'float32'>, sound?: HostTensor<'float32'>): Promise<HostTensor<'float32'>>;
  /** Feeds of the part from rows `[N, size]`. */
  readonly feeds: FeedsOf<string>;
}

/** Compiles what is frozen for inference. Rejects with SpecError for parts that are not there, and as a runtime does. */
export async function frozenFeatures(
  model: RunnableModel<string, 'scores'>,
  weights: WeightStore,
  options: FrozenFeaturesOptions,
): Promise<FrozenFeatures> {
  checkArguments('frozenFeatures', {
    model: [model, 'model'],
    weights: [weights, 'weights'],
    options: [options, 'object'],
  });
  const { runtime, freeze, feeds } = options;
  const { name, graph } = model;
  const frozen = frozenParts(graph, freeze);
  const isTrained = (param: string): boolean =>
    !graph.params.get(param)!.role.startsWith('running') && !isInside(frozen, param);
  const { frozen: before, rest: part } = splitFrozen(graph, isTrained);
  const places = Object.entries(part.inputs).map(([place, { type }]) => {
    const shape = type.shape.slice(1) as readonly number[];
    return { place, shape, size: sizeOf(shape) };
  });
  const size = places.reduce((sum, place) => sum + place.size, 0);
  const parameterNames = new Set(graph.params.keys());
  const compiled = await runtime.compile({ name, graph: before, parameterNames }, weights);
  return {
    part,
    size,
    parallelRuns: compiled.parallelRuns ?? 1,
    async rowOf(clip, sound) {
      const fed = feeds(clip, sound);
      const inputs = Object.keys(before.inputs).map((input) => [input, fed[input]!] as const);
      const outputs = await compiled.run(Object.fromEntries(inputs));
      const row = new Float32Array(size);
      let at = 0;
      for (const { place, size: own } of places) {
        const { data } = outputs[place]!;
        if (data.length !== own) throw internalError(`${place}: features of more than one clip`);
        row.set(data as Float32Array, at);
        at += own;
      }
      return float32Tensor([1, size], row);
    },
    feeds({ shape: [count = 0], data }) {
      let start = 0;
      const tensors = places.map(({ place, shape, size: own }) => {
        const from = start;
        start += own;
        if (own === size) return [place, float32Tensor([count, ...shape], data)] as const;
        const values = new Float32Array(count * own);
        for (let row = 0; row < count; row++) {
          values.set(data.subarray(row * size + from, row * size + from + own), row * own);
        }
        return [place, float32Tensor([count, ...shape], values)] as const;
      });
      return Object.fromEntries(tensors);
    },
    [Symbol.asyncDispose]: () => compiled[Symbol.asyncDispose](),
  };
}
