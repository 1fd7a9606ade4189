/** @file The options by which commands read lists of clips. */
import { readClipList, type ClipList, type ReadListOptions } from '@slowfast/video';
import type { Command } from 'commander';
import { oneOf } from './model-options.js';

/** What the options of {@link addListOptions} parse to. */
export interface ListFlags {
  readonly format?: 'path-label' | 'kinetics' | 'charades';
  readonly separator?: 'auto' | 'space' | 'comma';
  readonly prefix?: string;
  readonly root?: string;
  readonly split?: string;
  readonly pattern?: string;
  readonly multiLabel?: boolean;
}

/** Adds the options that say how a list is read. */
export function addListOptions(command: Command): Command {
  return command
    .option(
      '--format <name>',
      'path-label, kinetics or charades (default: told by its first line)',
      (text) => oneOf('--format', text, ['path-label', 'kinetics', 'charades']),
    )
    .option('--separator <what>', 'between path and label: auto, space or comma', (text) =>
      oneOf('--separator', text, ['auto', 'space', 'comma']),
    )
    .option('--prefix <folder>', "folder that paths are relative to (default: the list's)")
    .option('--root <folder>', 'refuse paths outside this folder')
    .option('--split <name>', 'lines of this split alone (Kinetics CSV)')
    .option('--pattern <path>', 'path of a video, such as {id}.mp4 (Kinetics CSV, Charades)')
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
