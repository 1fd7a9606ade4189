/** @file Who is who from one key frame to the next, by overlap. */
import type { Box } from '@slowfast/video';
import { boxBetween, overlap } from './person-box.js';

/** Least overlap of a person's boxes on neighbouring key frames. */
const LEAST = 0.3;

/**
 * Track numbers for the boxes of key frames in order: a box continues the track of the box before that it
 * overlaps most, pairs taken best first; others begin tracks.
 */
export function trackNumbers(frames: readonly (readonly Box[])[]): readonly (readonly number[])[] {
  let next = 1;
  let previous: readonly { readonly box: Box; readonly track: number }[] = [];
  return frames.map((boxes) => {
    const pairs = boxes
      .flatMap((box, i) => previous.map((old, k) => ({ i, k, shared: overlap(box, old.box) })))
      .filter(({ shared }) => shared >= LEAST)
      .sort((a, b) => b.shared - a.shared);
    const tracks = new Map<number, number>();
    const matches = new Set<number>();
    for (const { i, k } of pairs) {
      if (tracks.has(i) || matches.has(k)) continue;
      tracks.set(i, previous[k]!.track);
      matches.add(k);
    }
    const numbers = boxes.map((_, i) => tracks.get(i) ?? next++);
    previous = boxes.map((box, i) => ({ box, track: numbers[i]! }));
    return numbers;
  });
}

/** A box of a track on a key frame. */
export interface TrackedBox {
  readonly track: number;
  readonly box: Box;
}

/** Boxes of one key frame. */
export interface TrackedFrame<B extends TrackedBox = TrackedBox> {
  readonly time: number;
  readonly boxes: readonly B[];
}

/**
 * The boxes to show at a time: those of a track on both neighbouring key frames move evenly from one to the
 * other; those on one only stay for half of the way. What else they carry is of the nearer key frame.
 */
export function boxesBetween<B extends TrackedBox>(
  frames: readonly TrackedFrame<B>[],
  time: number,
): readonly B[] {
  const after = frames.findIndex((frame) => frame.time > time);
  const at = after < 0 ? frames.length - 1 : after - 1;
  const [left, right] = [frames[at], after < 0 ? undefined : frames[after]];
  const interval = left && right ? right.time - left.time : intervalOf(frames);
  const part = left
    ? (time - left.time) / interval
    : right
      ? 1 - (right.time - time) / interval
      : 0;
  const nearLeft = part < 0.5;
  const moving = (left?.boxes ?? []).flatMap((box): B[] => {
    const target = right?.boxes.find(({ track }) => track === box.track);
    if (!target) return nearLeft ? [box] : [];
    return [{ ...(nearLeft ? box : target), box: boxBetween(box.box, target.box, part) }];
  });
  if (nearLeft) return moving;
  const newcomers = (right?.boxes ?? []).filter(
    ({ track }) => !left?.boxes.some((box) => box.track === track),
  );
  return [...moving, ...newcomers];
}

function intervalOf(frames: readonly TrackedFrame[]): number {
  const [first, second] = frames;
  return first && second ? second.time - first.time : 1;
}
