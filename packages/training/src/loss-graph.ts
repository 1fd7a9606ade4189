/** @file Losses as parts of the graph, so that gradients flow through them on every runtime. */
import type { Dim, GraphBuilder, Value } from '@slowfast/core';

/**
 * A loss: how a scalar `[]` is computed from a model's outputs and the targets.
 *
 * @example Focal loss (Lin et al. 2017) with γ = 2: what is known already counts little.
 * ```ts
 * const focal = (classes: number): LossGraph<'scores'> => ({
 *   targets: ['N', classes],
 *   build(g, { scores }, targets) {
 *     const entropy = g.emit('cross_entropy', [scores, targets], {});
 *     const known = g.emit('mul', [g.softmax(scores, 1), targets], {});
 *     const total = (x: Value) => g.emit('reduce', [x], { fn: 'sum', axes: [1], keepDims: false });
 *     const missing = g.add(total(targets), g.emit('scale', [total(known)], { factor: -1 }));
 *     const weight = g.emit('mul', [missing, missing], {});
 *     return g.mean(g.emit('mul', [weight, entropy], {}), [0]);
 *   },
 * });
 * ```
 */
export interface LossGraph<O extends string = string> {
  /** Shape of the targets, the number of clips `'N'`. */
  readonly targets: readonly Dim[];
  /** Adds nodes that compute the loss, a mean over clips. */
  build(g: GraphBuilder, outputs: Readonly<Record<O, Value>>, targets: Value): Value;
}
