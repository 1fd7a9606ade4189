/** @file Mixup (Zhang et al. 2018): each clip blended with another of its batch, targets likewise. */
import { checkArguments, float32Tensor, type HostTensor } from '@slowfast/core';
import { betaSample } from './random.js';

/** Clips, their sounds and targets, one a row of each. */
export interface Targeted {
  readonly clips: HostTensor<'float32'>;
  readonly sounds?: HostTensor<'float32'>;
  readonly targets: HostTensor<'float32'>;
}

/**
 * Blends the batch with itself in reverse, as PySlowFast does: `λ · x + (1 − λ) · reversed x`, with one λ of
 * Beta(alpha, alpha) for the whole batch; what is heard is blended as what is seen.
 */
export function mixup(batch: Targeted, alpha: number, next: () => number): Targeted {
  checkArguments('mixup', {
    batch: [batch, 'object'],
    next: [next, 'function'],
  });
  const { clips, sounds, targets } = batch;
  const share = betaSample(alpha, next);
  return {
    clips: blended(clips, share),
    ...(sounds ? { sounds: blended(sounds, share) } : {}),
    targets: blended(targets, share),
  };
}

function blended({ shape, data }: HostTensor<'float32'>, share: number): HostTensor<'float32'> {
  const rows = shape[0]!;
  const size = data.length / rows;
  const mixed = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const other = (rows - 1 - row) * size;
    for (let i = 0; i < size; i++) {
      mixed[row * size + i] = share * data[row * size + i]! + (1 - share) * data[other + i]!;
    }
  }
  return float32Tensor(shape, mixed);
}
