/** @file Which frames of a video the clips of skeletons are made of: mmaction2's `UniformSampleFrames` in its test. */
import { SpecError } from '@slowfast/core';
import { MersenneTwister } from './mersenne-twister.js';

/** The seed of its tests, before every video. */
const SEED = 255;

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
  for (const [site, value] of Object.entries({ total, frames, clips })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new SpecError({
      site: `uniformFrames.${site}`,
      expected: 'a whole number of at least 1',
      received: `${value}`,
    });
  }
  const random = new MersenneTwister(SEED);
  const range = Array.from({ length: frames }, (_, i) => i);
  const clipOf = (clip: number): readonly number[] => {
    if (total < frames) {
      const start = total < clips ? clip : Math.floor((clip * total) / clips);
      return range.map((i) => (start + i) % total);
    }
    if (total < 2 * frames) {
      const skips = new Set(random.choice(frames + 1, total - frames));
      let offset = 0;
      return range.map((i) => i + (offset += skips.has(i) ? 1 : 0));
    }
    const startOf = (part: number): number => Math.floor((part * total) / frames);
    return range.map((i) => startOf(i) + random.upTo(startOf(i + 1) - startOf(i) - 1));
  };
  return Array.from({ length: clips }, (_, clip) => clipOf(clip));
}
