/** @file The clips that a model is most wrong about, with a picture of each. */
import { isMediaError } from '@slowfast/core';
import { relative } from 'node:path';
import type { VideoScores, WorstClip } from '@slowfast/training';
import { openVideo, resizeFrame } from '@slowfast/video';
import { encode } from 'fast-png';

const COUNT = 8;
const WIDTH = 192;

/** Videos of one class whose class got the least, of those that were taken for another. */
export async function worstClips(
  videos: readonly VideoScores[],
  labels: readonly string[] | undefined,
  base: string,
): Promise<readonly WorstClip[]> {
  const wrong = videos.flatMap(({ path, labels: [label], scores }) => {
    const best = scores.indexOf(Math.max(...scores));
    return label === undefined || best === label ? [] : [{ path, label, found: best, scores }];
  });
  wrong.sort((a, b) => a.scores[a.label]! - b.scores[b.label]!);
  const name = (label: number): string => labels?.[label] ?? `class ${label}`;
  const clips: WorstClip[] = [];
  for (const { path, label, found, scores } of wrong.slice(0, COUNT)) {
    const image = await thumbnail(path).catch(withoutPicture);
    clips.push({
      path: relative(base, path),
      text: `${name(label)} (${scores[label]!.toFixed(3)}), taken for ${name(found)} (${scores[found]!.toFixed(3)})`,
      ...(image === undefined ? {} : { image }),
    });
  }
  return clips;
}

/** A file that is no longer there, or no longer whole, is shown without a picture. */
function withoutPicture(error: Error): undefined {
  if (!isMediaError(error)) throw error;
}

/** The frame in the middle, small, as a `data:` URL. */
async function thumbnail(path: string): Promise<string | undefined> {
  await using video = await openVideo(path);
  const middle = Math.floor(video.timeline.frames / 2);
  for await (const frame of video.frames({ indices: [middle] })) {
    const height = Math.max(1, Math.round((WIDTH * frame.height) / frame.width));
    const { data } = resizeFrame(frame, { width: WIDTH, height }, 'bilinear');
    const plane = WIDTH * height;
    const rgb = new Uint8Array(3 * plane);
    for (let i = 0; i < 3 * plane; i++) {
      rgb[i] = Math.round(Math.min(255, Math.max(0, data[(i % 3) * plane + Math.floor(i / 3)]!)));
    }
    const png = encode({ width: WIDTH, height, channels: 3, data: rgb });
    return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
  }
  return undefined;
}
