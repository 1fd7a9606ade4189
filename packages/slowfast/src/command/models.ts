/** @file `slowfast models`: what the catalog holds. */
import { graphCost } from '@slowfast/core';
import { catalogModel, modelNames } from '@slowfast/models';
import { loadModel, type ModelEntry } from '@slowfast/checkpoints';
import type { Request } from './declaration.js';
import { textTable } from './table.js';
import { EXIT, UsageError } from './usage-error.js';

interface ModelsFlags {
  readonly published?: boolean;
  readonly dataset?: string;
  readonly minTop1?: number;
  readonly json?: boolean;
}

/** Prints the list. */
export async function models({ flags, terminal }: Request<ModelsFlags>): Promise<number> {
  const { dataset, minTop1, published } = flags;
  if (published) return (await import('./published-list.js')).publishedList(flags, terminal);
  if (dataset !== undefined || minTop1 !== undefined) {
    throw new UsageError(
      '--dataset and --min-top1: choose among published weights, with --published',
    );
  }
  const { entry, weights } = await loadModel();
  await weights.close?.();
  const rows = [
    summary(entry, true),
    ...modelNames().map((name) => summary(catalogModel(name), false)),
  ];
  terminal.out(
    flags.json ? rows.map((row) => `${JSON.stringify(row)}\n`).join('') : modelTable(rows),
  );
  return EXIT.success;
}

type Summary = ReturnType<typeof summary>;

function summary(entry: ModelEntry, isDefault: boolean) {
  const { name, title, model, preprocessing, accuracy, reference } = entry;
  const { parameters, multiplyAdds } = graphCost(model.graph);
  const { clip, crop, views } = preprocessing;
  return {
    ...{ name, title, parameters, multiplyAdds, clip, crop, views, accuracy, reference },
    ...(isDefault ? { default: true } : {}),
  };
}

function modelTable(rows: readonly Summary[]): string {
  const header = ['name', 'what', 'clip', 'M params', 'GMACs', 'top-1'];
  const cells = rows.map(({ name, title, clip, parameters, multiplyAdds, accuracy }) => [
    name,
    title,
    `${clip.frames}x${clip.stride}`,
    (parameters / 1e6).toFixed(2),
    (multiplyAdds / 1e9).toFixed(2),
    accuracy
      .map(({ top1 }) => top1)
      .find((top1) => top1 !== undefined)
      ?.toFixed(1) ?? '',
  ]);
  return (
    textTable(header, cells, new Set(header.slice(3))) +
    '\nThe first comes with its weights and is the default; of the others, weights are given by --weights:\n`slowfast models --published` lists those that can be fetched by name.\n' +
    'clip: frames x stride; GMACs: multiply-adds of one view at the published crop;\n' +
    'top-1: published, Kinetics-400.\n'
  );
}
