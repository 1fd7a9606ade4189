/** @file What the results of an ablation say: means with intervals, and what is told apart from the baseline. */
import {
  holmCorrection,
  meanInterval,
  pairedPermutation,
  type MeanInterval,
} from '@slowfast/evaluation';
import type { AblationResult } from './run-ablation.js';
import type { Ablation } from './specification.js';

/** A variant against the baseline. */
export interface BaselineComparison {
  /** Of the accuracies, over the pairs that both have. */
  readonly difference: MeanInterval;
  /** Two-sided sign-flip permutation test over the pairs, corrected for the number of variants (Holm). */
  readonly probability: number;
  /** Whether {@link probability} is below 0.05. */
  readonly isDifferent: boolean;
}

/** A variant of an ablation. */
export interface VariantSummary {
  readonly name: string;
  readonly runs: number;
  /** Over the groups of all folds, each the mean of its seeds; without folds over seeds. */
  readonly accuracy?: MeanInterval;
  readonly parameters?: number;
  readonly multiplyAdds?: number;
  /** Mean of a run. */
  readonly seconds?: number;
  /** Not there for the baseline, and where there is no pair yet. */
  readonly comparison?: BaselineComparison;
}

/** The state of an ablation. */
export interface AblationSummary {
  readonly name: string;
  readonly metric: string;
  /** What the values are that means and tests are over. */
  readonly unit: 'group' | 'seed';
  readonly baseline: string;
  readonly runs: number;
  readonly total: number;
  readonly seeds: readonly number[];
  readonly folds: readonly string[];
  /** Groups that results are there for, of all folds; 0 without folds. */
  readonly groups: number;
  /** Test videos of all folds. */
  readonly videos: number;
  readonly hours: number;
  /** The least probability that so many pairs can give. */
  readonly leastProbability: number;
  readonly variants: readonly VariantSummary[];
}

/** Sums up results, some of which may still be missing. */
export function summarised(
  {
    name,
    variants,
    baseline,
    seeds,
    folds: hasFolds,
  }: Pick<Ablation, 'name' | 'variants' | 'baseline' | 'seeds' | 'folds'>,
  results: readonly AblationResult[],
  total: number,
): AblationSummary {
  const unit = hasFolds ? 'group' : 'seed';
  const values = new Map(
    variants.map((variant) => [variant.name, unitValues(results, variant.name, unit)]),
  );
  const compared = variants
    .filter((variant) => variant.name !== baseline)
    .flatMap((variant) => {
      const [own, base] = [values.get(variant.name)!, values.get(baseline)!];
      const shared = [...own.keys()].filter((key) => base.has(key));
      if (shared.length === 0) return [];
      const [first, second] = [own, base].map((of) => shared.map((key) => of.get(key)!)) as [
        number[],
        number[],
      ];
      const difference = meanInterval(first.map((value, i) => value - second[i]!));
      return [{ name: variant.name, difference, raw: pairedPermutation(first, second) }];
    });
  const corrected = holmCorrection(compared.map(({ raw }) => raw));
  const comparisons = new Map(
    compared.map(({ name: variant, difference }, i) => [
      variant,
      { difference, probability: corrected[i]!, isDifferent: corrected[i]! < 0.05 },
    ]),
  );
  const folds = [...new Set(results.map(({ fold }) => fold))].filter((fold) => fold !== '').sort();
  const perFold = new Map(results.map(({ fold, videos }) => [fold, videos]));
  const pairs = Math.max(0, ...compared.map(({ difference }) => difference.count));
  return {
    ...{ name, unit, baseline, total, seeds, folds },
    groups: new Set(results.flatMap((result) => Object.keys(result.groups ?? {}))).size,
    metric: results[0]?.metric ?? 'top1',
    runs: results.length,
    videos: [...perFold.values()].reduce((sum, count) => sum + count, 0),
    hours: results.reduce((sum, { seconds }) => sum + seconds, 0) / 3600,
    leastProbability: pairs === 0 ? 1 : 2 / 2 ** pairs,
    variants: variants.map((variant) => {
      const own = results.filter((result) => result.variant === variant.name);
      const comparison = comparisons.get(variant.name);
      const first = own[0];
      if (!first) return { name: variant.name, runs: 0 };
      return {
        name: variant.name,
        runs: own.length,
        accuracy: meanInterval([...values.get(variant.name)!.values()]),
        parameters: first.parameters,
        multiplyAdds: first.multiplyAdds,
        seconds: own.reduce((sum, { seconds }) => sum + seconds, 0) / own.length,
        ...(comparison ? { comparison } : {}),
      };
    }),
  };
}

/** The accuracy of each group (the mean over its seeds), or of each seed. */
function unitValues(
  results: readonly AblationResult[],
  variant: string,
  unit: AblationSummary['unit'],
): ReadonlyMap<string, number> {
  const groups = new Map<string, number[]>();
  for (const result of results) {
    if (result.variant !== variant) continue;
    const accuracies = unit === 'group' ? result.groups : { [result.seed]: result.accuracy };
    for (const [key, accuracy] of Object.entries(accuracies ?? {})) {
      groups.set(key, [...(groups.get(key) ?? []), accuracy]);
    }
  }
  return new Map(
    [...groups].map(([key, list]) => [
      key,
      list.reduce((sum, value) => sum + value, 0) / list.length,
    ]),
  );
}
