/** @file `slowfast describe MODEL`: the paper's Table 1 for any model, with cost. */
import { describeModel } from '@slowfast/core';
import { catalogModel } from '@slowfast/models';
import { EXIT } from '../exit.js';
import type { AddCommand } from '../main.js';
import { addVariantOptions, variantOptions, type ModelFlags } from '../model-options.js';
import { describeText } from './describe-text.js';

/** Adds `describe`. */
export const addDescribe: AddCommand = (program, run) => {
  addVariantOptions(
    program
      .command('describe')
      .description('show stages, kernels, output sizes and cost of a model')
      .argument('<model>', 'a name that `slowfast models` lists'),
  )
    .option('--json', 'print one JSON object')
    .action((name: string, flags: ModelFlags & { json?: boolean }) =>
      run(async (terminal) => {
        const entry = catalogModel(name, variantOptions(flags));
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
