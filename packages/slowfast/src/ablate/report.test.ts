import { describe, expect, test } from '@jest/globals';
import { summarised } from './comparison.js';
import { ablationTable } from './report.js';
import type { AblationResult } from './run-ablation.js';

const result = (variant: string, seed: number, accuracy: number): AblationResult => ({
  ...{ variant, seed, accuracy, fold: '', metric: 'top1', videos: 40 },
  ...{ parameters: 1000, multiplyAdds: 1e6, seconds: 36 },
});

/** The table of these variants, with seeds alone. */
function table(
  names: readonly string[],
  results: readonly AblationResult[],
  seeds: readonly number[] = [1, 2],
): readonly string[] {
  const variants = names.map((name) => ({ name, changes: {} }));
  const ablation = { name: 'Ways', variants, baseline: names[0]!, seeds };
  return ablationTable(summarised(ablation, results, 2 * names.length)).split('\n');
}

/** Cells of each row of the table. */
const widths = (lines: readonly string[]): readonly number[] =>
  lines.filter((line) => line.startsWith('|')).map((line) => line.split('|').length - 2);

describe('the table of an ablation', () => {
  test('compares variants with the baseline, and says which are missing', () => {
    const lines = table(
      ['A', 'B', 'C'],
      [result('A', 1, 0.5), result('A', 2, 0.7), result('B', 1, 0.6), result('B', 2, 0.8)],
    );
    expect(widths(lines)).toEqual([8, 8, 8, 8, 8]);
    expect(lines).toContain('| B | 70.0 | -57.1 … 197.1 | +10.0 | 0.500 | 1.0 | 1 | 2 |');
    expect(lines.join(' ')).toContain('B is not told apart from A: +10.0 points');
    expect(lines.join(' ')).toContain('no difference, however large, can be told apart');
  });

  test('calls no probability nothing', () => {
    const seeds = Array.from({ length: 12 }, (_, i) => i + 1);
    const results = seeds.flatMap((seed) => [
      result('A', seed, 0.5 + seed / 1000),
      result('B', seed, 0.6 + seed / 500),
    ]);
    // Two of 4096 ways to flip the signs.
    expect(table(['A', 'B'], results, seeds).join(' ')).toContain(
      '**B** is told apart from A: +10.6 points (10.4 … 10.9), p < 0.001.',
    );
  });

  test('of one variant compares it with nothing', () => {
    const lines = table(['A'], [result('A', 1, 0.5), result('A', 2, 0.7)]);
    expect(widths(lines)).toEqual([6, 6, 6]);
    expect(lines.join(' ')).not.toMatch(/less|compared/);
    expect(widths(table(['A'], []))).toEqual([6, 6, 6]);
  });
});
