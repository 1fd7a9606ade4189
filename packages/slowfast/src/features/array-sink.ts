/** @file Outputs of many runs as one array. */
import { SpecError, float32Tensor, type HostTensor } from '@slowfast/core';

/** `mean` over all axes but row and channel, or `none`. */
export type Pooling = 'mean' | 'none';

/** More would not fit into one array of JavaScript on every platform. */
const MOST_ELEMENTS = 2 ** 29;

/** Takes rows of batches, pooled or whole. */
export interface ArraySink {
  /** Puts the rows of an output in place, from row `at` on. */
  put(output: HostTensor, at: number): void;
  /** `[rows, C]`, or `[rows, C, T, H, W]` where they are not pooled. */
  array(): HostTensor<'float32'>;
}

/** A sink for so many rows; putting throws {@link SpecError} for more numbers than an array holds. */
export function arraySink(name: string, rows: number, pool: Pooling): ArraySink {
  let array: HostTensor<'float32'> | undefined;
  return {
    put(output, at) {
      const [count = 0, channels = 1, ...rest] = output.shape;
      const positions = rest.reduce((a, b) => a * b, 1);
      const shape = pool === 'mean' ? [channels] : [channels, ...rest];
      const length = shape.reduce((a, b) => a * b, 1);
      array ??= float32Tensor([rows, ...shape], allocated(name, rows * length));
      const data = output.data as Float32Array;
      if (pool === 'none') {
        array.data.set(data, at * length);
        return;
      }
      for (let row = 0; row < count * channels; row++) {
        let sum = 0;
        for (let i = row * positions; i < (row + 1) * positions; i++) sum += data[i]!;
        array.data[at * length + row] = sum / positions;
      }
    },
    array: () => array ?? float32Tensor([0], new Float32Array()),
  };
}

function allocated(name: string, elements: number): Float32Array {
  if (elements <= MOST_ELEMENTS) return new Float32Array(elements);
  throw new SpecError({
    site: name,
    expected: `at most ${MOST_ELEMENTS} numbers a video`,
    received: `${elements}`,
    remedy: 'Pool them (pool: mean), or take windows further apart',
  });
}
