/** @file What a network is trained towards: targets of each clip, and the loss over a batch of logits. */
import { checkArguments, float32Tensor, SpecError, type HostTensor } from '@slowfast/core';
import type { LossGraph } from './loss-graph.js';

/** A loss by name: one class a clip, or any number of them. */
export type LossKind = 'cross-entropy' | 'binary-cross-entropy';

/** Options of {@link lossOf}. */
export interface LossOptions {
  /** Default `cross-entropy`. */
  readonly kind?: LossKind;
  readonly classes: number;
  /**
   * Share of each target that is spread evenly over all classes (Szegedy et al. 2016); with binary
   * cross-entropy targets move by half of it towards ½. Default 0.
   */
  readonly labelSmoothing?: number;
}

/** A loss over logits `[N, classes]`. */
export interface Loss {
  readonly kind: LossKind;
  readonly classes: number;
  /**
   * Targets `[N, classes]` of clips by class numbers, or as they are where a clip has soft ones (not smoothed).
   * Throws `SpecError` for a class that does not exist, and soft targets that are none.
   */
  targets(
    labels: readonly (readonly number[])[],
    soft?: readonly (readonly number[] | undefined)[],
  ): HostTensor<'float32'>;
  /** The scalar to make small; mean over clips (and classes, where each is asked for by itself). */
  readonly graph: LossGraph<'scores'>;
}

/** A loss with its targets. Throws `SpecError` for a smoothing that is not from 0 to below 1. */
export function lossOf(options: LossOptions): Loss {
  checkArguments('lossOf', { options: [options, 'object'] });
  const { kind = 'cross-entropy', classes, labelSmoothing = 0 } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new SpecError({
      site: 'labelSmoothing',
      expected: 'a number from 0 to below 1',
      received: `${labelSmoothing}`,
    });
  }
  const isSingle = kind === 'cross-entropy';
  const rest = labelSmoothing / (isSingle ? classes : 2);
  return {
    kind,
    classes,
    targets(labels, soft) {
      const data = new Float32Array(labels.length * classes).fill(rest);
      labels.forEach((own, clip) => {
        checkLabels(own, clip, classes, isSingle);
        const weights = soft?.[clip];
        if (weights) {
          checkSoft(weights, clip, classes, isSingle);
          data.set(weights, clip * classes);
          return;
        }
        for (const label of own) data[clip * classes + label] = 1 - labelSmoothing + rest;
      });
      return float32Tensor([labels.length, classes], data);
    },
    graph: {
      targets: ['N', classes],
      build: (g, { scores }, targets) =>
        isSingle
          ? g.mean(g.emit('cross_entropy', [scores, targets], {}), [0])
          : g.mean(g.emit('binary_cross_entropy', [scores, targets], {}), [0, 1]),
    },
  };
}

function checkLabels(
  labels: readonly number[],
  clip: number,
  classes: number,
  isSingle: boolean,
): void {
  const wrong = labels.find((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (wrong === undefined && (!isSingle || labels.length === 1)) return;
  throw new SpecError({
    site: `labels of clip ${clip} of the batch`,
    expected: `${isSingle ? 'one class' : 'classes'} from 0 to ${classes - 1}`,
    received: wrong === undefined ? `${labels.length} classes` : `${wrong}`,
  });
}

function checkSoft(
  target: readonly number[],
  clip: number,
  classes: number,
  isSingle: boolean,
): void {
  const sum = target.reduce((total, share) => total + share, 0);
  const isShare = target.every((share) => share >= 0 && share <= 1);
  if (target.length === classes && isShare && (!isSingle || Math.abs(sum - 1) < 1e-3)) return;
  throw new SpecError({
    site: `soft target of clip ${clip} of the batch`,
    expected: `${classes} shares from 0 to 1${isSingle ? ' that make 1' : ''}`,
    received: `${target.length} that make ${Number(sum.toPrecision(4))}`,
  });
}

/** The share of clips whose largest logit belongs to one of their classes. */
export function topOneHits(logits: HostTensor, labels: readonly (readonly number[])[]): number {
  checkArguments('topOneHits', {
    logits: [logits, 'object'],
    labels: [labels, 'array'],
  });
  const classes = logits.shape[1]!;
  const data = logits.data as Float32Array;
  return labels.filter((own, clip) => {
    const row = data.subarray(clip * classes, (clip + 1) * classes);
    return own.includes(row.indexOf(Math.max(...row)));
  }).length;
}
