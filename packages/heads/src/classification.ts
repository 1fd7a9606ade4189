import {
  checkArguments,
  SpecError,
  type GraphBuilder,
  type Head,
  type Value,
} from '@slowfast/core';

/** The function that turns logits into scores. */
export type ClassActivation = 'softmax' | 'sigmoid' | 'none';

/** Options of {@link classificationHead}. */
export interface ClassificationHeadOptions<P extends string> {
  /** Pathways to read; their features are joined in this order, which trained weights depend on. */
  readonly pathways: readonly P[];
  /** Number of classes. */
  readonly classes: number;
  /**
   * `global`: mean over T, H and W. `{ window: [h, w] }`: mean over all of T and a window of the size
   * that training had (train crop / 32), which is applied at every position of a larger input.
   * Default `global`.
   */
  readonly pool?: 'global' | { readonly window: readonly [height: number, width: number] };
  /** Default `softmax`. */
  readonly activation?: ClassActivation;
  /** What is averaged over positions: `probabilities` (after the activation, default) or `logits` (before). */
  readonly average?: 'probabilities' | 'logits';
  /** Probability of dropout before the classifier; default 0.5. */
  readonly dropout?: number;
}

const DEFAULTS = {
  pool: 'global',
  activation: 'softmax',
  average: 'probabilities',
  dropout: 0.5,
} as const satisfies Required<Omit<ClassificationHeadOptions<string>, 'pathways' | 'classes'>>;

/**
 * Scores of classes (paper, section 3.1): pooling, concatenation, dropout, a linear layer named
 * `projection`, the activation, and the mean over positions. `[N, C, T, H, W]` of each pathway to
 * `scores` `[N, classes]`. Throws {@link SpecError} for options that make no head.
 *
 * @example
 * const head = classificationHead({ pathways: ['slow', 'fast'], classes: 400, pool: { window: [7, 7] } });
 */
export function classificationHead<const P extends string>(
  options: ClassificationHeadOptions<P>,
): Head<P, 'scores'> {
  checkArguments('classificationHead', { options: [options, 'object'] });

  const settings = checkedClassification(options);
  const { pathways, pool } = settings;
  return {
    pathways,
    build(g, features) {
      const pooled = pathways.map((pathway) => pooledBy(g, features[pathway], pool));
      const joined = pooled.length === 1 ? pooled[0]! : g.concat(pooled);
      return { scores: classScores(g, joined, settings) };
    },
  };
}

/** Options with defaults. Throws {@link SpecError} for those that make no head. */
export function checkedClassification<P extends string>(
  options: ClassificationHeadOptions<P>,
): Required<ClassificationHeadOptions<P>> {
  const settings = { ...DEFAULTS, ...options };
  const { classes, pool, dropout } = settings;
  count('classificationHead.classes', classes);
  if (pool !== 'global') {
    pool.window.forEach((side) => count('classificationHead.pool.window', side));
  }
  if (!(dropout >= 0 && dropout < 1)) {
    throw new SpecError({
      site: 'classificationHead.dropout',
      expected: 'a probability from 0 to below 1',
      received: `${dropout}`,
    });
  }
  return settings;
}

/** Means of all of T and of each window of H and W, or of all: `[N, C, T, H, W]` to `[N, C, 1, H', W']`. */
export function pooledBy(
  g: GraphBuilder,
  x: Value,
  pool: Required<ClassificationHeadOptions<string>>['pool'],
): Value {
  if (pool === 'global') return g.mean(x, [2, 3, 4], true);
  return g.avgPool3d(x, [framesOf(g, x), ...pool.window], [1, 1, 1]);
}

/** Scores of every position of `[N, C, T, H, W]`, averaged: `[N, classes]`. */
export function classScores(
  g: GraphBuilder,
  x: Value,
  { classes, activation, average, dropout }: Required<ClassificationHeadOptions<string>>,
): Value {
  const positions = g.transpose(g.dropout(g.feature(x), dropout), [0, 2, 3, 4, 1]);
  const logits = g.linear(positions, classes, 'projection');
  const overPositions = (value: Value): Value => g.mean(value, [1, 2, 3]);
  return average === 'logits'
    ? activated(g, overPositions(logits), activation)
    : overPositions(activated(g, logits, activation));
}

function activated(g: GraphBuilder, logits: Value, activation: ClassActivation): Value {
  if (activation === 'none') return logits;
  if (activation === 'sigmoid') return g.activation(logits, 'sigmoid');
  return g.softmax(logits, logits.type.shape.length - 1);
}

function framesOf(g: GraphBuilder, x: Value): number {
  const frames = x.type.shape[2];
  return typeof frames === 'number'
    ? frames
    : g.fail(`a known T of ${g.labelOf(x)} for a window`, `${frames}`, "Pool by 'global'");
}

function count(site: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new SpecError({
    site,
    expected: 'a whole number of at least 1',
    received: `${value}`,
  });
}
