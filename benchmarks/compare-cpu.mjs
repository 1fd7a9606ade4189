/**
 * @file Views of a model on the processor in what one would use instead, with the same weights and clips: PyTorch
 * (eager and compiled) and OpenVINO, each reading the plain ONNX file, and ONNX Runtime with PyTorch's own export.
 * The libraries are for this script alone, in a folder of their own: `python3 -m venv venv && venv/bin/pip install
 * torch==2.8.0 onnx==1.19.0 onnxruntime==1.30.0 openvino==2025.3.0 numpy==2.2.6`, a C++ compiler for the compiled
 * PyTorch, then `PYTHON=venv/bin/python node benchmarks/compare-cpu.mjs [torch torch-compile onnxruntime openvino]
 * [--batch=1,8] [--threads=1,2] [--model=NAME] [--size=PIXELS] [--rounds=3] [--runs=7]`
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

const all = ['torch', 'torch-compile', 'onnxruntime', 'openvino'];
const others = all.filter((who) => process.argv.includes(who));

const option = (name, byDefault) =>
  process.argv.find((text) => text.startsWith(`--${name}=`))?.slice(name.length + 3) ?? byDefault;
const numbers = (name, byDefault) => option(name, byDefault).split(',').map(Number);

function network({ name, size }) {
  const { model } = catalogModel(name, { size });
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
  async ours({ name, size, threads, batch, runs: count }) {
    const { model, weights } = network({ name, size });
    const compiled = await onnxRuntime().compile(model, weights, { threads });
    const feeds = feedsOf(model.graph, batch);
    const { scores } = await compiled.run(feeds);
    const runs = [];
    for (let i = 0; i < count; i++) {
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
  const name = option('model', 'slowfast-4x16-r50');
  const [size] = numbers('size', '224');
  const [rounds] = numbers('rounds', '3');
  const [runs] = numbers('runs', '7');
  const { model, weights } = network({ name, size });
  const file = join(folder, 'plain.onnx');
  await writeFile(file, await onnxBytes(model, weights));
  const results = [];
  for (const batch of numbers('batch', '1,8')) {
    const feeds = {};
    for (const [input, { shape, data }] of Object.entries(feedsOf(model.graph, batch))) {
      const path = join(folder, `${input}-${batch}.bin`);
      await writeFile(path, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      feeds[input] = { path, shape };
    }
    const count = batch === 1 ? runs : Math.min(runs, 3);
    for (const threads of numbers('threads', '1,2')) {
      for (const who of others.length > 0 ? others : all) {
        const pairs = [];
        for (let round = 0; round < rounds; round++) {
          const given = { name, size, threads, batch, runs: count };
          const ours = await inChild(import.meta.url, 'ours', given);
          const job = { who, model: file, feeds, threads, count };
          pairs.push({ ours, theirs: await python(job) });
        }
        const { ours, theirs } = pairs[0];
        results.push({
          library: `${who} ${theirs.version}`,
          ...{ model: name, size },
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
