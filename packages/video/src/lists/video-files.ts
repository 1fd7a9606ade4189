/** @file Videos by the names of files and folders; what needs Node is loaded when it is called. */
import { checkArguments } from '@slowfast/core';
import type { PictureSequence } from '../types.js';

/** What a search of folders left out, counted. */
export interface Omissions {
  /** Files and folders whose names begin with a dot: `.DS_Store`, `._clip.mp4`. */
  readonly hidden: number;
  /** Files that are no videos by their extension, or, for `.ts` and `.mts`, by their content. */
  readonly others: number;
  /** Links to what was found already. */
  readonly repeated: number;
  /** Folders that cannot be read, and links that lead nowhere. */
  readonly unreadable: number;
}

/** Videos that were found. */
export interface VideoFiles {
  readonly files: readonly string[];
  readonly omissions: Omissions;
}

/**
 * Paths in the order of the arguments, each folder replaced by the videos anywhere below it, sorted by name. A path
 * that is no folder stays as it is, also where nothing is, to be reported beside the results of the others.
 *
 * In folders: files whose extension is a video's, `.gif` included, `.ts` and `.mts` files that are MPEG transport
 * streams (most are TypeScript), and folders of numbered pictures without any of these beside them. Names that begin with a dot are left out. Links are followed, each folder and file
 * once, so that circles end.
 *
 * @throws MediaError for a folder without videos, which says what was left out of it.
 */
export async function videoFiles(paths: readonly string[]): Promise<VideoFiles> {
  checkArguments('videoFiles', { paths: [paths, 'array'] });

  const { findVideos } = await import('../node/video-folder.js');
  return findVideos(paths);
}

/**
 * The files that a video is made of: itself, or its pictures in their order.
 *
 * @throws MediaError for a folder that is no video.
 */
export async function filesOfVideo(video: string | PictureSequence): Promise<readonly string[]> {
  const isPath = typeof video === 'string';
  checkArguments('filesOfVideo', { video: [video, isPath ? 'string' : 'object'] });
  if (!isPath) return video.pictures;
  const { filesAt } = await import('../node/pictures/picture-folder.js');
  return filesAt(video);
}

/** What was left out, in words; an empty text for nothing. */
export function omissionText(omissions: Omissions): string {
  checkArguments('omissionText', { omissions: [omissions, 'object'] });
  const { hidden, others, repeated, unreadable } = omissions;
  const texts = [
    [others, 'no videos'],
    [hidden, 'hidden'],
    [repeated, 'links to what is there already'],
    [unreadable, 'unreadable'],
  ] as const;
  return texts.flatMap(([count, text]) => (count > 0 ? [`${count} ${text}`] : [])).join(', ');
}

/** Counts that are still going up. */
export type OmissionCounts = { -readonly [K in keyof Omissions]: number };

/** Nothing left out. */
export const NO_OMISSIONS: Omissions = { hidden: 0, others: 0, repeated: 0, unreadable: 0 };

/** Adds what another folder left out. */
export function addOmissions(sum: OmissionCounts, more: Omissions): void {
  for (const kind of Object.keys(NO_OMISSIONS) as (keyof Omissions)[]) sum[kind] += more[kind];
}
