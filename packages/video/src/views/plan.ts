/** @file Which frames the views of a video need, and until when. Needs no Node API. */
import { checkArguments, SpecError, type Preprocessing } from '@slowfast/core';
import { clipFrames, type ClipFrames } from '../sampling/clip-frames.js';
import { cropOffsets, type CropOffset } from '../transform/crop.js';
import { frameSize } from '../transform/normalise.js';
import { checkClipBytes, checkResized, SIZE_LIMITS } from '../transform/memory.js';
import type { MediaLimits, Size, Timeline } from '../types.js';

/** The parts of preprocessing that views depend on. */
export type ViewPreprocessing = Pick<
  Preprocessing,
  | 'clip'
  | 'sampling'
  | 'resize'
  | 'crop'
  | 'stretch'
  | 'mean'
  | 'std'
  | 'channelOrder'
  | 'sound'
  | 'skeleton'
  | 'views'
>;

/** How many views. */
export interface ViewCounts {
  /** Clips in time; the preprocessing's by default. */
  readonly clips?: number;
  /** Crops of each clip, 1 or 3; the preprocessing's by default. */
  readonly crops?: number;
  /** The frames of each clip, in place of those that the preprocessing's sampling picks: windows of a long video. */
  readonly samples?: readonly ClipFrames[];
  /** The video's path, for messages. */
  readonly site?: string;
  /** Limits of the resized frames; {@link MediaLimits}. */
  readonly limits?: Pick<MediaLimits, 'maxPixels' | 'maxClipBytes'>;
}

/** What to decode and what to make of it. */
export interface ViewPlan {
  /** The frames of each clip. */
  readonly clips: readonly ClipFrames[];
  /** The corner of each crop in a resized frame. */
  readonly offsets: readonly CropOffset[];
  /** Height and width of the crops. */
  readonly crop: readonly [height: number, width: number];
  /** Every frame that is needed, ascending. */
  readonly needed: readonly number[];
  /** Last clip that uses a frame; then it can be forgotten. */
  readonly lastUse: ReadonlyMap<number, number>;
}

/**
 * Plans the views of a video of this size.
 *
 * @throws SpecError if a count, the clip or the crop is not valid; MediaError if resized frames are beyond a limit.
 */
export function viewPlan(
  timeline: Timeline,
  size: Size,
  preprocessing: ViewPreprocessing,
  counts: ViewCounts = {},
): ViewPlan {
  checkArguments('viewPlan', {
    timeline: [timeline, 'object'],
    size: [size, 'object'],
    preprocessing: [preprocessing, 'object'],
    counts: [counts, 'object'],
  });

  if (preprocessing.skeleton) {
    throw new SpecError({
      site: counts.site ?? 'video',
      expected: 'a model that sees frames',
      received: 'one that takes the skeletons of people',
      remedy: 'slowfast classify and evaluate find them; in code, skeletonViews takes them',
    });
  }
  if (preprocessing.std.some((value) => !(value > 0))) {
    throw new SpecError({
      site: 'preprocessing.std',
      expected: 'positive numbers',
      received: `[${preprocessing.std.join(', ')}]`,
    });
  }
  const { clips = preprocessing.views.clips, crops = preprocessing.views.crops } = counts;
  const samples =
    counts.samples ?? clipFrames(preprocessing.sampling, timeline, preprocessing.clip, clips);
  const resized = frameSize(preprocessing, size);
  const { site = 'video', limits } = counts;
  checkResized(site, resized, limits?.maxPixels ?? SIZE_LIMITS.maxPixels);
  const { offsets, crop } = cropsOf(preprocessing, resized, crops);
  const lastUse = new Map<number, number>();
  samples.forEach(({ frames }, clip) => frames.forEach((frame) => lastUse.set(frame, clip)));
  const needed = [...lastUse.keys()].sort((a, b) => a - b);
  const plan = { clips: samples, offsets, crop, needed, lastUse };
  checkClipBytes(site, resized, mostHeld(plan), limits?.maxClipBytes ?? SIZE_LIMITS.maxClipBytes);
  return plan;
}

/** The most resized frames that are in memory at a time. */
export function mostHeld({
  clips,
  needed,
  lastUse,
}: Pick<ViewPlan, 'clips' | 'needed' | 'lastUse'>): number {
  const releases = clips.map(() => 0);
  for (const clip of lastUse.values()) releases[clip]!++;
  let [most, arrivals, departures, reach] = [0, 0, 0, -1];
  clips.forEach(({ frames }, clip) => {
    reach = frames.reduce((a, b) => Math.max(a, b), reach);
    while (arrivals < needed.length && needed[arrivals]! <= reach) arrivals++;
    most = Math.max(most, arrivals - departures);
    departures += releases[clip]!;
  });
  return most;
}

function cropsOf(
  preprocessing: ViewPreprocessing,
  resized: Size,
  crops: number,
): Pick<ViewPlan, 'offsets' | 'crop'> {
  if (!preprocessing.stretch) {
    const offsets = cropOffsets(preprocessing.sampling, resized, preprocessing.crop, crops);
    return { offsets, crop: [preprocessing.crop, preprocessing.crop] };
  }
  if (crops !== 1) {
    throw new SpecError({
      site: 'crops',
      expected: '1, since the preprocessing stretches frames to its input',
      received: String(crops),
    });
  }
  return { offsets: [{ x: 0, y: 0 }], crop: preprocessing.stretch };
}
