/** @file The options by which commands read lists of clips. */
import {
  omissionText,
  readClipList,
  type ClipList,
  type ClipListFormat,
  type ReadListOptions,
} from '@slowfast/video';
import type { Command } from 'commander';
import { oneOf } from './model-options.js';

/** What the options of {@link addListOptions} parse to. */
export interface ListFlags {
  readonly format?: ClipListFormat;
  readonly separator?: 'auto' | 'space' | 'comma';
  readonly prefix?: string;
  readonly root?: string;
  readonly split?: string;
  readonly pattern?: string;
  readonly multiLabel?: boolean;
}

const FORMATS = [
  'path-label',
  'kinetics',
  'charades',
  'charades-csv',
  'something-something',
] as const satisfies readonly ClipListFormat[];

/** Adds the options that say how a list is read. */
export function addListOptions(command: Command): Command {
  return command
    .option('--format <name>', `${FORMATS.join(', ')} (default: told by its beginning)`, (text) =>
      oneOf('--format', text, FORMATS),
    )
    .option('--separator <what>', 'between path and label: auto, space or comma', (text) =>
      oneOf('--separator', text, ['auto', 'space', 'comma']),
    )
    .option('--prefix <folder>', "folder that paths are relative to (default: the list's)")
    .option('--root <folder>', 'refuse paths outside this folder')
    .option('--split <name>', 'lines of this split alone (Kinetics CSV)')
    .option(
      '--pattern <path>',
      'path of a video, such as {id}.mp4 (Kinetics CSV, Charades, Something-Something)',
    )
    .option('--multi-label', 'clips may have any number of classes');
}

/** Reads a list, or a folder of class folders, as the flags say. */
export function listFlagged(
  path: string,
  flags: ListFlags,
  classes?: readonly string[],
): Promise<ClipList> {
  const { format, separator, prefix, root, split, pattern, multiLabel } = flags;
  const given = { format, separator, prefix, root, split, pattern, classes };
  const options = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as ReadListOptions;
  return readClipList(path, multiLabel ? { ...options, labels: 'multi' } : options);
}

/** What a person should hear about a list: what looks wrong, and what was left out of its folders. */
export function listNotes({ notes = [], omissions }: ClipList): readonly string[] {
  const text = omissions ? omissionText(omissions) : '';
  return [...notes, ...(text === '' ? [] : [`left out: ${text}`])];
}
