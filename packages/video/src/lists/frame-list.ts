/**
 * @file PySlowFast's lists of pictures: `original_vido_id video_id frame_id path labels` (spelled so), one line a picture,
 * classes quoted and joined by commas. Needs no Node API.
 */
import { SpecError } from '@slowfast/core';
import type { ClipList, ListedClip, ListedFrame } from './clip-list.js';
import { csvRecords } from './csv.js';
import { labelReader } from './labels-in-lists.js';
import { lineError } from './list-error.js';

const COLUMNS = ['original_vido_id', 'video_id', 'frame_id', 'path', 'labels'] as const;

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
  const videos = new Map<string, { line: number; numbers: number[]; frames: ListedFrame[] }>();
  // Most pictures of a video have the same classes.
  const classes = new Map<string, readonly number[]>();
  for (const { line, values } of csvRecords(name, text, COLUMNS, ' ')) {
    const id = values['original_vido_id']!;
    const own = values['labels']!;
    const labels = classes.get(own) ?? reader.read(own, line);
    classes.set(own, labels);
    const number = Number(values['frame_id']);
    if (!Number.isInteger(number) || number < 0) {
      throw lineError(name, line, 'a frame number', `'${values['frame_id']}'`);
    }
    const video = videos.get(id) ?? { line, numbers: [], frames: [] };
    videos.set(id, video);
    video.numbers.push(number);
    video.frames.push({ path: values['path']!, labels });
  }
  return [...videos].map(([id, { line, numbers, frames }]) => {
    const order = numbers.map((_, i) => i).sort((a, b) => numbers[a]! - numbers[b]!);
    return { id, line, frames: order.map((i) => frames[i]!) };
  });
}

/**
 * A list with the pictures that a frame list has for its clips, which it calls by their names: the last parts of their paths,
 * without extensions (Something-Something V2). Those without any are left out, with a note.
 *
 * @throws SpecError for a line that cannot be read, and where no clip has pictures.
 */
export function withPictures(list: ClipList, text: string, name: string): ClipList {
  const videos = new Map(frameVideos(text, name).map((video) => [video.id, video]));
  const clips: ListedClip[] = [];
  const others: string[] = [];
  for (const clip of list.clips) {
    const id = clip.path.replace(/^.*[\\/]/, '').replace(/\.[A-Za-z]\w{1,4}$/, '');
    const video = videos.get(id);
    if (!video) {
      others.push(id);
      continue;
    }
    const frames = video.frames.map(({ path }) => ({ path, labels: clip.labels }));
    clips.push({ ...clip, path: folderName(id, frames), frames });
  }
  if (clips.length === 0) {
    throw new SpecError({
      site: name,
      expected: `pictures of the ${list.clips.length} clips of ${list.name}`,
      received: `those of ${videos.size} others`,
      remedy: 'Its first column has the names of the clips',
    });
  }
  if (others.length === 0) return { ...list, clips };
  const note = `${others.length} of ${list.clips.length} clips have no pictures in ${name}, such as ${others[0]}: left out`;
  return { ...list, clips, notes: [...(list.notes ?? []), note] };
}

/** The folder of a video's pictures, where it is called as the video is; else what could be one in it. */
export function folderName(id: string, [first]: readonly ListedFrame[]): string {
  const folder = first!.path.split('/').slice(0, -1);
  return (folder.at(-1) === id ? folder : [...folder, id]).join('/');
}
