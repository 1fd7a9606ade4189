/** @file Gradients of several batches as one, and how large they are. */
import * as tf from '@tensorflow/tfjs';

/** Gradients by parameter name. */
export type Gradients = ReadonlyMap<string, tf.Tensor>;

/** Means of gradients; disposes what it was given, and belongs to whoever asked for it. */
export function meanGradients(batches: readonly Gradients[]): Gradients {
  const [first, ...others] = batches;
  if (others.length === 0) return first!;
  const names = new Set(batches.flatMap((gradients) => [...gradients.keys()]));
  const means = new Map<string, tf.Tensor>();
  for (const name of names) {
    const parts = batches.flatMap((gradients) => gradients.get(name) ?? []);
    means.set(
      name,
      tf.tidy(() =>
        tf.mul(
          parts.reduce((sum, part) => tf.add(sum, part)),
          1 / batches.length,
        ),
      ),
    );
  }
  for (const gradients of batches) tf.dispose([...gradients.values()]);
  return means;
}

/** The Euclidean norm of all gradients together. */
export async function gradientNorm(gradients: Gradients): Promise<number> {
  const squares = tf.tidy(() =>
    tf.stack([...gradients.values()].map((gradient) => tf.sum(tf.square(gradient)))),
  );
  try {
    return Math.sqrt(Array.from(await squares.data()).reduce((sum, value) => sum + value, 0));
  } finally {
    squares.dispose();
  }
}

/**
 * The gradients, scaled down to a norm of at most `limit` (Pascanu et al. 2013); disposes what it was given,
 * and belongs to whoever asked for it.
 */
export function clippedGradients(gradients: Gradients, norm: number, limit: number): Gradients {
  if (!(norm > limit)) return gradients;
  const clipped = new Map(
    [...gradients].map(([name, gradient]) => [name, tf.mul(gradient, limit / norm)] as const),
  );
  tf.dispose([...gradients.values()]);
  return clipped;
}
