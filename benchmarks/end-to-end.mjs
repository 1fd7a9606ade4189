/**
 * @file 30 views of one video, from file to scores: shares of decoding and preprocessing, and the whole
 * against inference alone. `node benchmarks/end-to-end.mjs [model] [size]`
 */
import { fileURLToPath } from 'node:url';
import { initialWeights } from '@slowfast/core';
import { batchFeeds, scoreViews } from '@slowfast/evaluation';
import { catalogModel } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { openVideo, views } from '@slowfast/video';
import { inChild, keep, median, rounded, runTask, timed } from './measure.mjs';

const VIDEO = fileURLToPath(new URL('../examples/media/arm-wrestling.mp4', import.meta.url));
const COUNTS = { clips: 10, crops: 3 };

/** Compiled as the command line does it: in a thread of its own. */
async function prepared({ model: name, size }) {
  const { model, recipe } = catalogModel(name, { size });
  const options = { worker: true };
  return {
    recipe,
    model: await onnxRuntime().compile(model, initialWeights(model.graph), options),
  };
}

async function decodeOnly() {
  const video = await openVideo(VIDEO);
  let frames = 0;
  const decodeMs = await timed(async () => {
    for await (const frame of video.frames()) frames += frame.width > 0 ? 1 : 0;
  });
  await video.close();
  return { decodeMs, frames };
}

const tasks = {
  async parts(config) {
    const { model, recipe } = await prepared(config);
    const { decodeMs, frames } = await decodeOnly();
    const video = await openVideo(VIDEO);
    const kept = [];
    const preparedMs = await timed(async () => {
      for await (const view of views(video, recipe, { ...COUNTS, worker: 'off' })) {
        if (kept.length < 1) kept.push(view.tensor);
      }
    });
    await video.close();
    const feeds = batchFeeds(Object.keys(model.inputs), recipe, kept);
    await model.run(feeds);
    const alone = [];
    for (let i = 0; i < 30; i++) alone.push(await timed(() => model.run(feeds)));
    await model[Symbol.asyncDispose]();
    return { decodeMs, frames, preparedMs, inferenceMs: alone.reduce((a, b) => a + b) };
  },
  async whole(config) {
    const { model, recipe } = await prepared(config);
    const video = await openVideo(VIDEO);
    let timing;
    const warm = await openVideo(VIDEO);
    await scoreViews(model, views(warm, recipe, { clips: 1, crops: 1 }), { recipe });
    await warm.close();
    const wholeMs = await timed(async () => {
      ({ timing } = await scoreViews(model, views(video, recipe, COUNTS), { recipe }));
    });
    await video.close();
    await model[Symbol.asyncDispose]();
    return { wholeMs, ...timing };
  },
};

if (!(await runTask(tasks))) {
  const [model = 'slowfast-4x16-r50', size = '256'] = process.argv.slice(2);
  const config = { model, size: Number(size) };
  const rows = [];
  for (let round = 0; round < 3; round++) {
    const parts = await inChild(import.meta.url, 'parts', config);
    const whole = await inChild(import.meta.url, 'whole', config);
    rows.push({
      ...config,
      'decode, ms': rounded(parts.decodeMs, 0),
      'preprocess, ms': rounded(parts.preparedMs - parts.decodeMs, 0),
      'inference alone, ms': rounded(parts.inferenceMs, 0),
      'end to end, ms': rounded(whole.wholeMs, 0),
      'waiting for frames, ms': rounded(whole.waiting, 0),
      'end to end / inference': rounded(whole.wholeMs / parts.inferenceMs),
      'peak, MiB': whole.peakMiB,
    });
  }
  const ratio = median(rows.map((row) => row['end to end / inference']));
  console.log(`end to end / inference alone: ${ratio} (median of ${rows.length})`);
  await keep('end-to-end', rows);
}
