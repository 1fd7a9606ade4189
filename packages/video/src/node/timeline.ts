/** @file A time line out of a stream's info. */
import { evenTimeline } from '../sampling/timeline.js';
import type { Timeline } from '../types.js';
import type { StreamInfo } from './backend.js';

// Containers with coarse or variable time stamps give a nominal rate that is none (90 000, say).
const HIGHEST_RATE = 1000;
const UNKNOWN_RATE = 25;

/** Raw streams that say no rate: their time stamps are those of a rate that the reader makes up. */
const RATELESS = ['mjpeg', 'h261', 'h263', 'vc1'];

const plausible = (fps: number): boolean => fps > 0 && fps <= HIGHEST_RATE;

type Ticks = readonly (number | undefined)[];

/** Whether every frame has a time stamp, after that of the frame before it. */
export const rises = (ticks: Ticks): ticks is readonly number[] =>
  ticks.every((tick, i) => tick !== undefined && (i === 0 || tick > ticks[i - 1]!));

const stamped = (ticks: Ticks): number[] => ticks.filter((tick) => tick !== undefined);

const inOrder = (ticks: Ticks): number[] => stamped(ticks).sort((a, b) => a - b);

/** Codecs with packets that show nothing. */
const HIDDEN_PACKETS = ['vp8'];

/**
 * Whether the packets alone tell which frames there are. Where frames are shown in another order than that of the
 * packets, time stamps that follow the packets are those of decoding, copied by a program that knew no better.
 */
export const packetsSuffice = (info: StreamInfo): boolean =>
  !info.doubtful &&
  !info.broken &&
  info.packetTicks.length > 0 &&
  !HIDDEN_PACKETS.includes(info.codec) &&
  (info.declaredFrames ?? info.packetTicks.length) === info.packetTicks.length &&
  stamped(info.packetTicks).length === info.packetTicks.length &&
  rises(inOrder(info.packetTicks)) &&
  !(info.reorders && rises(info.packetTicks));

/** How many frames the packets promise; 0 where they cannot tell. */
export function framesPromised({ codec, packetTicks }: StreamInfo, decoded: number): number {
  if (HIDDEN_PACKETS.includes(codec)) return 0;
  const times = new Set(stamped(packetTicks)).size;
  if (times > 0) return times;
  // Raw interlaced streams have a packet for each field.
  return 2 * decoded <= packetTicks.length ? 0 : packetTicks.length;
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 0.005 * b;

/**
 * The rate in the stream itself, if the container has no time stamps; else the container's. A nominal rate that neither a
 * packet nor the average of all has is that of fields.
 */
function frameRate({ packetTicks, packetDuration, timeBase, nominalFps, averageFps }: StreamInfo) {
  const own = packetDuration ? timeBase.den / (timeBase.num * packetDuration) : 0;
  const isStamped = stamped(packetTicks).length > 0;
  const isOfFields = isStamped && near(own, averageFps) && !near(nominalFps, averageFps);
  const rates = !isStamped ? [own, nominalFps] : isOfFields ? [averageFps] : [];
  return [...rates, nominalFps, averageFps].find(plausible) ?? UNKNOWN_RATE;
}

/** Decoded frames of which the last few have no time stamp, with one: those that a decoder gives as it is emptied. */
function withEnd(ticks: Ticks): Ticks {
  const known = ticks.findIndex((tick) => tick === undefined);
  const rest = ticks.length - known;
  if (known < 2 || rest > 2 || ticks[known + 1] !== undefined) return ticks;
  const step = ticks[known - 1]! - ticks[known - 2]!;
  return ticks.map((tick, i) => tick ?? ticks[known - 1]! + (i - known + 1) * step);
}

/**
 * The time line of frames with these time stamps: of packets, in any order, or of decoded frames, in the order in which
 * they are shown. If a stamp is missing or not after the one before it, all are replaced: frame i is then shown at i / fps.
 */
export function timelineOf(
  info: StreamInfo,
  ticks: Ticks,
  from: 'packets' | 'frames',
  truncated: boolean,
): Timeline {
  const fps = frameRate(info);
  // AVI has times of decoding alone.
  const shown = from === 'frames' && info.container !== 'avi' ? withEnd(ticks) : ticks;
  const ordered = inOrder(shown);
  const pts = from === 'frames' ? shown : ordered;
  const tick = info.timeBase.num / info.timeBase.den;
  // Where some have none (AVI), the others are those of decoding, a frame or two later.
  const complete = ordered.length === shown.length;
  const late = complete ? ordered[0]! * tick - info.containerStart : 0;
  // The container's beginning is in whole microseconds.
  const start = late > 1e-6 ? late : 0;
  if (!complete || !rises(pts) || RATELESS.includes(info.container)) {
    return { ...evenTimeline(ticks.length, fps, truncated), start };
  }
  const span = (pts.at(-1)! - pts[0]!) * tick + 1 / fps;
  // What a truncated file declares is the length of what is not there.
  const declared = truncated ? undefined : info.durationTicks;
  return {
    frames: pts.length,
    fps,
    start,
    duration: declared === undefined ? span : declared * tick,
    durationDeclared: declared !== undefined || truncated,
    timeBase: info.timeBase,
    pts,
    timestamps: 'container',
    truncated,
  };
}
