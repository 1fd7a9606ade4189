/**
 * @file Results of an evaluation on disk, one file a video, so that it can be taken up where it stopped. A
 * file's name says what video (its content) and with what settings, so that no result of other settings or of
 * an exchanged video is ever taken for this one.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import {
  BOUNDS,
  fileText,
  readJson,
  schemaParts,
  writeTextAtomic,
  type Data,
} from '@slowfast/core';
import type { PictureSequence } from '@slowfast/video';
import type { VideoScores } from '../classify/score-video.js';
import { videoHash } from '../files/video-hash.js';
import { annotationPath } from '../pose/skeleton-file.js';
import { makeFolder } from '../files/make-folder.js';
import { canonicalJson } from '../shards/canonical-json.js';

const FORMAT = 'slowfast-evaluation/1';

/** Digits of each hash in a file's name; both whole hashes are inside. */
const SHOWN = 16;

/** Everything that scores depend on, beside the video: plain data. */
export type Settings = Readonly<Record<string, unknown>>;

/** Results of one evaluation. */
export interface ResultStore {
  /** The scores of a video, if it was scored with these settings. */
  find(video: string | PictureSequence): Promise<VideoScores | undefined>;
  /** Keeps the scores of a video; complete or not at all. */
  keep(video: string | PictureSequence, scores: VideoScores): Promise<void>;
}

const { finite, listOf, object, text } = schemaParts;
const milliseconds = v.pipe(finite, v.minValue(0));
const storedSchema = object({
  format: v.literal(FORMAT),
  settings: v.record(v.string(), v.unknown()),
  video: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  file: v.string(),
  scores: v.pipe(listOf(finite, BOUNDS.classes), v.minLength(1)),
  views: text(),
  warnings: listOf(v.string(), BOUNDS.classes),
  timing: object({ total: milliseconds, inference: milliseconds, waiting: milliseconds }),
});
type Stored = Data<typeof storedSchema>;

/**
 * Results in a folder, which is made if it is not there. Throws SpecError if it cannot be.
 */
export async function resultStore(folder: string, settings: Settings): Promise<ResultStore> {
  await makeFolder(folder, 'results');
  // By way of JSON: a setting that is left out is the same as one that is undefined.
  const plain = JSON.parse(JSON.stringify(settings)) as Settings;
  const settingsHash = createHash('sha256').update(canonicalJson(plain)).digest('hex');
  const hashes = new Map<string, Promise<string>>();
  const pathOf = (video: string | PictureSequence): string =>
    typeof video === 'string' ? video : video.path;
  const hashOf = (video: string | PictureSequence): Promise<string> => {
    const path = pathOf(video);
    const hash = hashes.get(path) ?? contentHash(video);
    hashes.set(path, hash);
    return hash;
  };
  /** A clip of annotations is part of a file, which is gone through once. */
  async function contentHash(video: string | PictureSequence): Promise<string> {
    const { file, part } = annotationPath(pathOf(video)) ?? {};
    if (file === undefined || part === undefined) return videoHash(video);
    return createHash('sha256')
      .update(`${await hashOf(file)}#${part}`)
      .digest('hex');
  }
  const place = (video: string): string =>
    join(folder, `${video.slice(0, SHOWN)}-${settingsHash.slice(0, SHOWN)}.json`);
  return {
    async find(input) {
      const video = await hashOf(input).catch(() => undefined);
      if (video === undefined) return undefined;
      const text = await fileText(place(video)).catch(() => undefined);
      const stored = text === undefined ? undefined : parsed(text);
      if (
        !stored ||
        stored.video !== video ||
        canonicalJson(stored.settings) !== canonicalJson(plain)
      ) {
        return undefined;
      }
      const { scores, views, warnings, timing } = stored;
      return { scores: Float32Array.from(scores), views, warnings, timing };
    },
    async keep(input, { scores, views, warnings, timing }) {
      const video = await hashOf(input);
      const stored: Stored = {
        ...{ format: FORMAT, settings: plain, video, file: pathOf(input) },
        ...{ scores: [...scores], views, warnings, timing },
      };
      await writeTextAtomic(place(video), `${JSON.stringify(stored)}\n`);
    },
  };
}

/** A result, or nothing for a file that is none: it is made anew then. */
function parsed(text: string): Stored | undefined {
  try {
    return readJson(storedSchema, text);
  } catch {
    return undefined;
  }
}
