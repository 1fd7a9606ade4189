/** @file What a model says of a whole video. */
import type { TabModel } from '../model/use-model.js';

/** The mean of a model's scores over a video. */
export interface VideoAnswer {
  readonly scores: Float32Array;
  readonly labels: readonly string[];
  /** Of a window, in the model alone. */
  readonly milliseconds: number;
}

/** The mean over windows a second apart, as one answer for the video. */
export async function meanScores(
  model: TabModel,
  file: File,
  signal: AbortSignal,
): Promise<VideoAnswer> {
  const calls = await model.ready();
  let [count, milliseconds] = [0, 0];
  let sums = new Float32Array();
  const { labels } = await calls.call(
    'windows',
    { file, every: 1 },
    {
      signal,
      onEvent: (event) => {
        if ('windows' in event) return;
        if (count === 0) sums = new Float32Array(event.scores.length);
        event.scores.forEach((score, i) => (sums[i]! += score));
        count += 1;
        milliseconds += event.milliseconds;
      },
    },
  );
  return { scores: sums.map((sum) => sum / count), labels, milliseconds: milliseconds / count };
}
