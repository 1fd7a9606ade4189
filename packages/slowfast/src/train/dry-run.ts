/** @file What a training run would be: its parameters, and time and memory as some real steps take them. */
import { resourceUsage } from 'node:process';
import { BatchReader, trainingStep, type TrainingModel } from '@slowfast/training';
import { clipSource, loopOf, type Loop } from './loop.js';
import { preparation, preparedModel } from './preparation.js';
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
  const { config, lists } = ready;
  await using model = await preparedModel(ready);
  const loop = loopOf(ready, model);
  const broken: string[] = [];
  await using clips = clipSource(config, lists.train, signal, (file, error) => {
    broken.push(file);
    onWarning?.(`left out: ${error.message}`);
  });
  const { batch, accumulate = 1, epochs } = loop;
  const device = (await model.device()).name;
  const seconds = await measured(loop, clips, signal);
  const stepsPerEpoch = Math.max(1, Math.floor(clips.length / (batch * accumulate)));
  const steps = epochs * stepsPerEpoch;
  return {
    parts: partsOf(model),
    device,
    memoryBytes: resourceUsage().maxRSS * 1024,
    cacheBytes: config.data.cacheMegabytes * 2 ** 20,
    batch: batch * accumulate,
    stepsPerEpoch,
    epochs,
    steps,
    seconds,
    // Later epochs find decoded frames in the cache.
    hours: (steps * seconds.step + stepsPerEpoch * seconds.waiting) / 3600,
    broken,
  };
}

async function measured(
  loop: Loop,
  clips: ReturnType<typeof clipSource>,
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
