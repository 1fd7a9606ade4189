/** @file Annotations of skeletons as mmaction2 and PYSKL keep them: one pickle for all videos of a data set, and its splits. */
import {
  fileSource,
  MediaError,
  SpecError,
  type ByteSource,
  type HostTensor,
} from '@slowfast/core';
import { readPickledData, type PickledArray, type PickledData } from '@slowfast/checkpoints';
import type { ClipList, ListedClip, Skeleton, SkeletonSequence } from '@slowfast/video';
import { SKELETON_NUMBERS } from '@slowfast/video';
import { annotationPath, asMedia } from './skeleton-file.js';

/** Files of annotations, each gone through once. */
export interface AnnotationFiles {
  /**
   * The clips of a split, `ntu60_2d.pkl#xsub_val`, or of a file without splits; a clip's path is `ntu60_2d.pkl#NAME`. Throws
   * SpecError for a split that is not there, WeightError for a file that is no such pickle.
   */
  list(path: string): Promise<ClipList>;
  /** The skeletons of a clip, by its path. Throws MediaError for one that cannot be used. */
  read(clip: string): Promise<SkeletonSequence>;
}

interface AnnotationFile {
  readonly splits: PickledData | undefined;
  /** By the path of the clip. */
  readonly clips: ReadonlyMap<string, { readonly name: string; readonly data: PickledData }>;
}

const JOINTS = SKELETON_NUMBERS / 3;

/** Arrays are read when their clip is asked for. */
export function annotationFiles(): AnnotationFiles {
  const files = new Map<string, Promise<AnnotationFile>>();
  const opened = (file: string): Promise<AnnotationFile> => {
    const before = files.get(file) ?? readAnnotationFile(file);
    files.set(file, before);
    return before;
  };
  return {
    async list(path) {
      const { file, part } = annotationPath(path)!;
      const { splits, clips: all } = await opened(file);
      const wanted = chosen(splits, part, path);
      const clips: ListedClip[] = [];
      for (const [clip, { name, data }] of all) {
        if (wanted && !wanted.has(name)) continue;
        clips.push({ path: clip, labels: [needed(data, 'label', file).number()], line: 0 });
      }
      if (clips.length > 0) return { name: path, clips, multiLabel: false };
      throw new SpecError({ site: path, expected: 'at least one annotation', received: 'none' });
    },
    async read(clip) {
      try {
        const { file } = annotationPath(clip)!;
        const annotation = (await opened(file)).clips.get(clip);
        if (annotation) return await skeletonsOf(annotation.data, clip, file);
        throw new MediaError({
          site: clip,
          expected: '# and the name of a clip',
          received: 'another',
        });
      } catch (error) {
        return asMedia(error);
      }
    },
  };
}

async function readAnnotationFile(file: string): Promise<AnnotationFile> {
  const data = await within(file, readPickledData);
  const all = (data.isList ? data : needed(data, 'annotations', file)).list();
  const clips = new Map<string, { readonly name: string; readonly data: PickledData }>();
  for (const annotation of all) {
    const name = needed(annotation, 'frame_dir', file).text();
    const own = `${file}#${name}`;
    clips.set(clips.has(own) ? `${own} (${clips.size})` : own, { name, data: annotation });
  }
  return { splits: data.isList ? undefined : data.entry('split'), clips };
}

function needed(data: PickledData, key: string, file: string): PickledData {
  const entry = data.entry(key);
  if (entry) return entry;
  throw new SpecError({
    site: file,
    expected: `annotations of skeletons, with ${key}`,
    received: `a dictionary of ${data.keys().slice(0, 5).join(', ') || 'nothing'}`,
  });
}

/** The names of the clips of a split; all where there are no splits. */
function chosen(
  splits: PickledData | undefined,
  split: string | undefined,
  site: string,
): ReadonlySet<string> | undefined {
  const names = splits?.keys() ?? [];
  if (splits === undefined && split === undefined) return undefined;
  const list = split === undefined ? undefined : splits?.entry(split);
  if (list) return new Set(list.list().map((name) => name.text()));
  throw new SpecError({
    site,
    expected:
      names.length > 0
        ? `# and one of ${names.join(', ')}`
        : 'no split, which the file has none of',
    received: split ?? 'no split',
  });
}

async function skeletonsOf(
  annotation: PickledData,
  site: string,
  file: string,
): Promise<SkeletonSequence> {
  const refuse = (expected: string, received: string): MediaError =>
    new MediaError({ site, expected, received });
  const [height, width] =
    annotation
      .entry('img_shape')
      ?.list()
      .map((side) => side.number()) ?? [];
  if (!(height! > 0 && width! > 0)) throw refuse('img_shape, height and width', 'another');
  const keypoint = needed(annotation, 'keypoint', file).array();
  const [people = 0, frames = 0, joints, axes] = keypoint.shape;
  // An array without elements may claim any number of frames.
  const isEmpty = !(people >= 1 && frames >= 1);
  if (keypoint.shape.length !== 4 || isEmpty || joints !== JOINTS || axes !== 2) {
    throw refuse(
      `keypoint of [people, frames, ${JOINTS}, 2], at least one of each: x and y of COCO's joints`,
      `[${keypoint.shape.join(', ')}]`,
    );
  }
  const score = annotation.entry('keypoint_score')?.array();
  if (score && score.shape.join() !== [people, frames, JOINTS].join()) {
    throw refuse(
      `keypoint_score of [${people}, ${frames}, ${JOINTS}]`,
      `[${score.shape.join(', ')}]`,
    );
  }
  const [places, scores] = await elements(file, keypoint, score);
  const person = (i: number, frame: number): Skeleton => {
    const first = (i * frames + frame) * JOINTS;
    return Float32Array.from({ length: SKELETON_NUMBERS }, (_, at) => {
      const joint = first + Math.floor(at / 3);
      const value = at % 3 === 2 ? (scores?.data[joint] ?? 1) : places.data[2 * joint + (at % 3)];
      return Number(value) || 0;
    });
  };
  return {
    ...{ width: width!, height: height! },
    frames: Array.from({ length: frames }, (_, frame) =>
      Array.from({ length: people }, (__, i) => person(i, frame)).filter(isThere),
    ),
  };
}

/** Of fewer people than in another frame the rest are zeros. */
const isThere = (person: Skeleton): boolean =>
  Array.from(person).some((value, i) => i % 3 !== 2 && value !== 0);

async function elements(
  file: string,
  keypoint: PickledArray,
  score: PickledArray | undefined,
): Promise<readonly [HostTensor, HostTensor | undefined]> {
  return within(file, async (source) => [await keypoint.read(source), await score?.read(source)]);
}

async function within<T>(file: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await fileSource(file);
  try {
    return await use(source);
  } finally {
    await source.close?.();
  }
}
