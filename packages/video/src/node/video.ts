/** @file An open video on a decoder: frames by index, one at a time. */
import { SpecError } from '@slowfast/core';
import { firstAtOrAfter } from '../sampling/timeline.js';
import { allocated } from '../transform/memory.js';
import type {
  Decoding,
  FramesOptions,
  SoundOptions,
  SoundPiece,
  Timeline,
  Video,
  VideoFrame,
  VideoInfo,
  VideoSource,
} from '../types.js';
import type { Backend, RawFrame, Source } from './backend.js';
import { framesLost, tooLarge } from './media-errors.js';
import { openState } from './open-state.js';
import { orient } from './orientation.js';

/** What a video is made of once it is open. */
export interface VideoParts {
  readonly input: Source;
  readonly backend: Backend;
  readonly timeline: Timeline;
  readonly info: VideoInfo;
  readonly warnings: string[];
  readonly decoding: Decoding;
  readonly source?: VideoSource;
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

/** The frames that are asked for, one after the other. */
export function frameQueue({ frames }: Timeline, indices: readonly number[] | undefined) {
  const outside = indices?.find((at) => !(Number.isInteger(at) && at >= 0 && at < frames));
  if (outside !== undefined) {
    throw new SpecError({
      site: 'indices',
      expected: `frame indices from 0 to ${frames - 1}`,
      received: String(outside),
    });
  }
  const sorted = indices && [...new Set(indices)].sort((a, b) => a - b);
  let at = 0;
  return {
    /** Infinity after the last. */
    next: (): number => (sorted ? (sorted[at] ?? Infinity) : at < frames ? at : Infinity),
    shift: (): number => (sorted ? sorted[at++]! : at++),
  };
}

/** A video over its parts. */
export function openedVideo(parts: VideoParts): Video {
  const { input, backend, timeline, decoding, source } = parts;
  const { coded, orientation } = decoding;
  const { maxPixels, maxClipBytes, ignoreEdits, strict } = decoding.options;
  const { shared, untilClosed } = openState(input.path, parts.warnings);
  const { warn } = shared;
  const { num, den } = timeline.timeBase;

  const timeOf = (index: number): number =>
    timeline.start + ((timeline.pts[index]! - timeline.pts[0]!) * num) / den;

  /** Pixels of one frame at a time, converted once however often they are shown. */
  function developer(): (raw: RawFrame, index: number, lost: boolean) => Promise<VideoFrame> {
    let latest: RawFrame | undefined;
    let picture: Pick<VideoFrame, 'width' | 'height' | 'data'>;
    return async (raw, index, lost) => {
      if (latest !== raw) {
        picture = await allocated(input.path, coded, async () =>
          orient({ ...coded, data: await raw.rgb() }, orientation),
        );
        latest = raw;
      }
      return { index, time: timeOf(index), lost, ...picture };
    };
  }

  function checkSize({ size }: RawFrame): void {
    const { width, height } = size;
    if (width === coded.width && height === coded.height) return;
    if (width * height > maxPixels) throw tooLarge(input.path, width, height, maxPixels);
    warn(
      `The size of the frames changes from ${coded.width}x${coded.height} to ${width}x${height}: ` +
        'all are scaled to the first.',
    );
  }

  async function* frames(options: FramesOptions = {}): AsyncGenerator<VideoFrame, void, undefined> {
    const requests = frameQueue(timeline, options.indices);
    const signal = untilClosed(options.signal);
    const develop = developer();
    let [index, first, decoded] = [-1, 0, 0];
    let before: RawFrame | undefined;
    for await (const raw of backend.decode(input, { coded, ignoreEdits, maxPixels, signal })) {
      if (!raw) {
        while (before && requests.next() < Infinity && !strict) {
          yield develop(before, requests.shift(), true);
        }
        break;
      }
      checkSize(raw);
      const next = indexOf(timeline, raw.ticks, index + 1);
      if (next >= timeline.frames) break;
      if (decoded++ === 0) first = next;
      while (requests.next() < next && !strict) {
        yield develop(before ?? raw, requests.shift(), true);
      }
      index = next;
      options.onDecoded?.(index + 1);
      if (requests.next() === index) yield develop(raw, requests.shift(), false);
      // Where frames are lost, the rest is decoded to count them.
      if (requests.next() === Infinity && decoded === index + 1 && !strict) return;
      before = raw;
    }
    if (decoded < timeline.frames) damaged(decoded, first);
  }

  async function* sound({
    rate,
    signal,
  }: SoundOptions): AsyncGenerator<SoundPiece, void, undefined> {
    yield* backend.sound(input, { rate, ignoreEdits, signal: untilClosed(signal) });
  }

  function damaged(decoded: number, first: number): void {
    if (strict) throw framesLost(input.path, timeline.frames, decoded);
    const reason =
      first > 0
        ? `the first ${first} (${(timeOf(first) - timeline.start).toFixed(3)} s) are missing, as in a video cut in before a key frame`
        : 'the file is damaged';
    warn(`Only ${decoded} of ${timeline.frames} frames decode: ${reason}.`);
  }

  return {
    ...shared,
    info: parts.info,
    timeline,
    limits: { maxPixels, maxClipBytes },
    ...(source ? { source } : {}),
    frames,
    sound,
  };
}
