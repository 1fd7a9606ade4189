/** @file Checking a list of clips against its files; what needs Node is loaded when it is called. */
import { checkArguments } from '@slowfast/core';
import type { Preprocessing } from '@slowfast/core';
import type { OpenOptions } from '../types.js';
import type { ClipList } from './clip-list.js';

/**
 * What can be wrong with a clip: its file is not there; cannot be opened or decoded; ends before its header
 * says, or has lost frames; is shorter than a clip; has a class number beyond the classes; has the content of
 * another clip of the list; has that of a clip of another list.
 */
export type ClipProblemKind =
  'missing' | 'broken' | 'truncated' | 'short' | 'label' | 'duplicate' | 'leak';

/** Something wrong with a clip. */
export interface ClipProblem {
  /** What it is. */
  readonly kind: ClipProblemKind;
  /** Path of the video. */
  readonly path: string;
  /** Name of the list. */
  readonly list: string;
  /** Line of the list, 0 where there is none. */
  readonly line: number;
  /** One sentence. */
  readonly message: string;
}

/** What was found. */
export interface ListCheck {
  /** Name of the list. */
  readonly list: string;
  /** Lines. */
  readonly clips: number;
  /** Different files. */
  readonly files: number;
  /** Number of classes: as given, or the highest label and one. */
  readonly classes: number;
  /** Clips of each class. */
  readonly counts: readonly number[];
  /** Clips without a class (several-label lists). */
  readonly unlabelled: number;
  /** Frames and seconds of the videos that decode: shortest, longest and altogether. */
  readonly frames: Spread;
  /** See {@link ListCheck.frames}. */
  readonly seconds: Spread;
  /** In the order of the list. */
  readonly problems: readonly ClipProblem[];
}

/** Shortest, longest, sum; zeros if there is none. */
export interface Spread {
  readonly least: number;
  readonly most: number;
  readonly total: number;
}

/** Options of {@link checkClipList}. */
export interface CheckListOptions {
  /** Number of classes; not checked by default. */
  readonly classes?: number;
  /** The clip that videos should be long enough for; not checked by default. */
  readonly clip?: Preprocessing['clip'];
  /** Other lists that must not share a video with this one: the other splits. */
  readonly others?: readonly ClipList[];
  /** Files decoded at once; default the number of cores, at most 8. */
  readonly concurrency?: number;
  /** How videos are opened. */
  readonly open?: Omit<OpenOptions, 'signal'>;
  /** Stops it. */
  readonly signal?: AbortSignal;
  /** Called after each file, those of other lists included. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Decodes every file of a list whole, several at once, and looks for everything that training or testing would
 * stumble over. A clip given as pictures is checked for its pictures being there.
 *
 * @throws the signal's reason when aborted; MediaError if there is no decoder at all.
 */
export async function checkClipList(
  list: ClipList,
  options: CheckListOptions = {},
): Promise<ListCheck> {
  checkArguments('checkClipList', { list: [list, 'object'], options: [options, 'object'] });

  const { checkList } = await import('../node/check-list.js');
  return checkList(list, options);
}
