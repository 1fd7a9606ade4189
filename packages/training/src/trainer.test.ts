import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  float32Tensor,
  GraphBuilder,
  initialWeights,
  type Graph,
  type HostTensor,
  type Runtime,
} from '@slowfast/core';
import { onnxRuntime, type OnnxOptions } from '@slowfast/runtime-onnx';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';
import { runFolder } from './checkpoints/run-folder.js';
import type { ClipSource, SourceClip } from './clip-source.js';
import { evaluateVideos } from './evaluation.js';
import { lossOf } from './losses.js';
import { metricsFile, metricsList, type MetricsLog } from './metrics.js';
import { adamW } from './optimizers/adamw.js';
import { sgd } from './optimizers/sgd.js';
import { pathwayFeeds } from '@slowfast/evaluation';
import { keyedRandom } from '@slowfast/core';
import { scheduleOf } from './schedule.js';
import type { TrainOptions } from './train-options.js';
import { train } from './trainer.js';
import { trainingModel, type TrainingModel } from './training-model.js';

const [CLIPS, CLASSES, FRAMES, SIZE] = [8, 4, 8, 12];

/** A SlowFast network in small: two pathways, a lateral convolution over time, batch norm, dropout. */
function tinyGraph(): Graph<'slow' | 'fast', 'scores'> {
  const g = GraphBuilder.empty('tiny');
  const input = (name: string, frames: number) =>
    g.input(name, { dtype: 'float32', shape: ['N', 3, frames, SIZE, SIZE] });
  const inputs = { slow: input('slow', FRAMES / 4), fast: input('fast', FRAMES) };
  const [s, f, l, h] = ['slow', 'fast', 'lateral', 'head'].map((name) => g.scope(name));
  const block = (scope: GraphBuilder, x: typeof inputs.slow, channels: number, kernelT: number) =>
    scope.relu(
      scope.batchNorm(scope.conv3d(x, { channels, kernel: [kernelT, 3, 3], stride: [1, 2, 2] })),
    );
  const fast = block(f!, inputs.fast, 4, 3);
  const lateral = l!.conv3d(fast, { channels: 8, kernel: [5, 1, 1], stride: [4, 1, 1] });
  const slow = g.concat([block(s!, inputs.slow, 8, 1), lateral]);
  const joined = g.concat([g.mean(slow, [2, 3, 4]), g.mean(fast, [2, 3, 4])]);
  return g.build({ scores: h!.linear(h!.dropout(joined, 0.2), CLASSES, 'projection') }) as Graph<
    'slow' | 'fast',
    'scores'
  >;
}

/** Noise, in a new order each epoch: nothing but memory tells the classes apart. */
const noise: readonly HostTensor<'float32'>[] = Array.from({ length: CLIPS }, (_, clip) => {
  const next = keyedRandom(7, clip);
  const size = 3 * FRAMES * SIZE * SIZE;
  return float32Tensor(
    [1, 3, FRAMES, SIZE, SIZE],
    Float32Array.from({ length: size }, () => 2 * next() - 1),
  );
});

function source(length = CLIPS): ClipSource {
  return {
    length,
    async *epoch(epoch, { from = 0 } = {}) {
      for (let position = from; position < length; position++) {
        const clip = (position * 3 + epoch) % CLIPS;
        yield { tensor: noise[clip]!, labels: [clip % CLASSES], position } satisfies SourceClip;
      }
    },
  };
}

const feeds = pathwayFeeds(['slow', 'fast'] as const, {
  clip: { frames: FRAMES, stride: 1, fps: 30 },
  pathways: {
    slow: { frames: FRAMES / 4, rule: 'linspace' },
    fast: { frames: FRAMES, rule: 'linspace' },
  },
});

type Tiny = TrainingModel<'slow' | 'fast', 'scores'>;

const onnx = (more: OnnxOptions = {}) => onnxRuntime({ backend: 'node', threads: 1, ...more });
const RUNTIMES = { onnx: onnx(), tfjs: tfjsRuntime({ backend: 'wasm' }) };

async function tinyModel(seed = 1, runtime: Pick<Runtime<unknown>, 'compile'> = onnx()) {
  const graph = tinyGraph();
  const loss = lossOf({ classes: CLASSES }).graph;
  return trainingModel({ name: 'tiny', graph }, initialWeights(graph, { seed }), {
    runtime,
    loss,
    seed,
  });
}

type Changes = Partial<TrainOptions<'slow' | 'fast'>> & { readonly model?: Tiny };

async function options(changes: Changes = {}): Promise<TrainOptions<'slow' | 'fast'>> {
  const model = changes.model ?? (await tinyModel());
  return {
    model,
    optimizer: adamW(model.parameters),
    clips: source(),
    feeds,
    loss: lossOf({ classes: CLASSES }),
    schedule: scheduleOf({ lr: 0.01, warmupEpochs: 1 }, 4),
    epochs: 4,
    batch: 4,
    seed: 1,
    ...changes,
  };
}

async function lossesOf(log: MetricsLog): Promise<readonly number[]> {
  return (await log.records()).flatMap((record) => (record.kind === 'step' ? [record.loss] : []));
}

const weightsOf = async (model: Tiny): Promise<Record<string, number[]>> => {
  const store = model.weights();
  const all: Record<string, number[]> = {};
  for (const name of store.names)
    all[name] = Array.from((await store.read(name)).data as Float32Array);
  return all;
};

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-training-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

it('learns 8 clips of noise by heart in less than 60 steps', async () => {
  const log = metricsList();
  const videos = noise.map((clip, i) => ({
    path: `${i}`,
    labels: [i % CLASSES],
    views: [{ tensor: clip }],
  }));
  const result = await train(
    await options({
      batch: CLIPS,
      epochs: 50,
      schedule: scheduleOf({ lr: 0.02, warmupEpochs: 5 }, 50),
      preciseBatchNorm: 1,
      log,
      evaluation: {
        every: 50,
        run: (model) => evaluateVideos(model, videos, { feeds, classes: CLASSES }),
      },
    }),
  );
  expect(result.progress.step).toBe(50);
  expect(result.evaluation?.metrics).toEqual({ videos: 8, top1: 1, meanClassAccuracy: 1 });
});

it('learns what labels tell, and nothing of use from shuffled ones', async () => {
  /** Class k has a brighter quarter k; the rest is noise. */
  const clip = (label: number, key: number): HostTensor<'float32'> => {
    const next = keyedRandom(11, key);
    const data = Float32Array.from({ length: 3 * FRAMES * SIZE * SIZE }, (_, i) => {
      const [y, x] = [Math.floor(i / SIZE) % SIZE, i % SIZE];
      const quarter = 2 * Number(y >= SIZE / 2) + Number(x >= SIZE / 2);
      return next() - 0.5 + (quarter === label ? 2 : 0);
    });
    return float32Tensor([1, 3, FRAMES, SIZE, SIZE], data);
  };
  const [seen, unseen] = [16, 32];
  const videos = Array.from({ length: unseen }, (_, i) => {
    const label = i % CLASSES;
    return { path: `${i}`, labels: [label], views: [{ tensor: clip(label, seen + i) }] };
  });
  const top1 = async (labelOf: (i: number) => number): Promise<number> => {
    const clips: ClipSource = {
      length: seen,
      async *epoch(_, { from = 0 } = {}) {
        for (let i = from; i < seen; i++) {
          yield { tensor: clip(i % CLASSES, i), labels: [labelOf(i)], position: i };
        }
      },
    };
    const run = (model: Pick<Tiny, 'run'>) =>
      evaluateVideos(model, videos, { feeds, classes: CLASSES });
    const result = await train(
      await options({
        ...{ clips, batch: seen, epochs: 30, preciseBatchNorm: 1 },
        schedule: scheduleOf({ lr: 0.02 }, 30),
        evaluation: { every: 30, run },
      }),
    );
    return result.evaluation!.metrics['top1']!;
  };
  expect(await top1((i) => i % CLASSES)).toBeGreaterThan(0.9);
  // Each class has every label as often, so that what is learnt is noise: chance, and three standard deviations.
  const chance = 1 / CLASSES;
  const spread = Math.sqrt((chance * (1 - chance)) / unseen);
  expect(await top1((i) => Math.floor(i / CLASSES))).toBeLessThan(chance + 3 * spread);
});

describe('the same seed', () => {
  it('gives the same losses; another does not', async () => {
    const run = async (seed: number): Promise<readonly number[]> => {
      const log = metricsList();
      await train(await options({ log, model: await tinyModel(seed), seed, mixup: 0.5 }));
      return lossesOf(log);
    };
    const first = await run(1);
    expect(first).toHaveLength(8);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });
});

it('is the same run with one session and with two', async () => {
  const run = async (more: OnnxOptions): Promise<readonly number[]> => {
    const log = metricsList();
    await using model = await tinyModel(1, onnx(more));
    await train(await options({ log, model, batch: 2, accumulate: 2, ema: 0.5 }));
    return lossesOf(log);
  };
  expect(await run({ worker: true, sessions: 2 })).toEqual(await run({}));
});

describe('a run that is stopped', () => {
  it.each([
    ['adamW', 'onnx'],
    ['sgd', 'onnx'],
    ['sgd', 'tfjs'],
  ] as const)(
    'goes on as if it had not been, in the middle of an epoch, with %s on %s',
    async (name, runtime) => {
      const changes = async (log: MetricsLog): Promise<TrainOptions<'slow' | 'fast'>> => {
        const model = await tinyModel(1, RUNTIMES[runtime]);
        const optimizer =
          name === 'sgd' ? sgd(model.parameters, { momentum: 0.9 }) : adamW(model.parameters);
        const extras = { ema: 0.9, mixup: 0.3, clipGradients: 1, accumulate: 2, batch: 2 };
        return options({ model, optimizer, log, ...extras });
      };
      const [whole, parted] = [metricsList(), metricsFile(join(folder, 'metrics.jsonl'))];
      const uninterrupted = await changes(whole);
      const expected = await train(uninterrupted);
      const stop = new AbortController();
      const reason = new Error('enough');
      const stopped = await changes(parted);
      await using run = await runFolder(folder);
      await expect(runFolder(folder)).rejects.toThrow('expected a lock that is free');
      await expect(
        train({
          ...stopped,
          folder: run,
          signal: stop.signal,
          onProgress: ({ step }) => void (step === 3 && stop.abort(reason)),
        }),
      ).rejects.toBe(reason);
      const found = await run.latest();
      expect(found?.checkpoint.progress).toMatchObject({ step: 3, epoch: 1, stepInEpoch: 1 });
      const resumed = await changes(parted);
      const result = await train({ ...resumed, resume: found!.checkpoint });
      expect(await lossesOf(parted)).toEqual(await lossesOf(whole));
      expect(await weightsOf(resumed.model)).toEqual(await weightsOf(uninterrupted.model));
      for (const weight of expected.weights.names) {
        expect(await result.weights.read(weight)).toEqual(await expected.weights.read(weight));
      }
    },
  );

  it('goes on from an earlier checkpoint when the newest is damaged, and writes its log anew', async () => {
    const log = metricsFile(join(folder, 'metrics.jsonl'));
    const run = await runFolder(folder, { keep: 2 });
    await train(await options({ log, folder: run, checkpointSteps: 1 }));
    const losses = await lossesOf(log);
    const files = (await readdir(folder)).filter((file) => file.startsWith('checkpoint-'));
    expect(files.sort()).toEqual([
      'checkpoint-00000007.safetensors',
      'checkpoint-00000008.safetensors',
    ]);
    // As a process leaves it that was ended while it wrote.
    await truncate(join(folder, files[1]!), 1000);
    await writeFile(join(folder, 'checkpoint-00000009.safetensors.0a1b2c3d.tmp'), 'half');
    // Another's, not to be touched.
    await writeFile(join(folder, 'mine.tmp'), 'notes');
    await run[Symbol.asyncDispose]();
    await using again = await runFolder(folder);
    expect((await readdir(folder)).filter((file) => file.endsWith('.tmp'))).toEqual(['mine.tmp']);
    const found = await again.latest();
    expect(found?.checkpoint.progress.step).toBe(7);
    expect(found?.damaged).toHaveLength(1);
    await train(await options({ log, resume: found!.checkpoint }));
    expect(await lossesOf(log)).toEqual(losses);
    const epochs = (await log.records()).flatMap((r) => (r.kind === 'epoch' ? [r.epoch] : []));
    expect(epochs).toEqual([1, 2, 3, 4]);
  });
});

it('stops when the loss is not finite, and says where and from which checkpoint to go on', async () => {
  const clips = source();
  const spoilt: ClipSource = {
    length: CLIPS,
    async *epoch(epoch, at) {
      for await (const clip of clips.epoch(epoch, at)) {
        const data = Float32Array.from(clip.tensor.data);
        if (epoch === 1) data.fill(Number.NaN);
        yield { ...clip, tensor: float32Tensor(clip.tensor.shape, data) };
      }
    },
  };
  await using run = await runFolder(folder);
  const path = join(folder, 'checkpoint-00000002.safetensors');
  const schedule = scheduleOf({ kind: 'constant', lr: 0.01 }, 4);
  await expect(train(await options({ clips: spoilt, folder: run, schedule }))).rejects.toThrow(
    expect.objectContaining({
      name: 'RuntimeError',
      message:
        'training step 3 (epoch 1.00, learning rate 0.0100): expected a finite loss, received NaN. ' +
        `The last good checkpoint is ${path}; lower the learning rate, lengthen the warm-up, or clip gradients.`,
    }),
  );
  expect((await run.latest())?.checkpoint.progress.step).toBe(2);
});

it('a checkpoint that cannot be written leaves the one before', async () => {
  await using run = await runFolder(folder, { keep: 1 });
  await train(await options({ folder: run, epochs: 1 }));
  const { path, checkpoint } = (await run.latest())!;
  await rm(folder, { recursive: true });
  await expect(run.save(checkpoint)).rejects.toThrow(
    `${path}: expected a place where a file can be written, received ENOENT`,
  );
});

it('counts a step of what an epoch has, where that is less than one', async () => {
  const { progress } = await train(await options({ clips: source(3), epochs: 2 }));
  expect(progress.step).toBe(2);
});

it('refuses an epoch without clips', async () => {
  const empty: ClipSource = { length: 4, epoch: () => source(0).epoch(0) };
  await expect(train(await options({ clips: empty }))).rejects.toThrow(
    'epoch 0: expected clips to train on, received none that could be used.',
  );
});

it('keeps the best weights and logs every evaluation', async () => {
  const log = metricsList();
  await using run = await runFolder(folder);
  const found = [0.5, 0.75, 0.25, 0.75];
  let calls = 0;
  const { progress } = await train(
    await options({
      log,
      folder: run,
      metadata: { preprocessing: '{}' },
      evaluation: { run: async () => ({ metrics: { top1: found[calls++]! } }) },
    }),
  );
  expect(progress.best).toEqual({ epoch: 2, value: 0.75 });
  expect(await readdir(folder)).toContain('best.safetensors');
  const tops = (await log.records()).flatMap((r) =>
    r.kind === 'evaluation' ? [r.metrics.top1] : [],
  );
  expect(tops).toEqual(found);
});
