/** @file One training run, from its configuration to its report. */
import { join } from 'node:path';
import { fileText, graphCost, SpecError, writeTextAtomic } from '@slowfast/core';
import type { ConfiguredNetwork } from '@slowfast/models';
import {
  evaluateVideos,
  metricsFile,
  parseTrainingConfig,
  runFolder,
  train,
  trainingReport,
  type EvaluateOptions,
  type Evaluation,
  type FoundCheckpoint,
  type FrozenFeatures,
  type MetricsLog,
  type MetricsRecord,
  type RunFolder,
  type TrainingConfig,
  type TrainingModel,
  type TrainResult,
  type VideoScores,
} from '@slowfast/training';
import { defined } from '../defined.js';
import { metadataOf } from './metadata.js';
import { testVideos, type TestVideos } from './evaluation.js';
import { clipSource, loopOf, wholeFeeds } from './loop.js';
import { preparation, preparedModel, type Preparation } from './preparation.js';
import { probeClips, probeFeatures } from './probe.js';
import type { RunOptions, RunSummary } from './run-types.js';
import { writeTrainedOnnx } from './trained.js';
import { worstClips } from './worst.js';

/** Bytes of views of test videos that are kept from one evaluation to the next. */
const KEPT_VIEWS = 512 * 2 ** 20;

/**
 * Trains what a configuration file says; paths in it are relative to it. Throws SpecError for a configuration or list
 * that is not valid, and the signal's reason when aborted.
 */
export async function runTraining(path: string, options: RunOptions = {}): Promise<RunSummary> {
  const { resume = false } = options;
  const ready = await preparation(path, options);
  const { config, from } = ready;
  await using folder = await runFolder(from(config.output), { keep: config.checkpoint?.keep ?? 2 });
  const earlier = await resumed(folder, resume, config);
  for (const text of earlier?.damaged ?? []) options.onWarning?.(`skipped: ${text}`);
  await writeTextAtomic(
    join(folder.path, 'config.json'),
    `${JSON.stringify(config, undefined, 2)}\n`,
  );
  await using features = await probeFeatures(ready);
  await using model = await preparedModel(ready, features?.part);
  if (model.twice.length > 0) {
    options.onNote?.(
      `computed twice, to keep to ${config.train.memory}: ${model.twice.join(', ')}`,
    );
  }
  return await trainAndTest({ ...ready, model, features, folder, found: earlier, options });
}

interface Run extends Preparation {
  readonly model: TrainingModel<string, 'scores'>;
  /** Where the model sees features in place of clips. */
  readonly features: FrozenFeatures | undefined;
  readonly folder: RunFolder;
  readonly found: FoundCheckpoint | undefined;
  readonly options: RunOptions;
}

async function trainAndTest(run: Run): Promise<RunSummary> {
  const { config, lists, network, model, features, folder, options } = run;
  const { signal = new AbortController().signal, onWarning } = options;
  const broken: string[] = [];
  const onBroken = (file: string, error: Error): void => {
    if (broken.includes(file)) return;
    broken.push(file);
    onWarning?.(`left out: ${error.message}`);
  };
  const log = metricsFile(join(folder.path, 'metrics.jsonl'));
  const test: Test = (counts, keep) =>
    lists.test &&
    testVideos(lists.test.clips, {
      ...counts,
      preprocessing: network.preprocessing,
      keep,
      signal,
      onBroken,
      annotations: lists.annotations,
      ...defined({ rowOf: features?.rowOf }),
    });
  const shared = {
    feeds: features?.feeds ?? wholeFeeds(run),
    classes: lists.classes,
    kind: config.train.loss?.kind ?? 'cross-entropy',
    combine: network.preprocessing.views.combine === 'max' ? 'max' : 'mean',
    signal,
  } as const;
  const result = await trained(run, { log, test, shared, signal, onBroken });
  const weights = await folder.saveWeights('final.safetensors', result.weights);
  const onnx = join(folder.path, 'model.onnx');
  const metadata = {
    preprocessing: network.preprocessing,
    trained: true,
    ...defined({ labels: lists.labels }),
  };
  await writeTrainedOnnx(onnx, { model: network.model, weights: result.weights, metadata });
  model.assign(await tensorsOf(result.weights));
  const scores: VideoScores[] = [];
  const videos = test(network.preprocessing.views, 0);
  const onVideo = (video: VideoScores): void => void scores.push(video);
  const evaluation = videos && (await evaluateVideos(model, videos, { ...shared, onVideo }));
  if (evaluation) await writeEvaluation(folder, network, evaluation, scores);
  const { step: steps, epoch: epochs, best } = result.progress;
  const outcome = {
    folder: folder.path,
    weights,
    onnx,
    parameters: parameterCount(model),
    multiplyAdds: graphCost(network.model.graph).convLinear,
  };
  const waiting = waitingOf(await log.records());
  const report = await writeReport(run, { log, scores, evaluation, broken });
  const { notCarriedOver } = run;
  const more = defined({ best, evaluation, notCarriedOver });
  return { ...outcome, report, steps, epochs, broken, waiting, ...more };
}

/** Epochs are of one length. */
function waitingOf(records: readonly MetricsRecord[]): RunSummary['waiting'] {
  const epochs = records.filter((record) => record.kind === 'epoch');
  const [first, ...later] = epochs.map((epoch) => epoch.waiting);
  const sum = later.reduce((total, share) => total + share, 0);
  return { first: first ?? 0, ...(later.length > 0 ? { later: sum / later.length } : {}) };
}

type Test = (
  counts: { readonly clips: number; readonly crops: number },
  keep: number,
) => TestVideos | undefined;

interface Surroundings {
  readonly log: MetricsLog;
  readonly test: Test;
  readonly shared: EvaluateOptions<string>;
  readonly signal: AbortSignal;
  readonly onBroken: (path: string, error: Error) => void;
}

async function trained(
  run: Run,
  { log, test, shared, signal, onBroken }: Surroundings,
): Promise<TrainResult> {
  const { config, fitted, lists, network, model, features, folder, found, options } = run;
  const { every, clips: viewClips = 1, crops = 1 } = config.evaluate ?? {};
  const watched = test({ clips: viewClips, crops }, KEPT_VIEWS);
  const evaluation = watched && {
    ...defined({ every }),
    best: shared.kind === 'cross-entropy' ? 'top1' : 'mAP',
    run: (current: Pick<typeof model, 'run'>) => evaluateVideos(current, watched, shared),
  };
  const loop = loopOf(run, model, shared.feeds);
  await using clips = features
    ? await probeClips(run, features, { ...options, folder: folder.path, signal, onBroken })
    : clipSource(run, signal, onBroken);
  return await train({
    ...loop,
    clips,
    ...defined({ evaluation, resume: found?.checkpoint, resumePath: found?.path }),
    folder,
    log,
    metadata: metadataOf(fitted, network, lists),
    signal,
    ...defined({ onProgress: options.onProgress }),
  });
}

async function writeEvaluation(
  folder: RunFolder,
  { preprocessing }: ConfiguredNetwork,
  evaluation: Evaluation,
  videos: readonly VideoScores[],
): Promise<void> {
  const views = `${preprocessing.views.clips}x${preprocessing.views.crops}`;
  const text = JSON.stringify({ views, ...evaluation, videos });
  await writeTextAtomic(join(folder.path, 'evaluation.json'), `${text}\n`);
}

async function writeReport(
  { config, lists, model, folder }: Run,
  results: {
    readonly log: MetricsLog;
    readonly scores: readonly VideoScores[];
    readonly evaluation: Evaluation | undefined;
    readonly broken: readonly string[];
  },
): Promise<string> {
  const { log, scores, evaluation, broken } = results;
  const { labels } = lists;
  const isSingle = config.train.loss?.kind !== 'binary-cross-entropy';
  const path = join(folder.path, 'report.html');
  const text = trainingReport(await log.records(), {
    title: config.name,
    config: JSON.stringify(config, undefined, 2),
    ...defined({ labels, evaluation }),
    worst: isSingle ? await worstClips(scores, labels, folder.path) : [],
    broken,
    summary: { parameters: `${parameterCount(model)}`, device: (await model.device()).name },
  });
  await writeTextAtomic(path, text);
  return path;
}

async function resumed(
  folder: RunFolder,
  isResumed: boolean,
  config: TrainingConfig,
): Promise<FoundCheckpoint | undefined> {
  const latest = await folder.latest();
  if (!isResumed && latest) {
    throw new SpecError({
      site: 'output',
      expected: 'a folder without checkpoints',
      received: latest.path,
      remedy: 'Go on with it (resume), or name another folder',
    });
  }
  if (!isResumed) return undefined;
  if (!latest) {
    throw new SpecError({
      site: 'resume',
      expected: 'a folder with a checkpoint',
      received: folder.path,
    });
  }
  const before = await parseTrainingConfig(
    await fileText(join(folder.path, 'config.json')),
    join(folder.path, 'config.json'),
  );
  for (const section of ['data', 'model', 'train', 'seed'] as const) {
    if (JSON.stringify(before[section]) === JSON.stringify(config[section])) continue;
    throw new SpecError({
      site: section,
      expected: 'the recipe that the run was started with, since it would be another run',
      received: 'a changed one',
      remedy: `The first is ${join(folder.path, 'config.json')}`,
    });
  }
  return latest;
}

function parameterCount({ parameters }: TrainingModel<string, 'scores'>): number {
  return parameters
    .filter(({ role }) => !role.startsWith('running'))
    .reduce((sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1), 0);
}

async function tensorsOf(store: {
  readonly names: ReadonlySet<string>;
  read(name: string): ReturnType<Awaited<ReturnType<typeof train>>['weights']['read']>;
}) {
  const tensors = [];
  for (const name of store.names) tensors.push([name, await store.read(name)] as const);
  return tensors;
}

export { planRun } from './dry-run.js';
