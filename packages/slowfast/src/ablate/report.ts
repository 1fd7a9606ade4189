/** @file The table and the picture of an ablation, written anew after each run. */
import { join } from 'node:path';
import { writeTextAtomic } from '@slowfast/core';
import { drawIntervals } from '@slowfast/drawing';
import type { AblationSummary, VariantSummary } from './comparison.js';

/** Writes `ablation.md`, `ablation.svg` and `ablation.json` into a folder; gives their paths. */
export async function writeAblation(
  folder: string,
  summary: AblationSummary,
): Promise<readonly string[]> {
  const files = {
    'ablation.md': ablationTable(summary),
    'ablation.svg': ablationPicture(summary),
    'ablation.json': `${JSON.stringify(summary, undefined, 2)}\n`,
  };
  const paths: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await writeTextAtomic(path, text);
    paths.push(path);
  }
  return paths;
}

const percent = (value: number): string => (Number.isNaN(value) ? '–' : (100 * value).toFixed(1));

/** The table in Markdown, with what it does and does not tell apart. */
export function ablationTable(summary: AblationSummary): string {
  const { name, metric, unit, baseline, runs, total, seeds, folds, groups, videos, hours } =
    summary;
  // Nothing is there to compare it with.
  const isAlone = summary.variants.length === 1;
  const comparison = isAlone ? '' : `less ${cell(baseline)} | p | `;
  const head = `| variant | ${metric}, % | 95 % interval | ${comparison}multiply-adds, M | parameters, k | runs |`;
  const state = runs < total ? `${runs} of ${total} runs` : `${total} runs`;
  const over =
    unit === 'group'
      ? `${groups} groups in ${folds.length} folds (${videos} test videos in all), each the mean of its seeds (${seeds.join(', ')})`
      : `seeds ${seeds.join(', ')}, the test videos (${videos}) always the same: the interval is that of seeds alone`;
  return [
    `# ${name}`,
    '',
    `${state}, ${hours.toFixed(1)} hours. Means and intervals are over ${over}.`,
    '',
    head,
    head.replace(/[^|]+/g, ' --- '),
    ...summary.variants.map((variant) => row(variant, isAlone)),
    '',
    '![accuracy of each variant with its interval](ablation.svg)',
    '',
    ...(isAlone ? [] : [...sentences(summary), '']),
  ].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function row(variant: VariantSummary, isAlone: boolean): string {
  const { accuracy, comparison, multiplyAdds, parameters, runs } = variant;
  const cells = accuracy
    ? [
        percent(accuracy.mean),
        `${percent(accuracy.low)} … ${percent(accuracy.high)}`,
        ...(isAlone ? [] : differenceCells(comparison)),
        ((multiplyAdds ?? NaN) / 1e6).toFixed(1),
        ((parameters ?? NaN) / 1e3).toFixed(0),
        `${runs}`,
      ]
    : [...Array<string>(isAlone ? 4 : 6).fill(''), '0'];
  return `| ${[cell(variant.name), ...cells].join(' | ')} |`;
}

const differenceCells = (comparison: VariantSummary['comparison']): readonly string[] =>
  comparison
    ? [signed(comparison.difference.mean), probabilityText(comparison.probability)]
    : ['', ''];

/** No probability of a permutation is nothing. */
const probabilityText = (probability: number): string =>
  probability < 0.001 ? '< 0.001' : probability.toFixed(3);

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${percent(Math.abs(value))}`;

/** One sentence for each variant, and one about what so many pairs can show at all. */
function sentences({
  variants,
  baseline,
  unit,
  leastProbability,
}: AblationSummary): readonly string[] {
  const compared = variants.filter(({ comparison }) => comparison);
  if (compared.length === 0) return [`Nothing can be compared with ${baseline} yet.`];
  const powerless = leastProbability * compared.length >= 0.05;
  return [
    ...compared.map(({ name, comparison }) => {
      const { difference, probability, isDifferent } = comparison!;
      const by = `${signed(difference.mean)} points (${percent(difference.low)} … ${percent(difference.high)})`;
      const p = probabilityText(probability).replace(/^(?=\d)/, '= ');
      return isDifferent
        ? `- **${name}** is told apart from ${baseline}: ${by}, p ${p}.`
        : `- ${name} is not told apart from ${baseline}: ${by}, p ${p}.`;
    }),
    '',
    `p is that of a two-sided sign-flip permutation test over ${unit}s, paired, corrected for ${compared.length} comparisons (Holm).` +
      (powerless
        ? ` With so few ${unit}s no difference, however large, can be told apart: more are needed.`
        : ''),
  ];
}

/** A dot and its interval for each variant. */
export function ablationPicture({ name, metric, variants, baseline }: AblationSummary): string {
  return drawIntervals({
    title: name,
    unit: `${metric}, %`,
    rows: variants.flatMap(({ name: label, accuracy, comparison }) =>
      accuracy
        ? [
            {
              label,
              value: 100 * accuracy.mean,
              low: 100 * accuracy.low,
              high: 100 * accuracy.high,
              group: label === baseline ? 0 : comparison?.isDifferent ? 1 : 2,
            },
          ]
        : [],
    ),
    groups: ['baseline', 'told apart from it', 'not told apart'],
  });
}
