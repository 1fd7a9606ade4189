/** @file Explanations as files: a video and pictures. */
import { join } from 'node:path';
import { writeFileAtomic } from '@slowfast/core';
import { writeVideo, type RgbImage, type Video } from '@slowfast/video';
import { encode } from 'fast-png';
import { makeFolder } from '../files/make-folder.js';
import type { Explanation } from './video-explainer.js';

/** Writes the whole video under its maps, the stages side by side, to an .mp4 or .webm file. */
export async function writeExplainedVideo(
  path: string,
  video: Video,
  explanation: Explanation,
  signal: AbortSignal,
): Promise<void> {
  async function* pictures(): AsyncGenerator<RgbImage> {
    for await (const frame of video.frames({ signal })) {
      yield explanation.picture(frame, frame.index);
    }
  }
  const { width, height, averageFps } = video.info;
  const size = { width: width * Object.keys(explanation.maps).length, height };
  await writeVideo(path, pictures(), { ...size, fps: averageFps, signal });
}

/** Writes the frames that the maps of the first stage stand for as PNG, by their number; gives the paths. */
export async function writeExplainedFrames(
  folder: string,
  video: Video,
  explanation: Explanation,
  signal: AbortSignal,
): Promise<readonly string[]> {
  await makeFolder(folder, '--frames');
  const [maps = []] = Object.values(explanation.maps);
  const indices = [...new Set(maps.flatMap(({ frames }) => frames))].sort((a, b) => a - b);
  const paths: string[] = [];
  for await (const frame of video.frames({ indices, signal })) {
    const { width, height, data } = explanation.picture(frame, frame.index);
    const path = join(folder, `${String(frame.index).padStart(6, '0')}.png`);
    const png = encode({ width, height, channels: 3, data });
    await writeFileAtomic(path, (sink) => sink.write(png));
    paths.push(path);
  }
  return paths;
}
