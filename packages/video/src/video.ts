/**
 * @file Entry points that need Node. The code behind them is loaded when they are first called, so
 * that a browser can load this package for its sampling and preprocessing.
 */
import { checkArguments, SpecError } from '@slowfast/core';
import type { DecoderAvailability } from './node/backend.js';
import type { LiveFrame } from './live/live-clips.js';
import type { LiveInput } from './live/live-input.js';
import type { LiveSourceOptions } from './node/live-source.js';
import type { WriteVideoOptions } from './node/write-video.js';
import type { RgbImage } from './transform/resize.js';
import type { OpenOptions, PictureSequence, Video, VideoInfo, VideoInput } from './types.js';

/**
 * Opens a video file, by its path or a `file:` URL (in a page: a File, a Blob, or a URL): finds a decoder, reads headers and time stamps; decodes nothing yet, unless the
 * frames can only be counted that way (truncated files, missing time stamps). A folder of numbered pictures (JPEG, PNG) is a
 * video, too, and so are pictures that are named in their order; their rate is `pictureFps`.
 *
 * @throws MediaError if the file is missing, a folder without pictures or with one missing or of another size, empty, no video, without a video stream or
 * frame, in a codec that is not supported, beyond a limit, or (strict) truncated; or if there is no decoder.
 * @example
 * const video = await openVideo('clip.mp4');
 * for await (const frame of video.frames()) console.log(frame.index, frame.time);
 * await video.close();
 */
export async function openVideo(input: VideoInput, options: OpenOptions = {}): Promise<Video> {
  checkArguments('openVideo', { options: [options, 'object'] });

  const { openFile } = await import('./node/open.js');
  return openFile(isPictures(input) ? input : await pathOf('openVideo', input), options);
}

/**
 * What is known of a video file; as {@link openVideo}, then closed.
 *
 * @throws MediaError as {@link openVideo}.
 */
export async function probe(input: VideoInput, options: OpenOptions = {}): Promise<VideoInfo> {
  checkArguments('probe', { options: [options, 'object'] });

  const video = await openVideo(input, options);
  await video.close();
  return video.info;
}

const isPictures = (input: unknown): input is PictureSequence =>
  typeof input === 'object' && input !== null && 'pictures' in input;

/** The path of a file of this machine; throws SpecError for what a page opens. */
async function pathOf(site: string, input: unknown): Promise<string> {
  if (typeof input === 'string') return input;
  if (input instanceof URL && input.protocol === 'file:') {
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:url')).fileURLToPath(
      input,
    );
  }
  throw new SpecError({
    site,
    expected: 'the path of a video, or a file: URL',
    received: input instanceof URL ? input.href : input === null ? 'null' : typeof input,
    remedy:
      'Files, Blobs and URLs are opened in a page, by the build of this package that bundlers take there (the condition "browser" of its exports)',
  });
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
  source: LiveInput,
  options: LiveSourceOptions = {},
): AsyncGenerator<LiveFrame, void, undefined> {
  checkArguments('liveFrames', { options: [options, 'object'] });

  const { ffmpegFrames } = await import('./node/live-source.js');
  yield* ffmpegFrames(
    typeof source === 'string' ? source : await pathOf('liveFrames', source),
    options,
  );
}
