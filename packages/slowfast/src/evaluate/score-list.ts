/** @file The scores of every video of a list, in its order. */
import { isMediaError, type SlowFastError } from '@slowfast/core';
import { clipInput, type ListedClip } from '@slowfast/video';
import { inOrder } from '../classify/in-order.js';
import {
  scoreVideo,
  videosAtOnce,
  type Scoring,
  type VideoScores,
} from '../classify/score-video.js';
import type { ResultStore } from './result-store.js';

/** What became of a clip. */
export interface ScoredClip {
  readonly clip: ListedClip;
  /** Its scores, or why it cannot be used. */
  readonly scores: VideoScores | SlowFastError;
  /** Whether the result was in the store already. */
  readonly known: boolean;
}

/** What {@link scoreList} works with. */
export interface ListScoring extends Omit<Scoring, 'parallel' | 'onProgress'> {
  /** Where results are looked for and kept. */
  readonly store?: ResultStore;
  /** Called with videos done, in parts, and videos altogether; those whose result is known count as neither. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Each video once, however often the list has it. */
export const withoutRepeats = (clips: readonly ListedClip[]): readonly ListedClip[] =>
  [...new Map(clips.toReversed().map((clip) => [clip.path, clip])).values()].reverse();

/**
 * Scores clips, several at once where the model can; a video that cannot be used is a result of its own. Throws the
 * signal's reason when aborted, and what else fails.
 */
export async function* scoreList(
  clips: readonly ListedClip[],
  { store, onProgress, ...scoring }: ListScoring,
): AsyncGenerator<ScoredClip, void, undefined> {
  const { videos, parallel } = videosAtOnce(clips.length, scoring.model);
  const counted = viewsDone(clips.length, onProgress);
  const score = async (clip: ListedClip): Promise<ScoredClip> => {
    scoring.signal?.throwIfAborted();
    const video = clipInput(clip);
    const earlier = await store?.find(video);
    const progress = counted(earlier !== undefined);
    if (earlier) return { clip, scores: earlier, known: true };
    try {
      const scores = await scoreVideo(video, { ...scoring, parallel, onProgress: progress });
      await store?.keep(video, scores);
      return { clip, scores, known: false };
    } catch (error) {
      if (scoring.signal?.aborted || !isMediaError(error)) throw error;
      return { clip, scores: error, known: false };
    }
  };
  yield* inOrder(clips, videos, score);
}

/** Counts the views of all videos; those whose result is there already count neither as done nor as left. */
function viewsDone(
  videos: number,
  onProgress: ListScoring['onProgress'],
): (known: boolean) => (views: number, total: number) => void {
  const parts: number[] = [];
  let left = videos;
  return (known) => {
    if (known) left--;
    const place = known ? -1 : parts.push(0) - 1;
    return (views, total) => {
      parts[place] = views / total;
      const done = parts.reduce((a, b) => a + b, 0);
      onProgress?.(Math.round(done * 100) / 100, left);
    };
  };
}
