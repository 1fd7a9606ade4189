/** @file Which frames of a video the clips of skeletons are made of: mmaction2's `UniformSampleFrames`. */
import { SpecError } from '@slowfast/core';
import { MersenneTwister } from './mersenne-twister.js';

/** The seed of its tests, before every video. */
const SEED = 255;

/** Whole numbers by chance. */
export interface FrameDraws {
  /** From 0 to `most`. */
  upTo(most: number): number;
  /** So many of the numbers from 0 to `count - 1`, each once. */
  choice(count: number, size: number): readonly number[];
}

/**
 * Frame indices of `clips` clips of `frames` frames, each frame drawn from one of as many equal parts of the video's `total`.
 * Of shorter videos frames are repeated (fewer than two a part) or the video is begun again (fewer frames than the clip's).
 *
 * @throws SpecError for counts that are not whole numbers of at least 1.
 */
export function uniformFrames(
  total: number,
  frames: number,
  clips: number,
): readonly (readonly number[])[] {
  checkCounts({ total, frames, clips });
  const draws = new MersenneTwister(SEED);
  const startOf = (clip: number): number =>
    total < clips ? clip : Math.floor((clip * total) / clips);
  return Array.from({ length: clips }, (_, clip) =>
    clipOf(total, frames, draws, () => startOf(clip)),
  );
}

/** The same of one clip in training, which begins a short video anywhere. Throws as {@link uniformFrames}. */
export function drawnUniformFrames(
  total: number,
  frames: number,
  draws: FrameDraws,
): readonly number[] {
  checkCounts({ total, frames });
  return clipOf(total, frames, draws, () => draws.upTo(total - 1));
}

function clipOf(
  total: number,
  frames: number,
  draws: FrameDraws,
  /** Where a video begins that is shorter than a clip. */
  shortStart: () => number,
): readonly number[] {
  const range = Array.from({ length: frames }, (_, i) => i);
  if (total < frames) {
    const start = shortStart();
    return range.map((i) => (start + i) % total);
  }
  if (total < 2 * frames) {
    const skips = new Set(draws.choice(frames + 1, total - frames));
    let offset = 0;
    return range.map((i) => i + (offset += skips.has(i) ? 1 : 0));
  }
  const startOf = (part: number): number => Math.floor((part * total) / frames);
  return range.map((i) => startOf(i) + draws.upTo(startOf(i + 1) - startOf(i) - 1));
}

function checkCounts(counts: Readonly<Record<string, number>>): void {
  for (const [site, value] of Object.entries(counts)) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new SpecError({
      site: `uniformFrames.${site}`,
      expected: 'a whole number of at least 1',
      received: `${value}`,
    });
  }
}
