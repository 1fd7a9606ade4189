/** @file An open video on a decoder: frames by index, one at a time. */
import { MediaError, SpecError } from '@slowfast/core';
import { firstAtOrAfter } from '../sampling/timeline.js';
import type {
  FramesOptions,
  Timeline,
  Video,
  VideoFrame,
  VideoInfo,
  VideoSource,
} from '../types.js';
import type { Backend, Source } from './backend.js';
import { orient } from './orientation.js';

/** What a video is made of once it is open. */
export interface VideoParts {
  readonly input: Source;
  readonly backend: Backend;
  readonly timeline: Timeline;
  readonly info: VideoInfo;
  readonly warnings: string[];
  readonly source: VideoSource;
}

/**
 * The index of a decoded frame: by its time stamp if the time line has it, so that a frame lost in
 * the middle does not shift all later ones, else the next one.
 */
function indexOf(timeline: Timeline, ticks: number | undefined, next: number): number {
  if (timeline.timestamps === 'synthetic' || ticks === undefined) return next;
  const index = firstAtOrAfter(timeline, ticks);
  return timeline.pts[index] === ticks && index > next ? index : next;
}

/** A video over its parts. */
export function openedVideo(parts: VideoParts): Video {
  const { input, backend, timeline, warnings, source } = parts;
  const { coded, orientation } = source;
  const closing = new AbortController();
  const { num, den } = timeline.timeBase;

  const warn = (message: string): void => {
    if (!warnings.includes(message)) warnings.push(message);
  };

  async function* frames(options: FramesOptions = {}): AsyncGenerator<VideoFrame, void, undefined> {
    const only = options.indices && new Set(options.indices);
    const outside = options.indices?.find((at) => !(at in timeline.pts));
    if (outside !== undefined) {
      throw new SpecError({
        site: 'indices',
        expected: `frame indices from 0 to ${timeline.frames - 1}`,
        received: String(outside),
      });
    }
    const last = options.indices
      ? options.indices.reduce((a, b) => Math.max(a, b), -1)
      : timeline.frames - 1;
    const signal = options.signal
      ? AbortSignal.any([options.signal, closing.signal])
      : closing.signal;
    const { maxPixels } = source.options;
    let index = -1;
    const wanted = (ticks: number | undefined): boolean => {
      index = indexOf(timeline, ticks, index + 1);
      return index < timeline.frames && (only?.has(index) ?? true);
    };
    const decoding = backend.decode(input, { coded, wanted, maxPixels, signal });
    for await (const { data, width, height } of decoding) {
      options.onDecoded?.(index + 1);
      if (data) {
        const time = (timeline.pts[index]! * num) / den;
        yield { index, time, ...orient({ width, height, data }, orientation) };
      }
      if (index >= last) return;
    }
    if (index < last) damaged(index + 1);
  }

  function damaged(decoded: number): void {
    if (!source.options.strict) {
      warn(`Only ${decoded} of ${timeline.frames} frames decode: the file is damaged.`);
      return;
    }
    throw new MediaError({
      site: input.path,
      expected: `${timeline.frames} frames`,
      received: `${decoded} that decode`,
      remedy: 'Copy or download the file again, or open it without strict',
    });
  }

  const close = async (): Promise<void> => {
    closing.abort(
      new MediaError({
        site: input.path,
        expected: 'an open video',
        received: 'one that was closed',
      }),
    );
  };
  return {
    path: input.path,
    info: parts.info,
    timeline,
    warnings,
    warn,
    source,
    frames,
    closed: closing.signal,
    close,
    [Symbol.asyncDispose]: close,
  };
}
