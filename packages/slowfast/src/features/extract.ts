/** @file Runs a network over the windows of a video and keeps what it computes of each. */
import type { CompiledModel, HostTensor, Preprocessing } from '@slowfast/core';
import { batchFeeds, soundsOf } from '@slowfast/evaluation';
import { opened, type VideoInput } from '../classify/files.js';
import { arraySink, type Pooling } from './array-sink.js';
import { slidingWindows, views, type OpenOptions, type View } from '@slowfast/video';

/** Length and distance of windows, in frames at a rate. */
export interface Windows {
  readonly window: number;
  readonly stride: number;
  readonly fps: number;
}

/** What {@link extractFeatures} works with. */
export interface FeatureJob {
  readonly model: CompiledModel;
  readonly preprocessing: Preprocessing;
  readonly windows: Windows;
  /** `mean` over all axes but window and channel, or `none`. */
  readonly pool: Pooling;
  /** Windows a run. */
  readonly batch: number;
  readonly open?: OpenOptions;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** The features of one video. */
export interface VideoFeatures {
  /** Number of windows: the first axis of every array. */
  readonly windows: number;
  /** By output: `[windows, C]`, or `[windows, C, T, H, W]` where they are not pooled. */
  readonly arrays: Readonly<Record<string, HostTensor<'float32'>>>;
  /** Start and end of each window in seconds, `[windows, 2]`. */
  readonly times: Float64Array;
  readonly warnings: readonly string[];
}

/**
 * Features of a video. Throws MediaError for a video that cannot be used, {@link SpecError} for maps
 * too large to be kept, and the signal's reason when aborted.
 */
export async function extractFeatures(file: VideoInput, job: FeatureJob): Promise<VideoFeatures> {
  const { model, preprocessing, windows, signal, batch } = job;
  const stop = signal ? { signal } : {};
  await using input = await opened(file, {
    pictureFps: preprocessing.clip.fps,
    ...job.open,
    ...stop,
  });
  const { video } = input;
  const samples = slidingWindows(video.timeline, { ...windows, frames: preprocessing.clip.frames });
  const sinks = Object.fromEntries(
    Object.keys(model.outputs).map((name) => [name, arraySink(name, samples.length, job.pool)]),
  );
  const inputs = Object.keys(model.inputs);
  let batched: View[] = [];
  let done = 0;
  const flush = async (): Promise<void> => {
    if (batched.length === 0) return;
    const clips = batched.map(({ tensor }) => tensor);
    const feeds = batchFeeds(inputs, preprocessing, clips, soundsOf(batched));
    const outputs = await model.run(feeds);
    signal?.throwIfAborted();
    for (const [name, sink] of Object.entries(sinks)) sink.put(outputs[name]!, done);
    done += clips.length;
    batched = [];
    job.onProgress?.(done, samples.length);
  };
  for await (const view of views(video, preprocessing, { samples, crops: 1, ...stop })) {
    batched.push(view);
    if (batched.length === batch) await flush();
  }
  await flush();
  const { frames, fps } = video.info;
  const short = `the video is shorter than a window (${frames} frames at ${fps} fps): its last frame is held`;
  return {
    windows: samples.length,
    arrays: Object.fromEntries(Object.entries(sinks).map(([name, sink]) => [name, sink.array()])),
    times: Float64Array.from(samples.flatMap(({ start, end }) => [start, end])),
    warnings: [...video.warnings, ...(samples.some(({ padded }) => padded) ? [short] : [])],
  };
}
