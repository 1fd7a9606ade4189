/** @file Clips around key frames, whole frames of them, while a video is decoded once. Needs no Node API. */
import { checkArguments, MediaError, type HostTensor } from '@slowfast/core';
import { frameAt, keyFrameClip } from '../sampling/key-frame.js';
import { cropClip } from '../transform/crop.js';
import { allocated, checkClipBytes, checkResized, SIZE_LIMITS } from '../transform/memory.js';
import { frameSize, preprocessFrame } from '../transform/normalise.js';
import type { Video, VideoFrame } from '../types.js';
import { FrameWindow } from './frame-window.js';
import { mostHeld, type ViewPreprocessing } from './plan.js';
import type { StreamOptions } from './stream.js';

/** A clip around a key frame. */
export interface KeyFrameView {
  /** Seconds from the video's first frame, as asked for. */
  readonly time: number;
  /** The key frame as decoded. */
  readonly frame: VideoFrame;
  /** Indices of the clip's frames. */
  readonly frames: readonly number[];
  /** Whether the clip reaches beyond the video, so that its first or last frame is repeated. */
  readonly padded: boolean;
  /** Normalised pixels of whole frames whose short side is the preprocessing's, `[1, 3, T, H, W]`. */
  readonly tensor: HostTensor<'float32'>;
}

type KeyFrameVideo = Pick<Video, 'path' | 'frames' | 'timeline' | 'info' | 'limits'>;

function checkMemory(video: KeyFrameVideo, preprocessing: ViewPreprocessing, count: number): void {
  const { maxPixels, maxClipBytes } = video.limits ?? SIZE_LIMITS;
  const resized = frameSize(preprocessing, video.info);
  checkResized(video.path, resized, maxPixels);
  checkClipBytes(video.path, resized, count, maxClipBytes);
}

/**
 * The clips around key frames at ascending times (seconds from the first frame), one after the other. Frames
 * are resized once and kept only while a clip needs them.
 *
 * @throws SpecError for a time outside of the video; MediaError if no frame decodes or resized frames are beyond a limit.
 */
export async function* keyFrameStream(
  video: KeyFrameVideo,
  preprocessing: ViewPreprocessing,
  times: readonly number[],
  options: StreamOptions = {},
): AsyncGenerator<KeyFrameView, void, undefined> {
  checkArguments('keyFrameStream', {
    video: [video, 'object'],
    preprocessing: [preprocessing, 'object'],
    times: [times, 'array'],
    options: [options, 'object'],
  });
  const { signal, onProgress } = options;
  const { timeline } = video;
  const sorted = [...times].sort((a, b) => a - b);
  const clips = sorted.map((time) =>
    keyFrameClip(preprocessing.sampling, timeline, preprocessing.clip, time),
  );
  const keys = sorted.map((time) => frameAt(timeline, time));
  const lastUse = new Map<number, number>();
  clips.forEach(({ frames }, clip) => frames.forEach((frame) => lastUse.set(frame, clip)));
  const needed = [...lastUse.keys()].sort((a, b) => a - b);
  const all = [...new Set([...needed, ...keys])].sort((a, b) => a - b);
  checkMemory(video, preprocessing, mostHeld({ clips, needed, lastUse }));
  const window = new FrameWindow({ clips, needed, lastUse });
  const lastFrame = clips.map(({ frames }) => Math.max(...frames));
  const raw = new Map<number, VideoFrame>();
  const isKey = new Set(keys);
  const isNeeded = new Set(needed);
  let next = 0;
  let latest: VideoFrame | undefined;

  function* ready(done: boolean): Generator<KeyFrameView, void, undefined> {
    for (; next < clips.length; next++) {
      const key = keys[next]!;
      const frame = raw.get(key) ?? (done ? latest : undefined);
      if (!frame || !window.reaches(lastFrame[next]!)) return;
      signal?.throwIfAborted();
      const { frames, padded } = clips[next]!;
      const images = window.images(frames);
      const { width, height } = images[0]!;
      const tensor = cropClip(images, { x: 0, y: 0 }, [height, width]);
      window.release(next);
      if (keys[next + 1] !== key) raw.delete(key);
      yield { time: sorted[next]!, frame, frames, padded, tensor };
      onProgress?.({ decoded: all.length, total: all.length, views: next + 1 });
    }
  }

  for await (const frame of video.frames({ indices: all, ...(signal ? { signal } : {}) })) {
    latest = frame;
    if (isKey.has(frame.index)) raw.set(frame.index, frame);
    if (isNeeded.has(frame.index)) {
      const image = await allocated(video.path, frame, () => preprocessFrame(frame, preprocessing));
      window.add(frame.index, image);
    }
    yield* ready(false);
  }
  signal?.throwIfAborted();
  if (clips.length > 0 && !window.finish()) {
    throw new MediaError({
      site: video.path,
      expected: 'at least one frame of video',
      received: 'a file of which none can be decoded',
      remedy: 'Check that the file is complete',
    });
  }
  yield* ready(true);
}
