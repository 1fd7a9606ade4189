/** @file Lists of labelled clips: what every format is read into. */

import { checkArguments } from '@slowfast/core';
import type { PictureSequence } from '../types.js';
import type { Omissions } from './video-files.js';

/** One line of a list: a video, or a video as a sequence of pictures, and its classes. */
export interface ListedClip {
  /** Path of the video, a file or a folder of pictures, as the list has it, or made absolute by `readClipList`. */
  readonly path: string;
  /** Class numbers from 0; exactly one each unless the list is {@link ClipList.multiLabel}. */
  readonly labels: readonly number[];
  /** Line of the list, from 1; 0 where there is none (folders). */
  readonly line: number;
  /** The pictures that it is made of, in order, with the classes of each (Charades); `path` is then what it is called. */
  readonly frames?: readonly ListedFrame[];
}

/** What `openVideo` takes for a clip of a list: the path of its video, or its pictures. */
export function clipInput(clip: ListedClip): string | PictureSequence {
  checkArguments('clipInput', { clip: [clip, 'object'] });
  const { path, frames } = clip;
  return frames ? { path, pictures: frames.map((frame) => frame.path) } : path;
}

/** The classes of a part of a clip's frames, from the first of `frames` to the last: those of all its pictures, where they have any. */
export function labelsOfFrames(
  { labels, frames: pictures }: ListedClip,
  frames: readonly number[],
): readonly number[] {
  if (!pictures) return labels;
  const [first, last] = [Math.min(...frames), Math.max(...frames)];
  const own = pictures.slice(first, last + 1).flatMap((picture) => picture.labels);
  return [...new Set(own)].sort((a, b) => a - b);
}

/** One picture of a video that is kept as pictures. */
export interface ListedFrame {
  /** Path of the picture. */
  readonly path: string;
  /** Class numbers from 0. */
  readonly labels: readonly number[];
}

/** A list of labelled clips. */
export interface ClipList {
  /** What error messages call it: the file's name. */
  readonly name: string;
  /** The clips in the order of the list. */
  readonly clips: readonly ListedClip[];
  /** Whether a clip may have no class or several. */
  readonly multiLabel: boolean;
  /** Names of the classes by number, where the list has names. */
  readonly classes?: readonly string[];
  /** What looks wrong about the list as a whole, a sentence each without a final stop. */
  readonly notes?: readonly string[];
  /** What was left out of a folder of classes. */
  readonly omissions?: Omissions;
}
