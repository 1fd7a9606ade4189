/** @file Running statistics of batch norm from many batches at once, of the weights as they are now. */
import { checkArguments, float32Tensor, internalError, type HostTensor } from '@slowfast/core';
import type { TrainingModel } from './training-model.js';
import { BatchReader, type ClipSource } from './clip-source.js';
import type { FeedsOf } from '@slowfast/evaluation';

/** Options of {@link preciseStatistics}. */
export interface PreciseOptions<I extends string> {
  readonly clips: ClipSource;
  readonly feeds: FeedsOf<I>;
  /** Clips of a batch. */
  readonly batch: number;
  /** Batches at most. */
  readonly batches: number;
  /** The epoch whose clips are used. */
  readonly epoch: number;
}

interface Sums {
  readonly values: Float64Array;
  readonly squares: Float64Array;
}

/**
 * Mean and variance of each batch norm's input over several batches (Wu and Johnson 2021): variances'
 * average, plus the variance of the means. By parameter name, to be assigned.
 */
export async function preciseStatistics<I extends string, O extends string>(
  model: Pick<TrainingModel<I, O>, 'batchStatistics'>,
  options: PreciseOptions<I>,
): Promise<ReadonlyMap<string, HostTensor<'float32'>>> {
  checkArguments('preciseStatistics', {
    model: [model, 'object'],
    options: [options, 'object'],
  });
  const { clips, feeds, batch, batches, epoch } = options;
  const reader = new BatchReader(clips.epoch(epoch));
  const sums = new Map<string, Sums>();
  let count = 0;
  try {
    while (count < batches) {
      const next = await reader.next(batch);
      if (!next) break;
      for (const [name, { data }] of await model.batchStatistics(feeds(next.clips, next.sounds))) {
        addTo(sums, name, data);
      }
      count++;
    }
  } finally {
    await reader.close();
  }
  return new Map([...sums.keys()].map((name) => [name, average(sums, name, count)]));
}

function addTo(sums: Map<string, Sums>, name: string, data: Float32Array): void {
  const { values, squares } = sums.get(name) ?? {
    values: new Float64Array(data.length),
    squares: new Float64Array(data.length),
  };
  data.forEach((value, i) => {
    values[i] = values[i]! + value;
    squares[i] = squares[i]! + value * value;
  });
  sums.set(name, { values, squares });
}

/** The average of a mean; of a variance also how far the batches' means lie apart. */
function average(
  sums: ReadonlyMap<string, Sums>,
  name: string,
  count: number,
): HostTensor<'float32'> {
  const data = Float32Array.from(sums.get(name)!.values, (sum) => sum / count);
  if (name.endsWith('running_var')) {
    const means = sums.get(name.replace(/running_var$/, 'running_mean'));
    if (!means) throw internalError(`${name}: a variance without a mean`);
    data.forEach((value, i) => {
      const spread = means.squares[i]! / count - (means.values[i]! / count) ** 2;
      data[i] = value + Math.max(0, spread);
    });
  }
  return float32Tensor([data.length], data);
}
