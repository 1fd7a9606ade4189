/** @file Gradients of several batches as one, and how large they are. */
import { checkArguments } from '@slowfast/core';

/** Gradients by parameter name, in C order. */
export type Gradients = ReadonlyMap<string, Float32Array>;

/** Means of gradients, batch by batch in their order, so that who computed them does not matter. */
export function meanGradients(batches: readonly Gradients[]): Gradients {
  checkArguments('meanGradients', { batches: [batches, 'array'] });
  const [first, ...others] = batches;
  if (others.length === 0) return first!;
  return new Map(
    [...first!].map(([name, gradient]) => {
      const more = others.map((other) => other.get(name)!);
      const mean = new Float32Array(gradient.length);
      for (let i = 0; i < mean.length; i++) {
        let sum = gradient[i]!;
        for (let k = 0; k < more.length; k++) sum = Math.fround(sum + more[k]![i]!);
        mean[i] = sum / batches.length;
      }
      return [name, mean];
    }),
  );
}

/** The Euclidean norm of all gradients together. */
export function gradientNorm(gradients: Gradients): number {
  checkArguments('gradientNorm', { gradients: [gradients, 'iterable'] });
  let squares = 0;
  for (const gradient of gradients.values()) for (const value of gradient) squares += value * value;
  return Math.sqrt(squares);
}

/** The gradients, scaled down to a norm of at most `limit` (Pascanu et al. 2013). */
export function clippedGradients(gradients: Gradients, norm: number, limit: number): Gradients {
  checkArguments('clippedGradients', { gradients: [gradients, 'iterable'] });
  if (!(norm > limit)) return gradients;
  const share = limit / norm;
  return new Map(
    [...gradients].map(([name, gradient]) => [name, gradient.map((value) => value * share)]),
  );
}
