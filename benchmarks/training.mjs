/**
 * @file Training of the small model that comes with the project: steps a second against the same network, weights and
 * batch in PyTorch on the same cores, and the share of the time that `slowfast train` waits for data.
 *
 * `python3 -m venv venv && venv/bin/pip install torch==2.8.0 numpy`, then
 * `PYTHON=venv/bin/python node benchmarks/training.mjs [--batch=8] [--steps=8] [--rounds=3] [--data=train.csv]
 * [--epochs=5] [--only=steps] [--tfjs] [--model=slowfast-4x16-r50] [--warm-up=3] [--threads=1,2] [--shares] [--json]`.
 * `--model=slowfast-4x16-r50` takes that network at 224² with 400 classes in place of the small one. Sessions are those
 * that `slowfast train` opens: one with all threads, and with `--shares`, as its `train.shares` has it, one of a single
 * thread for each share of the batch, too. Without PYTHON only our side is timed; `--tfjs` times WebAssembly, and tfjs-node where it is installed. Without --data the six clips of the
 * repository are trained on, each eight times an epoch. First losses of both sides are compared before anything is timed.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initialWeights } from '@slowfast/core';
import { loadModel, NETWORK_METADATA_KEY } from '@slowfast/checkpoints';
import { networkFromConfig } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';
import { lossOf, meanGradients, sgd, trainingModel } from '@slowfast/training';
import { inChild, keep, median, rounded, runTask } from './measure.mjs';

const RATE = 0.001;
const MOMENTUM = 0.9;

/** As the paper has it, without dropout. */
const R50 = {
  name: 'slowfast-4x16-r50',
  data: { frames: 32, stride: 2, size: 224, aspect: undefined },
  model: { depth: 50, width: 64, alpha: 8, beta: 1 / 8, dropout: 0 },
};

const option = (name, fallback) =>
  process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1] ?? fallback;

const STEPS = Number(option('steps', 8));
const WARM_UP = Number(option('warm-up', 3));
/** What a child process is told of the network. */
const SETTINGS = { network: option('model', 'small'), warmUp: WARM_UP };

/** The recipe and number of classes of the default model. */
async function defaultRecipe() {
  const { weights, checkpoint } = await loadModel();
  await weights.close();
  return JSON.parse(checkpoint.store.metadata[NETWORK_METADATA_KEY]);
}

/**
 * The default model's network before training, without dropout, so that both sides compute the same. From trained
 * weights, some of whose channels hardly vary, rounding grows too fast to compare more than two losses.
 */
async function start(network) {
  const recipe = await defaultRecipe();
  const { config } = recipe;
  const isSmall = network === 'small';
  if (!isSmall && network !== R50.name) throw new Error(`--model=small or ${R50.name}`);
  const classes = isSmall ? recipe.classes : 400;
  const plain = isSmall
    ? { ...config, model: { ...config.model, dropout: 0 } }
    : { ...config, name: R50.name, data: { ...config.data, ...R50.data }, model: R50.model };
  const { model } = networkFromConfig(plain, classes);
  return { model, weights: initialWeights(model.graph, { seed: 1 }), classes };
}

function batchOf(graph, batch) {
  return Object.entries(graph.inputs).map(([name, { type }]) => {
    const shape = [batch, ...type.shape.slice(1)];
    const size = shape.reduce((a, b) => a * b);
    const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + (i % 89)));
    return [name, { dtype: 'float32', shape, data }];
  });
}

const labelsOf = (batch, classes) => Array.from({ length: batch }, (_, i) => i % classes);

/** Losses of the first steps, then wall and processor milliseconds of the median step. */
async function steps(count, warmUp, step) {
  const [losses, wall, cpu] = [[], [], []];
  for (let i = 0; i < warmUp; i++) losses.push(await step());
  for (let i = 0; i < count; i++) {
    const [before, startedAt] = [process.cpuUsage(), performance.now()];
    await step();
    wall.push(performance.now() - startedAt);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
  }
  return { losses, wall: median(wall), cpu: median(cpu) };
}

/** ONNX Runtime with so many threads, or one for each share of a batch; or a backend of TF.js. */
const runtimeOf = (backend, threads, shares) =>
  backend === 'onnxruntime-node'
    ? onnxRuntime({ threads: threads / shares, worker: true, sessions: shares })
    : tfjsRuntime({ backend });

/** Rows `from..to` of a tensor. */
function share({ dtype, shape, data }, from, to) {
  const size = data.length / shape[0];
  return { dtype, shape: [to - from, ...shape.slice(1)], data: data.slice(from * size, to * size) };
}

const tasks = {
  async ours({ backend, batch, count, threads, shares, network, warmUp }) {
    const { model, weights, classes } = await start(network);
    const loss = lossOf({ classes });
    const runtime = runtimeOf(backend, threads, shares);
    const training = await trainingModel(model, weights, { runtime, loss: loss.graph });
    const optimizer = sgd(training.parameters, { momentum: MOMENTUM });
    const feeds = batchOf(model.graph, batch);
    const targets = loss.targets(labelsOf(batch, classes).map((label) => [label]));
    const parts = Array.from({ length: shares }, (_, i) => {
      return [(i * batch) / shares, ((i + 1) * batch) / shares];
    });
    return steps(count, warmUp, async () => {
      const results = await Promise.all(
        parts.map(([from, to]) => {
          const own = feeds.map(([name, tensor]) => [name, share(tensor, from, to)]);
          return training.lossAndGradients(Object.fromEntries(own), share(targets, from, to));
        }),
      );
      for (const result of results) training.takeStatistics(result);
      optimizer.step(meanGradients(results.map(({ gradients }) => gradients)), RATE);
      return results.reduce((sum, result) => sum + result.loss / results.length, 0);
    });
  },
};

/** The network for training.py: its operations in order, weights and a batch as raw float32. */
async function writeJob(folder, batch) {
  const { model, weights, classes } = await start(SETTINGS.network);
  const { graph } = model;
  const tensors = [];
  for (const [name, { role }] of graph.params) {
    tensors.push([name, role, await weights.read(name)]);
  }
  for (const [name, tensor] of batchOf(graph, batch)) tensors.push([name, 'input', tensor]);
  const data = Buffer.concat(
    tensors.map(
      ([
        ,
        ,
        {
          data: { buffer, byteOffset, byteLength },
        },
      ]) => Buffer.from(buffer, byteOffset, byteLength),
    ),
  );
  await writeFile(join(folder, 'tensors.bin'), data);
  const job = {
    tensors: tensors.map(([name, role, { shape }]) => [name, role, shape]),
    nodes: graph.nodes.map(({ op, attrs, inputs, output }) => {
      return { op, attrs, inputs: inputs.map(({ name }) => name), output: output.name };
    }),
    scores: graph.outputs.scores.name,
    labels: labelsOf(batch, classes),
    ...{ rate: RATE, momentum: MOMENTUM, warmUp: WARM_UP, steps: STEPS },
  };
  await writeFile(join(folder, 'job.json'), JSON.stringify(job));
}

async function torch(folder, threads) {
  const script = fileURLToPath(new URL('training.py', import.meta.url));
  const child = spawn(process.env.PYTHON, [script, folder, String(threads)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`training.py ended with code ${code}`);
  return JSON.parse(out.trim().split('\n').at(-1));
}

function checkLosses(name, ours, theirs) {
  ours.forEach((loss, i) => {
    if (Math.abs(loss - theirs[i]) < 2e-3 * Math.max(1, theirs[i])) return;
    throw new Error(`${name}: step ${i + 1} has loss ${loss}, PyTorch ${theirs[i]}`);
  });
}

async function hasTfjsNode() {
  try {
    await import('@tensorflow/tfjs-node');
    return true;
  } catch {
    return false;
  }
}

/** Runs of each side in turn, so that a machine that slows down slows all. */
async function compareSteps(folder, batch, rounds) {
  const asked = option('threads', undefined)?.split(',').map(Number);
  const threads = asked ?? [...new Set([1, availableParallelism()])];
  const several = threads.filter((count) => process.argv.includes('--shares') && count > 1);
  const backends = [
    ...threads.map((count) => ['onnxruntime-node', count, 1]),
    ...several.map((count) => ['onnxruntime-node', count, count]),
    ...(process.argv.includes('--tfjs') ? [['wasm', 1, 1]] : []),
    ...(process.argv.includes('--tfjs') && (await hasTfjsNode()) ? [['tfjs-node', 1, 1]] : []),
  ];
  if (process.env.PYTHON) await writeJob(folder, batch);
  const runs = {};
  for (let round = 0; round < rounds; round++) {
    for (const [backend, count, shares] of backends) {
      const what = `${backend}, ${count} threads${shares > 1 ? `, ${shares} shares` : ''}`;
      (runs[what] ??= []).push(
        await inChild(import.meta.url, 'ours', {
          ...{ backend, batch, count: STEPS, threads: count, shares },
          ...SETTINGS,
        }),
      );
    }
    for (const count of process.env.PYTHON ? threads : []) {
      (runs[`PyTorch, ${count} threads`] ??= []).push(await torch(folder, count));
    }
  }
  const middle = (name, key) => median(runs[name].map((run) => run[key]));
  const theirs = process.env.PYTHON ? threads.map((count) => `PyTorch, ${count} threads`) : [];
  return Object.keys(runs).map((name) => {
    // Statistics over a share of the batch are others, and so are losses.
    if (theirs.length > 0 && !/shares/.test(name))
      checkLosses(name, runs[name][0].losses, runs[theirs[0]][0].losses);
    const row = {
      what: name,
      batch,
      'step, ms': rounded(middle(name, 'wall'), 0),
      'processor, ms': rounded(middle(name, 'cpu'), 0),
      'steps/s': rounded(1000 / middle(name, 'wall')),
      'peak, MiB': runs[name][0].peakMiB,
    };
    for (const other of theirs.filter((other) => other !== name)) {
      row[`steps/s over ${other}`] = rounded(middle(other, 'wall') / middle(name, 'wall'));
      row[`by processor time over ${other}`] = rounded(middle(other, 'cpu') / middle(name, 'cpu'));
    }
    return row;
  });
}

/** A short run of `slowfast train` with the default model's recipe; the share of its time that went into waiting. */
async function waitingShare(folder) {
  const { config } = await defaultRecipe();
  const media = fileURLToPath(new URL('../examples/media/ut-interaction/', import.meta.url));
  const listed = option('data', undefined);
  const list = listed ?? join(folder, 'train.csv');
  if (listed === undefined) {
    const lines = (await readFile(join(media, 'test.csv'), 'utf8')).trimEnd().split('\n');
    const repeated = Array.from({ length: 8 }, () => lines.map((line) => media + line)).flat();
    await writeFile(list, repeated.join('\n'));
  }
  const data = { ...config.data, train: resolve(list) };
  delete data.test;
  delete data.labels;
  const epochs = Number(option('epochs', 5));
  const recipe = {
    ...config,
    output: 'run',
    backend: 'auto',
    data,
    train: { ...config.train, epochs },
  };
  await writeFile(join(folder, 'recipe.json'), JSON.stringify(recipe));
  const bin = fileURLToPath(new URL('../packages/slowfast/bin/slowfast.js', import.meta.url));
  const child = spawn(process.execPath, [bin, 'train', join(folder, 'recipe.json')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`slowfast train ended with code ${code}`);
  const text = await readFile(join(folder, 'run/metrics.jsonl'), 'utf8');
  const records = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return records
    .filter(({ kind }) => kind === 'epoch')
    .map(({ epoch, waiting, clipsPerSecond }) => {
      return {
        epoch,
        'clips/s': rounded(clipsPerSecond, 1),
        'waiting for data, %': rounded(100 * waiting, 1),
      };
    });
}

if (!(await runTask(tasks))) {
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-training-'));
  try {
    if (option('only') !== 'steps') await keep('training-data', await waitingShare(folder));
    const rows = await compareSteps(
      folder,
      Number(option('batch', 8)),
      Number(option('rounds', 3)),
    );
    await keep('training', rows);
    if (process.argv.includes('--json')) console.log(JSON.stringify({ ...SETTINGS, rows }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
