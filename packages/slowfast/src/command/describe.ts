/** @file `slowfast describe MODEL`: the paper's Table 1 for any model, with cost. */
import { describeModel, prepareForInference, writeTextAtomic, type Graph } from '@slowfast/core';
import { drawModel, modelPage } from '@slowfast/drawing';
import { catalogModel, checkedModelName, DEFAULT_MODEL } from '@slowfast/models';
import { loadModel, type ModelEntry } from '@slowfast/checkpoints';
import { tunePlan, type TunedPlan } from '@slowfast/runtime-onnx';
import { usefulThreads } from '../machine/processors.js';
import { EXIT, UsageError } from './exit.js';
import type { Request } from './declaration.js';
import { variantOptions, type ModelFlags } from './model-options.js';
import type { Terminal } from './terminal.js';
import { tuningProgress } from './compile.js';
import { describePlan, planText } from './describe-plan.js';
import { describeText } from './describe-text.js';

interface DescribeFlags extends ModelFlags {
  readonly plan?: boolean;
  readonly tune?: boolean;
  readonly threads?: number;
  readonly svg?: string;
  readonly html?: string;
  readonly json?: boolean;
}

/** Prints the table of a model, or the plan. */
export async function describe({
  args: [name = DEFAULT_MODEL],
  flags,
  terminal,
}: Request<DescribeFlags>): Promise<number> {
  const { plan, tune, threads, svg, html, json, ...variant } = flags;
  if (tune && !plan) throw new UsageError('--tune: needs --plan');
  if (threads !== undefined && !tune) throw new UsageError('--threads: needs --tune');
  if (plan && (svg ?? html) !== undefined) throw new UsageError('--svg, --html: not with --plan');
  const entry = await entryOf(name, variant);
  if (plan) {
    const graph = prepareForInference(entry.model.graph);
    const layers = describePlan(graph, tune ? await tuned(graph, threads, terminal) : {});
    terminal.out(json ? `${JSON.stringify({ model: entry.name, layers })}\n` : planText(layers));
    return EXIT.success;
  }
  const description = describeModel(entry.model);
  const { title, reference, zoo, dataset, preprocessing, accuracy } = entry;
  if (svg !== undefined)
    await writeTextAtomic(svg, `${drawModel(description, { title })}\n`, terminal.signal);
  if (html !== undefined)
    await writeTextAtomic(html, modelPage(description, { title }), terminal.signal);
  terminal.out(
    json
      ? `${JSON.stringify({ ...description, title, reference, zoo, dataset, preprocessing, accuracy })}\n`
      : `${title}\n${reference}\n\n${describeText(description)}`,
  );
  return EXIT.success;
}

async function tuned(
  graph: Graph,
  threads: number | undefined,
  terminal: Terminal,
): Promise<TunedPlan> {
  const tuning = tuningProgress(terminal);
  const useful = usefulThreads(threads, tuning.options.onWarning!);
  try {
    return await tunePlan(graph, {
      ...tuning.options,
      ...(useful === undefined ? {} : { threads: useful }),
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
