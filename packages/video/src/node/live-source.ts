/**
 * @file Frames of what plays now (streams, cameras) through the ffmpeg command. They come as PPM pictures, whose
 * headers tell their size; their times are those at which they arrive.
 */
import { MediaError } from '@slowfast/core';
import type { LiveFrame } from '../live/live-clips.js';
import { commandBytes } from './ffmpeg-process.js';
import { PpmReader } from './ppm.js';

/** Options of the package's `liveFrames`. */
export interface LiveSourceOptions {
  /** ffmpeg's name of the device or stream format where the source does not tell (`v4l2`, `avfoundation`). */
  readonly format?: string;
  readonly signal?: AbortSignal;
}

/** Frames of a URL or device until it ends or is stopped. */
export async function* ffmpegFrames(
  source: string,
  { format, signal }: LiveSourceOptions,
): AsyncGenerator<LiveFrame, void, undefined> {
  const args = [
    ...['-v', 'error', '-nostdin', '-fflags', 'nobuffer'],
    ...(format === undefined ? [] : ['-f', format]),
    ...['-i', source, '-map', '0:V:0', '-f', 'image2pipe', '-c:v', 'ppm', '-pix_fmt', 'rgb24', '-'],
  ];
  const reader = new PpmReader(source);
  const bytes = commandBytes('ffmpeg', args, signal);
  let [startedAt, last, frames] = [NaN, -Infinity, 0];
  try {
    for (;;) {
      const { value, done } = await bytes.next();
      if (done) {
        if (value.code === 0 || frames > 0) return;
        const received = value.errors.trim().split('\n').at(-1) || `exit code ${value.code}`;
        throw unreachable(source, received);
      }
      for (const image of reader.add(value)) {
        const now = performance.now() / 1000;
        if (frames++ === 0) startedAt = now;
        // Several may come at once.
        last = Math.max(now - startedAt, last + 1e-6);
        yield { ...image, time: last };
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw unreachable(source, 'no ffmpeg, which plays streams and devices');
  } finally {
    await bytes.return({ code: null, errors: '' });
  }
}

const unreachable = (site: string, received: string): MediaError =>
  new MediaError({
    site,
    expected: 'a stream or device that ffmpeg can play',
    received,
    remedy: 'Put ffmpeg on the PATH or name it in FFMPEG_PATH, and check the source with it',
  });
