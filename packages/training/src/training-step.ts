/** @file One optimiser step: some batches forward and back, then the update. */
import type { HostTensor } from '@slowfast/core';
import type { Optimizer, TrainingModel } from '@slowfast/runtime-tfjs';
import * as tf from '@tensorflow/tfjs';
import type { ClipBatch } from './clip-source.js';
import { topOneHits, type Loss } from './losses.js';
import { mixup } from './mixup.js';
import {
  clippedGradients,
  gradientNorm,
  meanGradients,
  type Gradients,
} from './optimizers/gradients.js';
import type { FeedsOf } from '@slowfast/evaluation';
import { keyedRandom } from '@slowfast/core';

/** What a step needs, the same at every step. */
export interface StepSetup<I extends string> {
  readonly model: TrainingModel<I, 'scores'>;
  readonly optimizer: Optimizer;
  readonly feeds: FeedsOf<I>;
  readonly loss: Loss;
  /** Decides how clips are mixed. */
  readonly seed: number;
  /** Batches whose gradients make one step. */
  readonly accumulate: number;
  /** Norm that gradients are scaled down to. */
  readonly clipGradients?: number;
  /** Parameter of mixup's beta distribution. */
  readonly mixup?: number;
}

/** What came of a step. */
export interface StepResult {
  /** Mean over its batches. */
  readonly loss: number;
  readonly hits: number;
  readonly clips: number;
  readonly gradientNorm?: number;
}

/** Does step number `step` (from 0). Nothing is updated when the loss or a gradient that is clipped is not finite. */
export async function trainingStep<I extends string>(
  setup: StepSetup<I>,
  batches: readonly ClipBatch[],
  step: number,
  learningRate: number,
): Promise<StepResult> {
  const parts: Gradients[] = [];
  let gradients: Gradients | undefined;
  let [loss, hits, clips] = [0, 0, 0];
  try {
    for (const [i, batch] of batches.entries()) {
      const result = await oneBatch(setup, batch, step * setup.accumulate + i);
      parts.push(result.gradients);
      loss += result.loss / batches.length;
      hits += result.hits;
      clips += batch.labels.length;
      if (!Number.isFinite(loss)) return { loss, hits, clips };
    }
    gradients = meanGradients(parts.splice(0));
    const limit = setup.clipGradients;
    if (limit === undefined) {
      setup.optimizer.step(gradients, learningRate);
      return { loss, hits, clips };
    }
    const norm = await gradientNorm(gradients);
    if (Number.isFinite(norm)) {
      gradients = clippedGradients(gradients, norm, limit);
      setup.optimizer.step(gradients, learningRate);
    }
    return { loss, hits, clips, gradientNorm: norm };
  } finally {
    for (const left of parts) tf.dispose([...left.values()]);
    if (gradients) tf.dispose([...gradients.values()]);
  }
}

/** `number` counts batches over the whole run: it decides dropout and mixup. */
async function oneBatch<I extends string>(
  { model, feeds, loss, seed, mixup: alpha }: StepSetup<I>,
  { clips, labels, targets }: ClipBatch,
  number: number,
): Promise<{ loss: number; hits: number; gradients: Gradients }> {
  const plain = { clips, targets: loss.targets(labels, targets) };
  const given = alpha === undefined ? plain : mixup(plain, alpha, keyedRandom(seed, number));
  const result = await model.lossAndGradients(
    feeds(given.clips),
    ({ scores }) => loss.of(scores, given.targets),
    { step: number },
  );
  const logits: HostTensor = result.outputs.scores;
  return { loss: result.loss, hits: topOneHits(logits, labels), gradients: result.gradients };
}
