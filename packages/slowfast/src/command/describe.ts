/** @file `slowfast describe MODEL`: the paper's Table 1 for any model, with cost. */
import { describeModel, prepareForInference, type Graph } from '@slowfast/core';
import { catalogModel, checkedModelName, DEFAULT_MODEL } from '@slowfast/models';
import { loadModel, type ModelEntry } from '@slowfast/checkpoints';
import { tunePlan, type TunedPlan } from '@slowfast/runtime-onnx';
import { EXIT, UsageError } from './exit.js';
import type { AddCommand } from './main.js';
import {
  addVariantOptions,
  variantOptions,
  wholeNumber,
  type ModelFlags,
} from './model-options.js';
import type { Terminal } from './terminal.js';
import { tuningProgress } from './compile.js';
import { describePlan, planText } from './describe-plan.js';
import { describeText } from './describe-text.js';

interface DescribeFlags extends ModelFlags {
  readonly plan?: boolean;
  readonly tune?: boolean;
  readonly threads?: number;
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
    .option('--tune', 'with --plan: measure how each layer is fastest here, and remember it')
    .option('--threads <n>', 'with --tune: threads to measure with (default: all)', wholeNumber)
    .option('--json', 'print one JSON object')
    .action((name: string, flags: DescribeFlags) =>
      run(async (terminal) => {
        const { plan, tune, threads, json, ...variant } = flags;
        if (tune && !plan) throw new UsageError('--tune: needs --plan');
        if (threads !== undefined && !tune) throw new UsageError('--threads: needs --tune');
        const entry = await entryOf(name, variant);
        if (plan) {
          const graph = prepareForInference(entry.model.graph);
          const layers = describePlan(graph, tune ? await tuned(graph, threads, terminal) : {});
          terminal.out(
            json ? `${JSON.stringify({ model: entry.name, layers })}\n` : planText(layers),
          );
          return EXIT.success;
        }
        const description = describeModel(entry.model);
        const { title, reference, zoo, dataset, preprocessing, accuracy } = entry;
        terminal.out(
          json
            ? `${JSON.stringify({ ...description, title, reference, zoo, dataset, preprocessing, accuracy })}\n`
            : `${title}\n${reference}\n\n${describeText(description)}`,
        );
        return EXIT.success;
      }),
    );
};

async function tuned(
  graph: Graph,
  threads: number | undefined,
  terminal: Terminal,
): Promise<TunedPlan> {
  const tuning = tuningProgress(terminal);
  try {
    return await tunePlan(graph, {
      ...tuning.options,
      ...(threads === undefined ? {} : { threads }),
    });
  } finally {
    tuning.end();
  }
}

async function entryOf(name: string, flags: DescribeFlags): Promise<ModelEntry> {
  if (name !== DEFAULT_MODEL) return catalogModel(checkedModelName(name), variantOptions(flags));
  const { entry, weights } = await loadModel({ model: name, ...variantOptions(flags) });
  await weights.close?.();
  return entry;
}
