/**
 * @file 30 views of one video, from file to scores: shares of decoding and preprocessing, and the whole
 * against inference alone, with a run on each core and with one run on all.
 * `node benchmarks/end-to-end.mjs [model] [size]`
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { initialWeights } from '@slowfast/core';
import { batchFeeds, scoreViews } from '@slowfast/evaluation';
import { catalogModel } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { openVideo, views } from '@slowfast/video';
import { inChild, keep, median, rounded, runTask, timed } from './measure.mjs';

const VIDEO = fileURLToPath(new URL('../examples/media/arm-wrestling.mp4', import.meta.url));
const COUNTS = { clips: 10, crops: 3 };

const CORES = availableParallelism();

/** Compiled as the command line does it: in threads of its own. */
async function prepared({ model: name, size, sessions }) {
  const { model, preprocessing } = catalogModel(name, { size });
  const options = { worker: true, sessions, threads: Math.floor(CORES / sessions) };
  return {
    preprocessing,
    model: await onnxRuntime().compile(model, initialWeights(model.graph), options),
  };
}

async function decodeOnly() {
  const video = await openVideo(VIDEO);
  const decodeMs = await timed(async () => {
    for await (const frame of video.frames()) void frame;
  });
  await video.close();
  return { decodeMs };
}

const tasks = {
  /** Decoding alone, and decoding with preprocessing, on one thread. */
  async frames(config) {
    const { preprocessing } = catalogModel(config.model, { size: config.size });
    const { decodeMs } = await decodeOnly();
    const video = await openVideo(VIDEO);
    const preparedMs = await timed(async () => {
      for await (const view of views(video, preprocessing, { ...COUNTS, worker: 'off' })) void view;
    });
    await video.close();
    return { decodeMs, preparedMs };
  },
  /** The whole between two halves of inference alone, so that a machine that slows down slows both. */
  async whole(config) {
    const { model, preprocessing } = await prepared(config);
    const first = await openVideo(VIDEO);
    let tensor;
    for await (const view of views(first, preprocessing, { clips: 1, crops: 1 }))
      ({ tensor } = view);
    await first.close();
    const feeds = batchFeeds(Object.keys(model.inputs), preprocessing, [tensor]);
    await model.run(feeds);
    const alone = () =>
      measured(async () => {
        let left = 15;
        const lane = async () => {
          while (left-- > 0) await model.run(feeds);
        };
        await Promise.all(Array.from({ length: model.parallelRuns }, lane));
      });
    await Promise.all(Array.from({ length: model.parallelRuns }, () => model.run(feeds)));
    const before = await alone();
    const video = await openVideo(VIDEO);
    let timing;
    const whole = await measured(async () => {
      ({ timing } = await scoreViews(model, views(video, preprocessing, COUNTS), {
        preprocessing,
        transfer: true,
      }));
    });
    await video.close();
    const after = await alone();
    await model[Symbol.asyncDispose]();
    return {
      wholeMs: whole.ms,
      wholeCpuMs: whole.cpuMs,
      aloneMs: before.ms + after.ms,
      aloneCpuMs: before.cpuMs + after.cpuMs,
      waitingMs: timing.waiting,
    };
  },
};

/** Milliseconds on the clock, and of processor time in all threads of this process. */
async function measured(action) {
  const cpu = process.cpuUsage();
  const ms = await timed(action);
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000 };
}

if (!(await runTask(tasks))) {
  const [model = 'slowfast-4x16-r50', size = '256'] = process.argv.slice(2);
  const config = { model, size: Number(size) };
  const rows = [];
  for (let round = 0; round < 3; round++) {
    const frames = await inChild(import.meta.url, 'frames', config);
    for (const sessions of new Set([1, Math.min(4, CORES)])) {
      const whole = await inChild(import.meta.url, 'whole', { ...config, sessions });
      rows.push({
        ...config,
        sessions,
        'decode, ms': rounded(frames.decodeMs, 0),
        'preprocess, ms': rounded(frames.preparedMs - frames.decodeMs, 0),
        'inference alone, ms': rounded(whole.aloneMs, 0),
        'end to end, ms': rounded(whole.wholeMs, 0),
        'waiting for frames, ms': rounded(whole.waitingMs, 0),
        'end to end / inference': rounded(whole.wholeMs / whole.aloneMs),
        'processor time, the same': rounded(whole.wholeCpuMs / whole.aloneCpuMs),
        'peak, MiB': whole.peakMiB,
      });
      console.log(JSON.stringify(rows.at(-1)));
    }
  }
  for (const sessions of new Set([1, Math.min(4, CORES)])) {
    const own = rows.filter((row) => row.sessions === sessions);
    const ratio = median(own.map((row) => row['end to end / inference']));
    const whole = median(own.map((row) => row['end to end, ms']));
    console.log(
      `${sessions} sessions: ${whole} ms, end to end / inference alone ${ratio} (medians)`,
    );
  }
  await keep('end-to-end', rows);
}
