/** @file A time line out of a stream's info. */
import { evenTimeline } from '../sampling/timeline.js';
import type { Timeline } from '../types.js';
import type { StreamInfo } from './backend.js';

// Containers with coarse or variable time stamps give a nominal rate that is none (90 000, say).
const HIGHEST_RATE = 1000;
const UNKNOWN_RATE = 25;

const plausible = (fps: number): boolean => fps > 0 && fps <= HIGHEST_RATE;

/** Whether the stamps are all there and all different once they are in order. */
function ordered(ticks: readonly (number | undefined)[]): readonly number[] | undefined {
  const sorted = ticks.filter((tick) => tick !== undefined).sort((a, b) => a - b);
  const complete = sorted.length === ticks.length;
  return complete && sorted.every((tick, i) => i === 0 || tick > sorted[i - 1]!)
    ? sorted
    : undefined;
}

/** Whether the packets alone tell which frames there are. */
export const packetsSuffice = (info: StreamInfo): boolean =>
  !info.doubtful &&
  !info.broken &&
  info.packetTicks.length > 0 &&
  (info.declaredFrames ?? info.packetTicks.length) === info.packetTicks.length &&
  ordered(info.packetTicks) !== undefined;

/**
 * The time line of frames with these time stamps. If a stamp is missing or not after the one before
 * it, all are replaced: frame i is then shown at i / fps.
 */
export function timelineOf(
  info: StreamInfo,
  ticks: readonly (number | undefined)[],
  truncated: boolean,
): Timeline {
  const nominal = plausible(info.nominalFps) ? info.nominalFps : info.averageFps;
  const fps = plausible(nominal) ? nominal : UNKNOWN_RATE;
  const pts = ordered(ticks);
  if (!pts) return evenTimeline(ticks.length, fps, truncated);
  const tick = info.timeBase.num / info.timeBase.den;
  const shown = (pts.at(-1)! - pts[0]!) * tick + 1 / fps;
  // What a truncated file declares is the length of what is not there.
  const declared = truncated ? undefined : info.durationTicks;
  return {
    frames: pts.length,
    fps,
    duration: declared === undefined ? shown : declared * tick,
    durationDeclared: declared !== undefined || truncated,
    timeBase: info.timeBase,
    pts,
    timestamps: 'container',
    truncated,
  };
}
