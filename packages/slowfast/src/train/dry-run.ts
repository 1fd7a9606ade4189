/** @file What a training run would be: its parameters, and time and memory as some real steps take them. */
import { resourceUsage } from 'node:process';
import {
  BatchReader,
  runPlan,
  trainingStep,
  type ClipSource,
  type FrozenFeatures,
  type TrainingModel,
} from '@slowfast/training';
import { defined } from '../defined.js';
import { clipSource, loopOf, wholeFeeds, type Loop } from './loop.js';
import { preparation, preparedModel } from './preparation.js';
import { probeFeatures } from './probe.js';
import { gridPlan } from './grid.js';
import type { PartPlan, RunOptions, TrainingPlan } from './run-types.js';

/** Steps that are measured, after one in which memory is taken for the first time. */
const STEPS = 2;

/**
 * Does three steps of what a configuration file says and writes nothing. Rejects as `runTraining` does, and with
 * MediaError where no video can be used.
 */
export async function planRun(path: string, options: RunOptions = {}): Promise<TrainingPlan> {
  const { signal = new AbortController().signal, onWarning } = options;
  const ready = await preparation(path, options);
  const { config, grid } = ready;
  await using features = await probeFeatures(ready);
  await using model = await preparedModel(ready, features?.part);
  const feeds = features?.feeds ?? wholeFeeds(ready);
  const loop = loopOf(ready, model, feeds);
  const broken: string[] = [];
  await using clips = clipSource(ready, signal, (file, error) => {
    broken.push(file);
    onWarning?.(`left out: ${error.message}`);
  });
  const { batch, accumulate = 1, epochs } = loop;
  const device = (await model.device()).name;
  const rows = features ? rowsOf(clips, features) : undefined;
  const seconds = await measured(loop, rows?.clips ?? clips, signal);
  const { length } = clips;
  const run = runPlan({ ...loop, length });
  const { steps } = run;
  const stepsPerEpoch = run.epoch(0).steps;
  const multigrid = grid && gridPlan(config, grid, { ...loop, length });
  const once = features && {
    clips: clips.length * config.train.probe!,
    bytes: clips.length * config.train.probe! * features.size * 4,
    hours: (clips.length * config.train.probe! * rows!.seconds()) / features.parallelRuns / 3600,
  };
  // Later epochs find decoded frames in the cache, those of a probe need none.
  const waiting = features ? 0 : stepsPerEpoch * seconds.waiting;
  return {
    parts: partsOf(model),
    device,
    memoryBytes: resourceUsage().maxRSS * 1024,
    twice: model.twice,
    cacheBytes: config.data.cacheMegabytes * 2 ** 20,
    batch: batch * accumulate,
    stepsPerEpoch,
    epochs,
    steps,
    seconds,
    ...defined({ multigrid }),
    ...(once ? { features: once } : {}),
    hours: (once?.hours ?? 0) + ((multigrid?.wholeSteps ?? steps) * seconds.step + waiting) / 3600,
    broken,
    ...defined({ notCarriedOver: ready.notCarriedOver }),
  };
}

/** Features of clips as they come, and the seconds that those of a clip took in the mean. */
function rowsOf(
  clips: ClipSource,
  { rowOf }: FrozenFeatures,
): { readonly clips: ClipSource; seconds(): number } {
  let [count, milliseconds] = [0, 0];
  return {
    seconds: () => milliseconds / 1000 / Math.max(1, count),
    clips: {
      length: clips.length,
      async *epoch(epoch) {
        for await (const clip of clips.epoch(epoch)) {
          const startedAt = performance.now();
          const tensor = await rowOf(clip.tensor, clip.sound);
          milliseconds += performance.now() - startedAt;
          count++;
          const { labels, position } = clip;
          yield { tensor, labels, position };
        }
      },
    },
  };
}

async function measured(
  loop: Loop,
  clips: ClipSource,
  signal: AbortSignal,
): Promise<TrainingPlan['seconds']> {
  const { batch, accumulate = 1, schedule } = loop;
  async function* endless() {
    for (let epoch = 0; ; epoch++) yield* clips.epoch(epoch);
  }
  const reader = new BatchReader(endless());
  try {
    let [computed, waited] = [0, 0];
    for (let step = 0; step <= STEPS; step++) {
      signal.throwIfAborted();
      const before = reader.waited;
      const group = [];
      while (group.length < accumulate) group.push((await reader.next(batch))!);
      const startedAt = performance.now();
      await trainingStep({ ...loop, accumulate }, group, step, schedule(0));
      if (step === 0) continue;
      computed += performance.now() - startedAt;
      waited += reader.waited - before;
    }
    return { step: computed / STEPS / 1000, waiting: waited / STEPS / 1000 };
  } finally {
    await reader.close();
  }
}

/** Parameters by stage: `slow.res4`, `head`. */
function partsOf({ parameters }: TrainingModel<string, 'scores'>): readonly PartPlan[] {
  const parts = new Map<string, PartPlan>();
  for (const { name, role, data, trainable } of parameters) {
    if (role.startsWith('running')) continue;
    const words = name.split('.');
    const part = words.slice(0, words[0] === 'head' ? 1 : 2).join('.');
    const key = `${part} ${trainable}`;
    const before = parts.get(key) ?? { part, trained: trainable, tensors: 0, parameters: 0 };
    const { tensors, parameters: count } = before;
    parts.set(key, { ...before, tensors: tensors + 1, parameters: count + data.length });
  }
  return [...parts.values()];
}
