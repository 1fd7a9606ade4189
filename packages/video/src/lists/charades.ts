/**
 * @file The lists of Charades: PySlowFast's, of pictures, and its own. Needs no Node API.
 */
import { checkArguments } from '@slowfast/core';
import type { ClipList } from './clip-list.js';
import { csvRecords } from './csv.js';
import { folderName, frameVideos } from './frame-list.js';
import { checkNotEmpty, lineError } from './list-error.js';

/** Options of {@link parseCharades}. */
export interface CharadesOptions {
  /** What error messages call the list. */
  readonly name?: string;
  /** Path of the video file of a clip, `{id}` being its name; default `{id}.mp4`, and the pictures of a frame list. */
  readonly pattern?: string;
}

const OWN_COLUMNS = ['id', 'actions', 'length'] as const;

/**
 * Reads Charades' own CSV (`Charades_v1_train.csv`): a video a line, with `c092 11.90 21.20;…` as its actions. A
 * clip's classes are those of the whole video.
 *
 * @throws SpecError for a column that is missing, and for an action that is none.
 */
export function parseCharadesCsv(text: string, options: CharadesOptions = {}): ClipList {
  const { name = 'list', pattern = '{id}.mp4' } = options;
  const clips = [...csvRecords(name, text, OWN_COLUMNS)].map(({ line, values }) => {
    const actions = values['actions']!.split(';').filter((action) => action.trim() !== '');
    const labels = actions.map((action) => {
      const match = /^\s*c(\d{3})(\s+\d+(\.\d+)?){2}\s*$/.exec(action);
      if (match) return Number(match[1]);
      throw lineError(name, line, 'actions such as c092 11.90 21.20', `'${action}'`);
    });
    const path = pattern.replaceAll('{id}', values['id']!);
    return { path, labels: [...new Set(labels)].sort((a, b) => a - b), line };
  });
  checkNotEmpty(name, clips);
  return { name, clips, multiLabel: true };
}

/**
 * Reads a frame list: one clip a video, with its pictures in order. A clip's classes are those of all its pictures, as the
 * tests of Charades take them. With a pattern it is the video file that is listed, and not its pictures.
 *
 * @throws SpecError for a column that is missing, and for a frame or class number that is none.
 */
export function parseCharades(text: string, options: CharadesOptions = {}): ClipList {
  checkArguments('parseCharades', { text: [text, 'string'], options: [options, 'object'] });

  const { name = 'list', pattern } = options;
  const clips = frameVideos(text, name).map(({ id, line, frames }) => {
    const labels = [...new Set(frames.flatMap((frame) => frame.labels))].sort((a, b) => a - b);
    return pattern === undefined
      ? { path: folderName(id, frames), labels, line, frames }
      : { path: pattern.replaceAll('{id}', id), labels, line };
  });
  checkNotEmpty(name, clips);
  return { name, clips, multiLabel: true };
}
