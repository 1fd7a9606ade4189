/**
 * @file One view of the other backbones: as `onnxRuntime` compiles it against its plain export (5-D convolutions, batch
 * norms as nodes of their own) in an ONNX Runtime session without any code of ours; pairs of runs that alternate in one
 * process. `node benchmarks/backbones.mjs [MODEL...]`
 */
import { initialWeights } from '@slowfast/core';
import { catalogModel } from '@slowfast/models';
import { exportOnnx, onnxRuntime } from '@slowfast/runtime-onnx';
import ort from 'onnxruntime-node';
import { keep, median, rounded, timed } from './measure.mjs';

/** Name, side of the input, pairs of runs. */
const MODELS = [
  ['x3d-m', 224, 7],
  ['x3d-m', 256, 5],
  ['ir-csn-32x2-r101', 224, 3],
  ['r2plus1d-16x4-r50', 224, 3],
];
const THREADS = 1;

/** Wall and processor milliseconds of an action. */
async function measured(action) {
  const before = process.cpuUsage();
  const wall = await timed(action);
  const { user, system } = process.cpuUsage(before);
  return { wall, cpu: (user + system) / 1000 };
}

const wanted = process.argv.slice(2);
const rows = [];
for (const [name, size, pairs] of MODELS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { model } = catalogModel(name, { size });
  const weights = initialWeights(model.graph);
  const shape = [1, ...model.graph.inputs.slow.type.shape.slice(1)];
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i));
  const chunks = [];
  for await (const chunk of exportOnnx(model, weights, { optimize: false, lowering: 'none' })) {
    chunks.push(chunk);
  }
  const plain = await ort.InferenceSession.create(Buffer.concat(chunks), {
    intraOpNumThreads: THREADS,
  });
  const ours = await onnxRuntime().compile(model, weights, { threads: THREADS });
  const clip = { slow: { dtype: 'float32', shape, data } };
  const tensors = { slow: new ort.Tensor('float32', data, shape) };
  const [first, second] = [(await ours.run(clip)).scores, (await plain.run(tensors)).scores];
  const difference = Math.max(...first.data.map((value, i) => Math.abs(value - second.data[i])));
  const runs = [];
  for (let i = 0; i < pairs; i++) {
    runs.push({
      plain: await measured(() => plain.run(tensors)),
      ours: await measured(() => ours.run(clip)),
    });
  }
  const ratio = (what) => rounded(median(runs.map((run) => run.ours[what] / run.plain[what])));
  rows.push({
    model: name,
    size,
    threads: THREADS,
    'plain, ms': rounded(median(runs.map((run) => run.plain.cpu)), 0),
    'ours, ms': rounded(median(runs.map((run) => run.ours.cpu)), 0),
    'run / plain': ratio('wall'),
    'processor time': ratio('cpu'),
    'largest difference of scores': (difference / Math.max(...second.data)).toExponential(0),
  });
}
await keep('backbones', rows);
