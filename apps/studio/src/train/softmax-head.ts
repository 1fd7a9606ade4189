/** @file A linear softmax classifier on features, trained in the page: full-batch gradient descent with momentum. */

/** Features and the class of each. */
export interface Example {
  readonly features: Float32Array;
  readonly label: number;
}

/** A classifier of features. */
export interface SoftmaxHead {
  readonly classes: number;
  /** Mean and scale by which features are normalised. */
  readonly mean: Float64Array;
  readonly scale: Float64Array;
  /** `[classes, features]`. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

/** How a head is trained. */
export interface HeadTraining {
  readonly steps: number;
  readonly rate: number;
  readonly momentum: number;
  /** Weight of the squares of the weights: a few clips of each class say little of most features. */
  readonly decay: number;
}

const DEFAULTS: HeadTraining = { steps: 200, rate: 0.5, momentum: 0.9, decay: 1e-2 };

/** Trains a head of so many classes; each class counts the same, however many examples it has. */
export function trainHead(
  examples: readonly Example[],
  classes: number,
  options: Partial<HeadTraining> = {},
): SoftmaxHead {
  const { steps, rate, momentum, decay } = { ...DEFAULTS, ...options };
  const size = examples[0]!.features.length;
  const { mean, scale } = normalisation(examples, size);
  const inputs = examples.map(({ features }) => normalised(features, mean, scale));
  const counts = new Float64Array(classes);
  for (const { label } of examples) counts[label]! += 1;
  const present = counts.filter((count) => count > 0).length;
  const weights = new Float64Array(classes * size);
  const bias = new Float64Array(classes);
  const head = { classes, mean, scale, weights, bias };
  const speeds = [new Float64Array(weights.length), new Float64Array(classes)] as const;
  for (let step = 0; step < steps; step++) {
    const slopes = [weights.map((weight) => decay * weight), new Float64Array(classes)] as const;
    inputs.forEach((input, i) => {
      const { label } = examples[i]!;
      const share = 1 / (present * counts[label]!);
      const scores = softmax(logitsOf(head, input));
      for (let c = 0; c < classes; c++) {
        const error = share * (scores[c]! - (c === label ? 1 : 0));
        slopes[1][c]! += error;
        for (let k = 0; k < size; k++) slopes[0][c * size + k]! += error * input[k]!;
      }
    });
    [weights, bias].forEach((values, part) => {
      for (let k = 0; k < values.length; k++) {
        speeds[part]![k] = momentum * speeds[part]![k]! - rate * slopes[part]![k]!;
        values[k]! += speeds[part]![k]!;
      }
    });
  }
  return head;
}

/** Scores of the classes, which sum to 1. */
export const headScores = (head: SoftmaxHead, features: Float32Array): Float32Array =>
  Float32Array.from(softmax(logitsOf(head, normalised(features, head.mean, head.scale))));

/** Which part of the examples the head gets right. */
export const headAccuracy = (head: SoftmaxHead, examples: readonly Example[]): number =>
  examples.filter(({ features, label }) => {
    const scores = headScores(head, features);
    return scores.every((score) => score <= scores[label]!);
  }).length / examples.length;

/** The mean of each feature, and one scale for all: features that hardly move stay small. */
function normalisation(
  examples: readonly Example[],
  size: number,
): { readonly mean: Float64Array; readonly scale: Float64Array } {
  const mean = new Float64Array(size);
  for (const { features } of examples) {
    for (let k = 0; k < size; k++) mean[k]! += features[k]! / examples.length;
  }
  let variance = 0;
  for (const { features } of examples) {
    for (let k = 0; k < size; k++) variance += (features[k]! - mean[k]!) ** 2 / examples.length;
  }
  // The length of what is left, not each feature, is about 1: steps are then of a size whatever the model.
  return { mean, scale: new Float64Array(size).fill(1 / Math.sqrt(variance || 1)) };
}

const normalised = (
  features: Float32Array,
  mean: Float64Array,
  scale: Float64Array,
): Float64Array => Float64Array.from(features, (x, k) => (x - mean[k]!) * scale[k]!);

function logitsOf({ classes, weights, bias }: SoftmaxHead, input: Float64Array): Float64Array {
  const size = input.length;
  return Float64Array.from({ length: classes }, (_, c) => {
    let sum = bias[c]!;
    for (let k = 0; k < size; k++) sum += weights[c * size + k]! * input[k]!;
    return sum;
  });
}

function softmax(logits: Float64Array): Float64Array {
  const top = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
