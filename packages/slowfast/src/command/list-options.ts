/** @file The options by which commands read lists of clips. */
import {
  omissionText,
  readClipList,
  type ClipList,
  type ClipListFormat,
  type ReadListOptions,
} from '@slowfast/video';

/** What the options of the declarations parse to. */
export interface ListFlags {
  readonly format?: ClipListFormat;
  readonly separator?: 'auto' | 'space' | 'comma';
  readonly prefix?: string;
  readonly root?: string;
  readonly split?: string;
  readonly pattern?: string;
  readonly pictures?: string;
  readonly multiLabel?: boolean;
}

/** Reads a list, or a folder of class folders, as the flags say. */
export function listFlagged(
  path: string,
  flags: ListFlags,
  classes?: readonly string[],
): Promise<ClipList> {
  const { format, separator, prefix, root, split, pattern, pictures, multiLabel } = flags;
  const entries = { format, separator, prefix, root, split, pattern, pictures, classes };
  const options = Object.fromEntries(
    Object.entries(entries).filter(([, value]) => value !== undefined),
  ) as ReadListOptions;
  return readClipList(path, multiLabel ? { ...options, labels: 'multi' } : options);
}

/** What a person should hear about a list: what looks wrong, and what was left out of its folders. */
export function listNotes({ notes = [], omissions }: ClipList): readonly string[] {
  const text = omissions ? omissionText(omissions) : '';
  return [...notes, ...(text === '' ? [] : [`left out: ${text}`])];
}
