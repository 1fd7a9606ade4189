/**
 * @file Entry points that need Node. The code behind them is loaded when they are first called, so
 * that a browser can load this package for its sampling and preprocessing.
 */
import { checkArguments } from '@slowfast/core';
import type { DecoderAvailability } from './node/backend.js';
import type { LiveFrame } from './live/live-clips.js';
import type { LiveSourceOptions } from './node/live-source.js';
import type { WriteVideoOptions } from './node/write-video.js';
import type { RgbImage } from './transform/resize.js';
import type { OpenOptions, Video, VideoInfo } from './types.js';

/**
 * Opens a video file: finds a decoder, reads headers and time stamps; decodes nothing yet, unless the
 * frames can only be counted that way (truncated files, missing time stamps).
 *
 * @throws MediaError if the file is missing, a directory, empty, no video, without a video stream or
 * frame, in a codec that is not supported, beyond a limit, or (strict) truncated; or if there is no decoder.
 * @example
 * const video = await openVideo('clip.mp4');
 * for await (const frame of video.frames()) console.log(frame.index, frame.time);
 * await video.close();
 */
export async function openVideo(path: string, options: OpenOptions = {}): Promise<Video> {
  checkArguments('openVideo', { path: [path, 'string'], options: [options, 'object'] });

  const { openFile } = await import('./node/open.js');
  return openFile(path, options);
}

/**
 * What is known of a video file; as {@link openVideo}, then closed.
 *
 * @throws MediaError as {@link openVideo}.
 */
export async function probe(path: string, options: OpenOptions = {}): Promise<VideoInfo> {
  checkArguments('probe', { path: [path, 'string'], options: [options, 'object'] });

  const video = await openVideo(path, options);
  await video.close();
  return video.info;
}

/** Which decoders can be used here, in the order in which they are tried, and why the others cannot. */
export async function decoders(): Promise<readonly DecoderAvailability[]> {
  const { availableDecoders } = await import('./node/decoders.js');
  return availableDecoders();
}

/**
 * Writes frames (RGB24, as `frames()` gives them) to an .mp4 (H.264) or .webm (VP9) file, which appears
 * under its name only when it is complete. Needs node-av.
 *
 * @throws MediaError for another extension, a file that cannot be written, or without node-av.
 */
export async function writeVideo(
  path: string,
  frames: AsyncIterable<RgbImage>,
  options: WriteVideoOptions,
): Promise<void> {
  checkArguments('writeVideo', {
    path: [path, 'string'],
    frames: [frames, 'iterable'],
    options: [options, 'object'],
  });

  const { writeVideoFile } = await import('./node/write-video.js');
  return writeVideoFile(path, frames, options);
}

/**
 * Frames of a stream (URL) or device as they arrive, through the ffmpeg command, until it ends or is stopped.
 *
 * @throws MediaError if ffmpeg cannot play it, or is not there.
 */
export async function* liveFrames(
  source: string,
  options: LiveSourceOptions = {},
): AsyncGenerator<LiveFrame, void, undefined> {
  checkArguments('liveFrames', { source: [source, 'string'], options: [options, 'object'] });

  const { ffmpegFrames } = await import('./node/live-source.js');
  yield* ffmpegFrames(source, options);
}
