/** @file The video with what was found drawn on it. */
import { writeVideo, type RgbImage, type Video } from '@slowfast/video';
import type { DetectedFrame, DetectedPerson } from './detection.js';
import { annotated, colourOf } from './draw.js';
import { boxesBetween } from './tracks.js';

/** Actions written into a box. */
const LINES = 3;

/** Writes the whole video, boxes moving between key frames, to an .mp4 or .webm file. */
export async function writeAnnotated(
  path: string,
  video: Video,
  frames: readonly DetectedFrame[],
  signal: AbortSignal,
): Promise<void> {
  async function* drawn(): AsyncGenerator<RgbImage> {
    for await (const frame of video.frames({ signal })) {
      const people = boxesBetween(frames, frame.time);
      yield annotated(frame, people.map(annotationOf));
    }
  }
  const { width, height, averageFps } = video.info;
  await writeVideo(path, drawn(), { width, height, fps: averageFps, signal });
}

function annotationOf({ box, track, actions }: DetectedPerson) {
  const lines = actions
    .slice(0, LINES)
    .map(({ label, score }) => `${label} ${(100 * score).toFixed(0)}%`);
  return { box, colour: colourOf(track), lines: [`#${track}`, ...lines] };
}
