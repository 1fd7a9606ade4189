/// <reference lib="dom" />
/// <reference lib="dom.asynciterable" />
/** @file What the test of videos runs inside a page: `openVideo` of the browser, as a user would call it. */
import type { Preprocessing } from '@slowfast/core';
import {
  LiveClips,
  liveFrames,
  openVideo,
  views,
  type OpenOptions,
  type VideoInfo,
} from '@slowfast/video';

/** Bytes as they leave the page. */
export type Base64 = string;

/** A video as it leaves the page. */
export interface PageVideo {
  readonly info: VideoInfo;
  readonly pts: readonly number[];
  readonly start: number;
  readonly warnings: readonly string[];
  readonly frames: readonly {
    readonly index: number;
    readonly time: number;
    readonly lost: boolean;
    readonly data: Base64;
  }[];
}

/** The functions that the page puts on its global object, as `videos`. */
export interface VideoPageApi {
  /** Opens the file at a path as a File, and decodes these frames. */
  open(path: string, indices: readonly number[], options?: OpenOptions): Promise<PageVideo>;
  /** The first view of a video at a URL, as floats. */
  view(path: string, preprocessing: Preprocessing): Promise<Base64>;
  /** The sound of a video at a rate, as floats from the moment that a player shows as 0, and what is said of it. */
  sound(
    path: string,
    rate: number,
  ): Promise<readonly [samples: Base64, warnings: readonly string[]]>;
  /** The spectrogram of the first view, as floats. */
  heard(path: string, preprocessing: Preprocessing): Promise<Base64>;
  /** What a call that fails throws. */
  failure(path: string, options?: OpenOptions): Promise<string>;
  /** What a decoding that is aborted after a frame throws, and how many frames came. */
  abort(path: string): Promise<{ readonly frames: number; readonly reason: string }>;
  /** Frames of a camera until there are so many. */
  camera(count: number): Promise<{ readonly times: number[]; readonly sizes: string[] }>;
  /** Frames of a video element that plays a file. */
  element(
    path: string,
  ): Promise<{ readonly frames: number; readonly size: string; readonly mean: number }>;
  /** The first clip of a camera. */
  clip(preprocessing: Preprocessing): Promise<readonly number[]>;
}

function base64(bytes: Uint8Array): Base64 {
  let text = '';
  for (let at = 0; at < bytes.length; at += 32768) {
    text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  }
  return btoa(text);
}

async function file(path: string): Promise<File> {
  const blob = await (await fetch(path)).blob();
  return new File([blob], path.slice(1));
}

const api: VideoPageApi = {
  async open(path, indices, options = {}) {
    await using video = await openVideo(await file(path), options);
    const frames: PageVideo['frames'][number][] = [];
    for await (const { index, time, lost, data } of video.frames({ indices })) {
      frames.push({ index, time, lost, data: base64(data) });
    }
    const { info, timeline, warnings } = video;
    return { info, pts: timeline.pts, start: timeline.start, warnings, frames };
  },
  async view(path, preprocessing) {
    await using video = await openVideo(new URL(path, location.href));
    for await (const { tensor } of views(video, preprocessing, { clips: 1, crops: 1 })) {
      return base64(new Uint8Array(tensor.data.buffer));
    }
    return '';
  },
  async sound(path, rate) {
    await using video = await openVideo(await file(path));
    const all: number[] = [];
    for await (const { at, samples } of video.sound({ rate })) {
      samples.forEach((value, i) => {
        if (at + i >= 0) all[at + i] = value;
      });
    }
    return [base64(new Uint8Array(Float32Array.from(all).buffer)), video.warnings];
  },
  async heard(path, preprocessing) {
    await using video = await openVideo(await file(path));
    for await (const { sound } of views(video, preprocessing, { clips: 1, crops: 1 })) {
      return base64(new Uint8Array(sound!.data.buffer));
    }
    return '';
  },
  async failure(path, options = {}) {
    try {
      const video = await openVideo(await file(path), options);
      for await (const { index } of video.frames()) void index;
      return 'none';
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  },
  async abort(path) {
    const stop = new AbortController();
    await using video = await openVideo(await file(path));
    let frames = 0;
    try {
      for await (const { index } of video.frames({ signal: stop.signal })) {
        frames = index + 1;
        stop.abort(new Error('enough'));
      }
      return { frames, reason: 'none' };
    } catch (error) {
      return { frames, reason: (error as Error).message };
    }
  },
  async camera(count) {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true });
    const [times, sizes]: [number[], string[]] = [[], []];
    for await (const { time, width, height, data } of liveFrames(stream)) {
      times.push(time);
      sizes.push(`${width}x${height}x${data.length / width / height}`);
      if (times.length === count) break;
    }
    for (const track of stream.getTracks()) track.stop();
    return { times, sizes };
  },
  async element(path) {
    const element = document.createElement('video');
    element.src = path;
    element.muted = true;
    let [frames, size, mean] = [0, '', 0];
    await element.play();
    for await (const { width, height, data } of liveFrames(element, { timeout: 10 })) {
      frames++;
      size = `${width}x${height}`;
      mean = data.reduce((a, b) => a + b, 0) / data.length;
    }
    return { frames, size, mean };
  },
  async clip(preprocessing) {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true });
    const clips = new LiveClips({ preprocessing });
    const feeding = (async () => {
      for await (const frame of liveFrames(stream)) clips.push(frame);
      clips.end();
    })();
    for await (const { tensor } of clips) {
      for (const track of stream.getTracks()) track.stop();
      await feeding;
      return tensor.shape;
    }
    return [];
  },
};

Object.assign(globalThis, { videos: api });
