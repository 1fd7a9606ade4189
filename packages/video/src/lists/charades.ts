/**
 * @file Frame lists of Charades: `original_vido_id video_id frame_id path labels` (spelled so), one line a
 * picture, classes quoted and joined by commas. Needs no Node API.
 */
import type { ClipList, ListedFrame } from './clip-list.js';
import { csvRecords } from './csv.js';
import { checkNotEmpty, lineError } from './list-error.js';

/** Options of {@link parseCharades}. */
export interface CharadesOptions {
  /** What error messages call the list. */
  readonly name?: string;
  /** Path of the video file of a clip, `{id}` being its name; default `{id}.mp4`. */
  readonly pattern?: string;
}

const COLUMNS = ['original_vido_id', 'video_id', 'frame_id', 'path', 'labels'] as const;

/**
 * Reads a frame list of Charades: one clip a video, with its pictures in order. A clip's classes are those of
 * all its pictures, as the tests of Charades take them.
 *
 * @throws SpecError for a column that is missing, and for a frame or class number that is none.
 */
export function parseCharades(text: string, options: CharadesOptions = {}): ClipList {
  const { name = 'list', pattern = '{id}.mp4' } = options;
  const videos = new Map<string, { line: number; frames: { at: number; frame: ListedFrame }[] }>();
  for (const { line, values } of csvRecords(name, text, COLUMNS, ' ')) {
    const id = values['original_vido_id']!;
    const labels = numbers(name, line, values['labels']!);
    const at = Number(values['frame_id']);
    if (!Number.isInteger(at) || at < 0) {
      throw lineError(name, line, 'a frame number', `'${values['frame_id']}'`);
    }
    const video = videos.get(id) ?? { line, frames: [] };
    videos.set(id, video);
    video.frames.push({ at, frame: { path: values['path']!, labels } });
  }
  const clips = [...videos].map(([id, { line, frames }]) => {
    const ordered = frames.sort((a, b) => a.at - b.at).map(({ frame }) => frame);
    const labels = [...new Set(ordered.flatMap((frame) => frame.labels))].sort((a, b) => a - b);
    return { path: pattern.replaceAll('{id}', id), labels, line, frames: ordered };
  });
  checkNotEmpty(name, clips);
  return { name, clips, multiLabel: true };
}

function numbers(name: string, line: number, text: string): number[] {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  const wrong = parts.find((part) => !/^\s*\d+\s*$/.test(part));
  if (wrong !== undefined) throw lineError(name, line, 'class numbers of 0 or more', `'${wrong}'`);
  return parts.map(Number);
}
