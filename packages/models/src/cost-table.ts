/** @file The costs of all models, and the published ones beside them, as Markdown. */
import { graphCost } from '@slowfast/core';
import { catalogModel } from './catalog.js';
import type { CatalogOptions } from './catalog-options.js';
import { modelNames } from './model-names.js';
import { comparePartCosts } from './part-cost.js';
import { compareCosts, type CostComparison } from './published-cost.js';

/** What each model costs, and how published numbers compare: the text of `docs/cost.md`. */
export function costTable(): string {
  const compared = compareCosts();
  const parts = [
    '# What the models cost',
    'Written by a command from the graphs themselves; do not edit. GFLOPs are 10⁹ multiply-adds of ' +
      'convolutions, linear layers and matrix products for one view, as the field counts them. ' +
      'Peak memory is that of the activations alive at once, float32, one view at 256 pixels.',
    '## All models',
    table(
      ['Model', 'GFLOPs @256', 'GFLOPs @224', 'M parameters', 'Peak MiB'],
      modelNames().map((name) => {
        const at = (size: number) => graphCost(catalogModel(name, { size }).model.graph);
        const [large, small] = [at(256), at(224)];
        return [
          `\`${name}\``,
          (large.multiplyAdds / 1e9).toFixed(2),
          (small.multiplyAdds / 1e9).toFixed(2),
          (large.parameters / 1e6).toFixed(3),
          (large.peakActivationBytes / 2 ** 20).toFixed(0),
        ];
      }),
    ),
    '## Published numbers that these agree with',
    'Within 0.2 %. *Instantiated* numbers were counted on the zoos’ own code. *Norms counted*: the zoo’s counter adds 5 ' +
      'operations for each element of a batch norm (fvcore in training mode), or 2 (mmengine), and so does this comparison.',
    comparisonTable(compared.filter(({ differs }) => differs === undefined)),
    '## Published numbers that do not reproduce',
    comparisonTable(compared.filter(({ differs }) => differs !== undefined)),
    '## Networks of parts without a name',
    'What the parts compose beside the catalog: `resnet` with groups, `csn` of 152 layers, `movinet`.',
    partTable(),
  ];
  return `${parts.join('\n\n')}\n`;
}

const partTable = (): string =>
  table(
    ['Network', 'Source', 'Clip', 'GFLOPs', 'Here', 'M parameters', 'Here', 'Why not'],
    comparePartCosts().map(({ what, source, clip, published, measured, differs = '' }) => [
      what,
      source,
      `${clip.frames} × ${clip.size}²`,
      `${published.multiplyAdds}`,
      measured.multiplyAdds.toFixed(2),
      `${published.parameters ?? ''}`,
      measured.parameters.toFixed(3),
      differs,
    ]),
  );

function comparisonTable(rows: readonly CostComparison[]): string {
  const reasons = rows.some(({ differs }) => differs !== undefined);
  return table(
    [
      'Source',
      'Model',
      'Options',
      'Quantity',
      'Published',
      'Here',
      'Deviation',
      ...(reasons ? ['Why'] : []),
    ],
    rows.map((row) => [
      `${row.source} (${row.provenance})`,
      `\`${row.model}\``,
      optionsText(row.options),
      row.quantity,
      `${row.value}`,
      row.measured.toFixed(row.quantity === 'GFLOPs' ? 2 : 3),
      `${(100 * row.deviation).toFixed(2)} %`,
      ...(reasons ? [row.differs ?? ''] : []),
    ]),
  );
}

const optionsText = (options: CatalogOptions): string =>
  Object.entries(options)
    .map(
      ([name, value]) =>
        `${name} ${name === 'beta' ? `1/${1 / (value as number)}` : String(value)}`,
    )
    .join(', ');

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
