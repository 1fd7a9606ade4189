/**
 * @file One view of a model on the processor in what one would use instead, with the same weights and clips: PyTorch
 * (eager and compiled) and OpenVINO, each reading the plain ONNX file. The libraries are for this script alone:
 * `python3 -m venv venv && venv/bin/pip install torch==2.8.0 onnx==1.19.0 openvino==2025.3.0 numpy`, then
 * `PYTHON=venv/bin/python node benchmarks/compare-cpu.mjs [torch torch-compile openvino] [--batch=8]`
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requiredTensors } from '@slowfast/core';
import { formulaClip, formulaStore } from '@slowfast/core/testing';
import { catalogModel } from '@slowfast/models';
import { onnxBytes, onnxRuntime } from '@slowfast/runtime-onnx';
import { inChild, keep, median, rounded, runTask, timed } from './measure.mjs';

const MODEL = 'slowfast-4x16-r50';
const SIZE = 224;
const RUNS = 7;
const ROUNDS = 3;
const all = ['torch', 'torch-compile', 'openvino'];
const others = all.filter((who) => process.argv.includes(who));

function network() {
  const { model } = catalogModel(MODEL, { size: SIZE });
  const shapes = [...requiredTensors(model.graph)].map(([name, { shape }]) => [name, shape]);
  return { model, weights: formulaStore(shapes) };
}

const feedsOf = (graph, batch) =>
  Object.fromEntries(
    Object.entries(graph.inputs).map(([name, { type }]) => [
      name,
      formulaClip([batch, ...type.shape.slice(1)], name),
    ]),
  );

const tasks = {
  async ours({ threads, batch }) {
    const { model, weights } = network();
    const compiled = await onnxRuntime().compile(model, weights, { threads });
    const feeds = feedsOf(model.graph, batch);
    const { scores } = await compiled.run(feeds);
    const runs = [];
    for (let i = 0; i < (batch === 1 ? RUNS : 3); i++) {
      const before = process.cpuUsage();
      const wall = await timed(() => compiled.run(feeds));
      const { user, system } = process.cpuUsage(before);
      runs.push({ wall, cpu: (user + system) / 1000 });
    }
    await compiled[Symbol.asyncDispose]();
    const of = (what) => median(runs.map((run) => run[what]));
    return { wall: of('wall'), cpu: of('cpu'), scores: [...scores.data] };
  },
};

function python(job) {
  const script = fileURLToPath(new URL('compare-cpu.py', import.meta.url));
  const child = spawn(process.env.PYTHON ?? 'python3', [script, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  return new Promise((resolve, reject) =>
    child.on('close', (code) =>
      code === 0
        ? resolve(JSON.parse(out.trim().split('\n').at(-1)))
        : reject(new Error(`${job.who} ended with code ${code}`)),
    ),
  );
}

if (!(await runTask(tasks))) {
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-compare-'));
  const { model, weights } = network();
  const file = join(folder, 'plain.onnx');
  await writeFile(file, await onnxBytes(model, weights));
  const results = [];
  const batches = process.argv.includes('--batch=8') ? [8] : [1];
  for (const batch of batches) {
    const feeds = {};
    for (const [name, { shape, data }] of Object.entries(feedsOf(model.graph, batch))) {
      const path = join(folder, `${name}-${batch}.bin`);
      await writeFile(path, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      feeds[name] = { path, shape };
    }
    for (const threads of [1, 2]) {
      for (const who of others.length > 0 ? others : all) {
        const pairs = [];
        for (let round = 0; round < ROUNDS; round++) {
          const ours = await inChild(import.meta.url, 'ours', { threads, batch });
          const job = { who, model: file, feeds, threads, count: batch === 1 ? RUNS : 3 };
          pairs.push({ ours, theirs: await python(job) });
        }
        const { ours, theirs } = pairs[0];
        results.push({
          library: `${who} ${theirs.version}`,
          batch,
          threads,
          'ours, ms': rounded(median(pairs.map((pair) => pair.ours.wall)), 0),
          'theirs, ms': rounded(median(pairs.map((pair) => pair.theirs.wall)), 0),
          'ours / theirs': rounded(median(pairs.map((pair) => pair.ours.wall / pair.theirs.wall))),
          'processor time': rounded(median(pairs.map((pair) => pair.ours.cpu / pair.theirs.cpu))),
          'largest difference': Math.max(
            ...ours.scores.map((score, i) => Math.abs(score - theirs.scores[i])),
          ),
        });
        console.log(JSON.stringify(results.at(-1)));
      }
    }
  }
  await rm(folder, { recursive: true });
  await keep('compare-cpu', results);
}
