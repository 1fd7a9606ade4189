/**
 * @file Frame lists of Charades: `original_vido_id video_id frame_id path labels` (spelled so), one line a
 * picture, classes quoted and joined by commas. Needs no Node API.
 */
import { checkArguments } from '@slowfast/core';
import type { ClipList, ListedFrame } from './clip-list.js';
import { csvRecords } from './csv.js';
import { labelReader } from './labels-in-lists.js';
import { checkNotEmpty, lineError } from './list-error.js';

/** Options of {@link parseCharades}. */
export interface CharadesOptions {
  /** What error messages call the list. */
  readonly name?: string;
  /** Path of the video file of a clip, `{id}` being its name; default `{id}.mp4`, and the pictures of a frame list. */
  readonly pattern?: string;
}

const COLUMNS = ['original_vido_id', 'video_id', 'frame_id', 'path', 'labels'] as const;

const OWN_COLUMNS = ['id', 'actions', 'length'] as const;

/**
 * Reads Charades' own CSV (`Charades_v1_train.csv`): a video a line, with `c092 11.90 21.20;…` as its actions. A
 * clip's classes are those of the whole video.
 *
 * @throws SpecError for a column that is missing, and for an action that is none.
 */
export function parseCharadesCsv(text: string, options: CharadesOptions = {}): ClipList {
  const { name = 'list', pattern = '{id}.mp4' } = options;
  const clips = csvRecords(name, text, OWN_COLUMNS).map(({ line, values }) => {
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

/** A video of a frame list. */
interface FrameVideo {
  readonly id: string;
  /** The line of its first picture. */
  readonly line: number;
  readonly frames: readonly ListedFrame[];
}

/** The videos of a frame list, each with its pictures in order. */
export function frameVideos(text: string, name: string): readonly FrameVideo[] {
  const reader = labelReader(name);
  const videos = new Map<string, { line: number; frames: { at: number; frame: ListedFrame }[] }>();
  // Most pictures of a video have the same classes.
  const classes = new Map<string, readonly number[]>();
  for (const { line, values } of csvRecords(name, text, COLUMNS, ' ')) {
    const id = values['original_vido_id']!;
    const own = values['labels']!;
    const labels = classes.get(own) ?? reader.read(own, line);
    classes.set(own, labels);
    const at = Number(values['frame_id']);
    if (!Number.isInteger(at) || at < 0) {
      throw lineError(name, line, 'a frame number', `'${values['frame_id']}'`);
    }
    const video = videos.get(id) ?? { line, frames: [] };
    videos.set(id, video);
    video.frames.push({ at, frame: { path: values['path']!, labels } });
  }
  return [...videos].map(([id, { line, frames }]) => ({
    id,
    line,
    frames: frames.sort((a, b) => a.at - b.at).map(({ frame }) => frame),
  }));
}

/** The folder of a video's pictures, where it is called as the video is; else what could be one in it. */
function folderName(id: string, [first]: readonly ListedFrame[]): string {
  const folder = first!.path.split('/').slice(0, -1);
  return (folder.at(-1) === id ? folder : [...folder, id]).join('/');
}
