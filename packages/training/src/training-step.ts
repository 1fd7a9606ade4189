/** @file One optimiser step: some batches forward and back, then the update. */
import { checkArguments, type HostTensor } from '@slowfast/core';
import { keyedRandom } from '@slowfast/core';
import type { FeedsOf } from '@slowfast/evaluation';
import type { ClipBatch } from './clip-source.js';
import { topOneHits, type Loss } from './losses.js';
import { mixup } from './mixup.js';
import { clippedGradients, gradientNorm, meanGradients } from './optimizers/gradients.js';
import type { Optimizer } from './optimizers/optimizer.js';
import type { LossAndGradients, TrainingModel } from './training-model.js';

/** What a step needs, the same at every step. */
export interface StepSetup<I extends string> {
  readonly model: TrainingModel<I, 'scores'>;
  readonly optimizer: Optimizer;
  readonly feeds: FeedsOf<I>;
  readonly loss: Pick<Loss, 'targets'>;
  /** Decides how clips are mixed. */
  readonly seed: number;
  /** Batches whose gradients make one step; as many at once as the model's runtime computes. */
  readonly accumulate: number;
  /** Norm that gradients are scaled down to. */
  readonly clipGradients?: number;
  /** Parameter of mixup's beta distribution. */
  readonly mixup?: number;
  /** Scales the learning rate of a parameter; default: 1 for all. */
  readonly rateOf?: (parameter: string) => number;
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
  checkArguments('trainingStep', {
    setup: [setup, 'object'],
    batches: [batches, 'array'],
  });
  const { model, optimizer, clipGradients: limit, rateOf } = setup;
  const results = await allBatches(setup, batches, step);
  let [loss, hits, clips] = [0, 0, 0];
  batches.forEach(({ labels }, i) => {
    loss += results[i]!.loss / batches.length;
    hits += topOneHits(results[i]!.outputs.scores, labels);
    clips += labels.length;
  });
  if (!Number.isFinite(loss)) return { loss, hits, clips };
  const gradients = meanGradients(results.map((result) => result.gradients));
  const norm = limit === undefined ? undefined : gradientNorm(gradients);
  if (norm !== undefined && !Number.isFinite(norm))
    return { loss, hits, clips, gradientNorm: norm };
  // In their order, whoever was ready first: a run with other sessions gives the same.
  for (const result of results) model.takeStatistics(result);
  const own = limit === undefined ? gradients : clippedGradients(gradients, norm!, limit);
  optimizer.step(own, learningRate, rateOf);
  return { loss, hits, clips, ...(norm === undefined ? {} : { gradientNorm: norm }) };
}

type BatchResult = LossAndGradients<'scores'>;

/** At once where the runtime computes several, else one after another, which needs less memory. */
async function allBatches<I extends string>(
  setup: StepSetup<I>,
  batches: readonly ClipBatch[],
  step: number,
): Promise<readonly BatchResult[]> {
  const run = (batch: ClipBatch, i: number): Promise<BatchResult> =>
    oneBatch(setup, batch, step * setup.accumulate + i);
  if (batches.length > 1 && (await setup.model.device()).parallelRuns > 1) {
    return Promise.all(batches.map(run));
  }
  const results: BatchResult[] = [];
  for (const [i, batch] of batches.entries()) results.push(await run(batch, i));
  return results;
}

/** `number` counts batches over the whole run: it decides dropout and mixup. */
async function oneBatch<I extends string>(
  { model, feeds, loss, seed, mixup: alpha }: StepSetup<I>,
  { clips, sounds, labels, targets }: ClipBatch,
  number: number,
): Promise<BatchResult> {
  const heard = sounds ? { sounds } : {};
  const plain = { clips, ...heard, targets: loss.targets(labels, targets) };
  const mixed = alpha === undefined ? plain : mixup(plain, alpha, keyedRandom(seed, number));
  const fed: Readonly<Record<I, HostTensor>> = feeds(mixed.clips, mixed.sounds);
  return model.lossAndGradients(fed, mixed.targets, { step: number });
}
