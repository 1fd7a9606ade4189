/** @file `slowfast describe MODEL`: the paper's Table 1 for any model, with cost. */
import { describeModel } from '@slowfast/core';
import { catalogModel, DEFAULT_MODEL, loadModel, type ModelEntry } from '@slowfast/models';
import { EXIT } from '../exit.js';
import type { AddCommand } from '../main.js';
import { addVariantOptions, variantOptions, type ModelFlags } from '../model-options.js';
import { describePlan, planText } from './describe-plan.js';
import { describeText } from './describe-text.js';

interface DescribeFlags extends ModelFlags {
  readonly plan?: boolean;
  readonly json?: boolean;
}

/** Adds `describe`. */
export const addDescribe: AddCommand = (program, run) => {
  addVariantOptions(
    program
      .command('describe')
      .description('show stages, kernels, output sizes and cost of a model')
      .argument('[model]', 'a name that `slowfast models` lists', DEFAULT_MODEL),
  )
    .option('--plan', 'show how each layer is computed on processors instead')
    .option('--json', 'print one JSON object')
    .action((name: string, flags: DescribeFlags) =>
      run(async (terminal) => {
        const entry = await entryOf(name, flags);
        if (flags.plan) {
          const layers = describePlan(entry.model.graph);
          terminal.out(
            flags.json ? `${JSON.stringify({ model: entry.name, layers })}\n` : planText(layers),
          );
          return EXIT.success;
        }
        const description = describeModel(entry.model);
        const { title, reference, zoo, dataset, recipe, accuracy } = entry;
        terminal.out(
          flags.json
            ? `${JSON.stringify({ ...description, title, reference, zoo, dataset, recipe, accuracy })}\n`
            : `${title}\n${reference}\n\n${describeText(description)}`,
        );
        return EXIT.success;
      }),
    );
};

async function entryOf(name: string, flags: DescribeFlags): Promise<ModelEntry> {
  if (name !== DEFAULT_MODEL) return catalogModel(name, variantOptions(flags));
  const { entry, weights } = await loadModel({ model: name, ...variantOptions(flags) });
  await weights.close?.();
  return entry;
}
