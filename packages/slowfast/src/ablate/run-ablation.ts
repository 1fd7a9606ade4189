/** @file Runs the trainings of an ablation that are still to be done, and keeps what came of each. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileText, SpecError, writeTextAtomic } from '@slowfast/core';
import { classificationMetrics, meanAveragePrecision } from '@slowfast/evaluation';
import type { TrainingProgress, VideoScores } from '@slowfast/training';
import { parseClassNames, readClipList } from '@slowfast/video';
import { annotationFiles } from '../pose/annotation-file.js';
import { isAnnotationPath } from '../pose/skeleton-file.js';
import { shardOf, type Shard } from '../shards/shard.js';
import type { RunSummary } from '../train/run-types.js';
import { trainModel } from '../train/train-model.js';
import { foldsOf, foldText, type Fold } from './folds.js';
import type { Ablation, Variant } from './specification.js';

/** One training. */
export interface AblationRun {
  readonly variant: string;
  /** The groups that are tested on; empty where the lists are the configuration's. */
  readonly fold: string;
  readonly seed: number;
}

/** What came of one training. */
export interface AblationResult extends AblationRun {
  /** Of the test list. */
  readonly accuracy: number;
  /** What {@link accuracy} is: `top1` or `mAP`. */
  readonly metric: string;
  /** Test videos. */
  readonly videos: number;
  /** The accuracy in each group of the fold. */
  readonly groups?: Readonly<Record<string, number>>;
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly seconds: number;
}

/** Options of {@link runAblation}. */
export interface AblationOptions {
  /** The runs that this process does; default all. */
  readonly shard?: Shard;
  readonly signal?: AbortSignal;
  /** Called before each run: how many are done, and altogether. */
  readonly onRun?: (run: AblationRun, done: number, total: number) => void;
  /** Called with how far a run is. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  readonly onWarning?: (text: string) => void;
  /** Called with all results that there are, also those of other processes, after each run. */
  readonly onResults?: (results: readonly AblationResult[]) => Promise<void>;
}

interface PlannedRun extends AblationRun {
  /** Name of its files. */
  readonly stem: string;
  readonly changes: Variant;
  readonly lists?: FoldLists;
}

/** The lists of a fold, and where a run that needs them writes them. */
interface FoldLists extends Pick<Fold, 'train' | 'test' | 'groups'> {
  readonly paths: { readonly train: string; readonly test: string };
}

/**
 * Does the trainings that have no result yet, one after the other; one that was interrupted goes on from its last
 * checkpoint. Seeds come last in the order, so that every variant soon has a first number. Throws as `trainModel`.
 */
export async function runAblation(
  ablation: Ablation,
  options: AblationOptions = {},
): Promise<readonly AblationResult[]> {
  const { shard, signal, onRun, onResults } = options;
  const planned = await plannedRuns(ablation);
  const own = shard ? shardOf(planned, shard) : planned;
  for (const [done, run] of own.entries()) {
    signal?.throwIfAborted();
    if (await resultOf(ablation, run)) continue;
    onRun?.(run, done, own.length);
    await doRun(ablation, run, options);
    await onResults?.(await resultsOf(ablation, planned));
  }
  const results = await resultsOf(ablation, planned);
  await onResults?.(results);
  return results;
}

/** The runs of an ablation, with the results of those that are done. */
export async function ablationState(
  ablation: Ablation,
): Promise<readonly (AblationRun & { readonly result?: AblationResult })[]> {
  const runs = await plannedRuns(ablation);
  return Promise.all(
    runs.map(async (run) => {
      const { variant, fold, seed } = run;
      const result = await resultOf(ablation, run);
      return { variant, fold, seed, ...(result ? { result } : {}) };
    }),
  );
}

async function plannedRuns(ablation: Ablation): Promise<readonly PlannedRun[]> {
  const { variants, seeds } = ablation;
  const folds = await listedFolds(ablation);
  return seeds.flatMap((seed) =>
    folds.flatMap(({ name: fold, lists }, f) =>
      variants.map((changes, i) => ({
        ...{ variant: changes.name, fold, seed, changes },
        stem: [`${i + 1}-${slug(changes.name)}`, fold && `${f + 1}-${slug(fold)}`, `seed-${seed}`]
          .filter(Boolean)
          .join('_'),
        ...(lists ? { lists } : {}),
      })),
    ),
  );
}

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60);

/** The folds with their lists; one without a name and lists where the configuration has its own. */
async function listedFolds({
  folds,
  output,
  variants,
  configuration,
}: Ablation): Promise<readonly { readonly name: string; readonly lists?: FoldLists }[]> {
  if (!folds) return [{ name: '' }];
  const { data = {} } = configuration(variants[0]!) as { data?: { labels?: string } };
  const classes =
    data.labels === undefined
      ? undefined
      : parseClassNames(await fileText(data.labels), data.labels);
  const list = isAnnotationPath(folds.list)
    ? await annotationFiles().list(folds.list)
    : await readClipList(folds.list, classes ? { classes } : {});
  return foldsOf(list, folds).map(({ name, ...fold }, i) => {
    const path = (what: string): string =>
      join(output, 'folds', `${i + 1}-${slug(name)}.${what}.csv`);
    return { name, lists: { ...fold, paths: { train: path('train'), test: path('test') } } };
  });
}

const resultPath = ({ output }: Ablation, { stem }: PlannedRun): string =>
  join(output, 'results', `${stem}.json`);

/** The result of a run; undefined for one that is not done. */
async function resultOf(ablation: Ablation, run: PlannedRun): Promise<AblationResult | undefined> {
  const text = await readFile(resultPath(ablation, run), 'utf8').catch(() => undefined);
  // Written whole or not at all.
  return text === undefined ? undefined : (JSON.parse(text) as AblationResult);
}

async function resultsOf(
  ablation: Ablation,
  runs: readonly PlannedRun[],
): Promise<readonly AblationResult[]> {
  const results = await Promise.all(runs.map((run) => resultOf(ablation, run)));
  return results.filter((result) => result !== undefined);
}

async function doRun(
  ablation: Ablation,
  run: PlannedRun,
  { signal, onProgress, onWarning }: AblationOptions,
): Promise<void> {
  const { output } = ablation;
  const folder = join(output, 'runs', run.stem);
  const config = configOf(ablation, run, folder);
  const path = join(output, 'configurations', `${run.stem}.json`);
  for (const name of ['configurations', 'folds', 'results', 'runs']) {
    await mkdir(join(output, name), { recursive: true });
  }
  if (run.lists) {
    const { train, test, paths } = run.lists;
    await writeTextAtomic(paths.train, foldText(train));
    await writeTextAtomic(paths.test, foldText(test));
  }
  await writeTextAtomic(path, `${JSON.stringify(config, undefined, 2)}\n`);
  const startedAt = performance.now();
  const summary = await trainModel(path, {
    resume: (await checkpointsIn(folder)).length > 0,
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
    ...(onWarning ? { onWarning } : {}),
  });
  const { variant, fold, seed, lists } = run;
  const { metric, ...accuracy } = accuracyOf(summary, variant);
  const result: AblationResult = {
    ...{ variant, fold, seed, metric, ...accuracy },
    ...(lists ? { groups: await groupAccuracies(folder, lists.groups, metric) } : {}),
    parameters: summary.parameters,
    multiplyAdds: summary.multiplyAdds,
    seconds: Math.round((performance.now() - startedAt) / 1000),
  };
  await writeTextAtomic(resultPath(ablation, run), `${JSON.stringify(result)}\n`);
  // More than half of what a run takes on disk, and nothing goes on from them any more.
  for (const name of await checkpointsIn(folder)) await rm(join(folder, name));
}

/** A run's accuracy in each group, from the scores that it has written. */
async function groupAccuracies(
  folder: string,
  groupOf: ReadonlyMap<string, string>,
  metric: string,
): Promise<Readonly<Record<string, number>>> {
  const text = await readFile(join(folder, 'evaluation.json'), 'utf8');
  const { videos } = JSON.parse(text) as { readonly videos: readonly VideoScores[] };
  const names = [...new Set(videos.map(({ path }) => groupOf.get(path)!))];
  return Object.fromEntries(
    names.map((name) => {
      const own = videos.filter(({ path }) => groupOf.get(path) === name);
      const single = own.map(({ labels, scores }) => ({ scores, label: labels[0]! }));
      const value =
        metric === 'top1' ? classificationMetrics(single).top1 : meanAveragePrecision(own).mAP;
      return [name, value];
    }),
  );
}

/** Keys of `data` that say how its lists are read. */
const LIST_FORM: readonly string[] = ['format', 'prefix', 'pattern'];

function configOf(
  { configuration }: Ablation,
  { changes, seed, lists }: PlannedRun,
  output: string,
): object {
  const config = configuration(changes) as Readonly<Record<string, object>>;
  if (!lists) return { ...config, seed, output };
  // Paths of the folds' lists are absolute, whatever the form of the list that they come from.
  const data = Object.entries(config['data']!).filter(([key]) => !LIST_FORM.includes(key));
  return { ...config, seed, output, data: { ...Object.fromEntries(data), ...lists.paths } };
}

async function checkpointsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.filter((name) => name.startsWith('checkpoint'));
}

function accuracyOf(
  { evaluation }: RunSummary,
  variant: string,
): Pick<AblationResult, 'accuracy' | 'metric' | 'videos'> {
  const metrics = evaluation?.metrics ?? {};
  const metric = 'top1' in metrics ? 'top1' : 'mAP';
  const accuracy = metrics[metric];
  if (accuracy !== undefined) return { accuracy, metric, videos: metrics['videos'] ?? NaN };
  throw new SpecError({
    site: variant,
    expected: 'a configuration with a test list, or folds',
    received: 'one without',
  });
}
