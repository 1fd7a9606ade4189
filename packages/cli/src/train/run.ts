/** @file One training run, from its recipe to its report. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { sidesOf, SpecError } from '@slowfast/core';
import { sgd, trainingModel, type Optimizer, type TrainingModel } from '@slowfast/runtime-tfjs';
import {
  adamW,
  evaluateVideos,
  lossOf,
  metricsFile,
  parseTrainingConfig,
  pathwayFeeds,
  runFolder,
  scheduleOf,
  train,
  trainingReport,
  type Evaluation,
  type RunFolder,
  type TrainingConfig,
  type VideoScores,
} from '@slowfast/training';
import { readClipList, trainingClips, type ClipList } from '@slowfast/video';
import {
  NETWORK_METADATA_KEY,
  trainedNetwork,
  writeFileAtomic,
  type NetworkFacts,
  type TrainedNetwork,
} from '@slowfast/models';
import type { Terminal } from '../terminal.js';
import { testVideos } from './evaluation.js';
import { trainingLine } from './progress.js';
import { writeTrainedOnnx } from './trained.js';
import { worstClips } from './worst.js';
import { fineTuningText, openStart, startWeights, withCheckpoint } from './weights.js';

/** What came of a run. */
export interface RunSummary {
  readonly folder: string;
  readonly weights: string;
  /** The same as a model for the other commands. */
  readonly onnx: string;
  readonly report: string;
  readonly parameters: number;
  readonly steps: number;
  readonly epochs: number;
  readonly best?: { readonly epoch: number; readonly value: number };
  readonly evaluation?: Evaluation;
  readonly broken: readonly string[];
}

const MEGABYTE = 2 ** 20;
/** Bytes of views of test videos that are kept from one evaluation to the next. */
const KEPT_VIEWS = 512 * MEGABYTE;

/** Trains what a recipe's file says. Paths in it are relative to it. */
export async function runTraining(
  path: string,
  { resume }: { readonly resume: boolean },
  terminal: Terminal,
): Promise<RunSummary> {
  const config = parseTrainingConfig(await readText(path), path);
  const from = (file: string): string => resolve(dirname(path), file);
  const lists = await readLists(config, from);
  const { classes } = lists;
  const { weights: start, frozen, freezeBatchNorm } = config.model;
  const checkpoint = start === undefined ? undefined : await openStart(config.model, from(start));
  const settled = checkpoint ? withCheckpoint(config, checkpoint) : config;
  const network = trainedNetwork(settled, classes);
  const schedule = scheduleOf(config.train.schedule, config.train.epochs);
  const loss = lossOf({ classes, ...config.train.loss });
  const folder = await runFolder(from(config.output), { keep: config.checkpoint?.keep ?? 2 });
  const found = await resumed(folder, resume, config);
  await writeText(join(folder.path, 'config.json'), `${JSON.stringify(config, undefined, 2)}\n`);
  const started = startWeights(network.model, config, checkpoint);
  for (const line of started.fineTuning ? fineTuningText(started.fineTuning, start!) : []) {
    terminal.err(`${line}\n`);
  }
  const model = await trainingModel(network.model, started.weights, {
    backend: config.backend,
    seed: config.seed,
    ...(frozen ? { frozen } : {}),
    ...(freezeBatchNorm === undefined ? {} : { freezeBatchNorm }),
  });
  await started.weights.close?.();
  const broken: string[] = [];
  const onBroken = (file: string, error: Error): void => {
    broken.push(file);
    terminal.err(`warning: left out: ${error.message}\n`);
  };
  const clips = clipSource(config, lists.train, terminal.signal, onBroken);
  const line = trainingLine(terminal);
  const log = metricsFile(join(folder.path, 'metrics.jsonl'));
  const feeds = pathwayFeeds(Object.keys(network.model.graph.inputs), network.recipe);
  const { kind } = loss;
  const test = (counts: { clips: number; crops: number }, keep: number) =>
    lists.test &&
    testVideos(lists.test.clips, {
      ...counts,
      recipe: network.recipe,
      keep,
      signal: terminal.signal,
      onBroken,
    });
  const { every, clips: viewClips = 1, crops = 1 } = config.evaluate ?? {};
  const watched = test({ clips: viewClips, crops }, KEPT_VIEWS);
  const shared = { feeds, classes, kind, signal: terminal.signal };
  try {
    const { train: recipe } = config;
    const result = await train({
      model,
      optimizer: optimizerOf(model, recipe.optimizer),
      clips,
      feeds,
      loss,
      schedule,
      seed: config.seed,
      epochs: recipe.epochs,
      batch: recipe.batch,
      ...given({
        accumulate: recipe.accumulate,
        clipGradients: recipe.clipGradients,
        mixup: recipe.mixup,
        ema: recipe.ema,
        preciseBatchNorm: recipe.preciseBatchNorm,
        checkpointEpochs: config.checkpoint?.epochs,
        checkpointSteps: config.checkpoint?.steps,
        resume: found,
      }),
      ...(watched
        ? {
            evaluation: {
              ...given({ every }),
              best: kind === 'cross-entropy' ? 'top1' : 'mAP',
              run: (trained) => evaluateVideos(trained, watched, shared),
            },
          }
        : {}),
      folder,
      log,
      metadata: metadataOf(settled, network, lists),
      signal: terminal.signal,
      onProgress: (progress) => line.update(progress),
    });
    line.end();
    const weights = await folder.saveWeights('final.safetensors', result.weights);
    const onnx = join(folder.path, 'model.onnx');
    await writeTrainedOnnx(onnx, {
      model: network.model,
      weights: result.weights,
      facts: {
        recipe: network.recipe,
        trained: true,
        ...(lists.labels ? { labels: lists.labels } : {}),
      },
    });
    model.assign(await tensorsOf(result.weights));
    const scores: VideoScores[] = [];
    const finalTest = test({ ...network.recipe.views }, 0);
    const evaluation =
      finalTest &&
      (await evaluateVideos(model, finalTest, {
        ...shared,
        onVideo: (video) => void scores.push(video),
      }));
    if (evaluation) {
      const { clips: n, crops: m } = network.recipe.views;
      const text = JSON.stringify({ views: `${n}x${m}`, ...evaluation, videos: scores });
      await writeText(join(folder.path, 'evaluation.json'), `${text}\n`);
    }
    const parameters = parameterCount(model);
    const report = join(folder.path, 'report.html');
    await writeText(
      report,
      trainingReport(await log.records(), {
        title: config.name,
        config: JSON.stringify(config, undefined, 2),
        ...(lists.labels ? { labels: lists.labels } : {}),
        worst:
          kind === 'cross-entropy' ? await worstClips(scores, lists.labels, dirname(path)) : [],
        facts: { parameters: `${parameters}`, device: model.device, ...finalFacts(evaluation) },
      }),
    );
    const { step: steps, epoch: epochs, best } = result.progress;
    const summary = {
      folder: folder.path,
      weights,
      onnx,
      report,
      parameters,
      steps,
      epochs,
      broken,
    };
    return { ...summary, ...given({ best, evaluation }) };
  } finally {
    line.end();
    await clips.close();
    model.dispose();
  }
}

interface Lists {
  readonly train: ClipList;
  readonly test?: ClipList;
  readonly classes: number;
  readonly labels?: readonly string[];
}

async function readLists(
  { data, train }: TrainingConfig,
  from: (file: string) => string,
): Promise<Lists> {
  const multiLabel = train.loss?.kind === 'binary-cross-entropy';
  const options = {
    multiLabel,
    ...(data.format === undefined ? {} : { format: data.format }),
    ...(data.prefix === undefined ? {} : { prefix: from(data.prefix) }),
  };
  const trainList = await readClipList(from(data.train), options);
  const test = data.test === undefined ? undefined : await readClipList(from(data.test), options);
  const labels =
    data.labels === undefined
      ? trainList.classes
      : (await readText(from(data.labels))).trimEnd().split(/\r?\n/);
  const all = [...trainList.clips, ...(test?.clips ?? [])].flatMap((clip) => clip.labels);
  const most = all.reduce((highest, label) => Math.max(highest, label), 0);
  if (labels && labels.length <= most) {
    throw new SpecError({
      site: 'data.labels',
      expected: `at least ${most + 1} labels, as the lists have classes to ${most}`,
      received: `${labels.length}`,
    });
  }
  return {
    train: trainList,
    classes: labels?.length ?? most + 1,
    ...(test ? { test } : {}),
    ...(labels ? { labels } : {}),
  };
}

function clipSource(
  { data, seed }: TrainingConfig,
  list: ClipList,
  signal: AbortSignal,
  onBroken: (path: string, error: Error) => void,
) {
  const { frames, stride, fps, aspect, flip, store, cacheMegabytes } = data;
  const { scale, mean, std, workers, prefetch } = data;
  const { brightness, contrast, saturation } = data.colour ?? {};
  return trainingClips(list.clips, {
    clip: { frames, stride, fps },
    crop: sidesOf(data.size),
    aspect,
    flip,
    store,
    colour: given({ brightness, contrast, saturation }),
    seed,
    cacheBytes: cacheMegabytes * MEGABYTE,
    ...given({ scale, mean, std, workers, prefetch }),
    signal,
    onBroken: ({ path, error }) => onBroken(path, error),
  });
}

function optimizerOf(
  { parameters }: TrainingModel<string, 'scores'>,
  options: TrainingConfig['train']['optimizer'],
): Optimizer {
  const { kind = 'sgd', momentum, nesterov, betas, epsilon, weightDecay } = options ?? {};
  if (kind === 'adamw') return adamW(parameters, given({ betas, epsilon, weightDecay }));
  // Momentum and decay of the paper's appendix.
  const paper = { momentum: 0.9, weightDecay: 1e-4 };
  return sgd(parameters, { ...paper, ...given({ momentum, nesterov, weightDecay }) });
}

async function resumed(folder: RunFolder, wanted: boolean, config: TrainingConfig) {
  const found = await folder.latest();
  if (!wanted && found) {
    throw new SpecError({
      site: 'output',
      expected: 'a folder without checkpoints',
      received: found.path,
      remedy: 'Go on with --resume, or name another folder',
    });
  }
  if (!wanted) return undefined;
  if (!found) {
    throw new SpecError({
      site: '--resume',
      expected: 'a folder with a checkpoint',
      received: folder.path,
    });
  }
  const before = JSON.parse(await readText(join(folder.path, 'config.json'))) as TrainingConfig;
  for (const section of ['data', 'model', 'train', 'seed'] as const) {
    if (JSON.stringify(before[section]) === JSON.stringify(config[section])) continue;
    throw new SpecError({
      site: section,
      expected: 'the recipe that the run was started with, since it would be another run',
      received: 'a changed one',
      remedy: `The first is ${join(folder.path, 'config.json')}`,
    });
  }
  return found.checkpoint;
}

/** What a file of weights says about itself, so that it can be used without the recipe. */
function metadataOf(
  { data, model, name, train: training }: TrainingConfig,
  { recipe }: TrainedNetwork,
  { classes, labels }: Lists,
): Readonly<Record<string, string>> {
  const facts: NetworkFacts & { readonly config: object } = {
    config: { name, data, model, train: training },
    classes,
    ...(labels ? { labels } : {}),
  };
  return {
    format: 'pt',
    [NETWORK_METADATA_KEY]: JSON.stringify(facts),
    recipe: JSON.stringify(recipe),
  };
}

function finalFacts(evaluation: Evaluation | undefined): Readonly<Record<string, string>> {
  const facts = Object.entries(evaluation?.metrics ?? {}).map(
    ([name, value]) => [`final ${name}`, `${Number(value.toFixed(4))}`] as const,
  );
  return Object.fromEntries(facts);
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

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Options without those that were left out. */
function given<T extends object>(options: T): Given<T> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Given<T>;
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: Error) => {
    throw new SpecError({
      site: path,
      expected: 'a text file that can be read',
      received: cause.message,
      cause,
    });
  });
}

const writeText = (path: string, text: string): Promise<void> =>
  writeFileAtomic(path, (sink) => sink.write(new TextEncoder().encode(text)));
