/** @file The schema of {@link Preprocessing}, in weights, exported models and configurations. */
import * as v from 'valibot';
import {
  SKELETON_PARTS,
  type PathwayFrames,
  type Preprocessing,
  type SkeletonMaps,
  type SoundSampling,
} from '../model/preprocessing.js';
import { BOUNDS } from './bounds.js';
import {
  finite,
  flag,
  object,
  oneOf,
  pairOf,
  positive,
  recordOf,
  text,
  tripleOf,
  whole,
} from './parts.js';
import { readData, type DataOrigin } from './read.js';

/** A key for each one of a type, so that one added to the type does not compile until it has a schema. */
export type SchemaFields<T> = { readonly [K in keyof Required<T>]: v.GenericSchema };

/** Frames of a clip or a pathway. */
export const frameCount = whole(1, BOUNDS.frames);

/** Distance between frames of a clip, in frames of the video. */
export const frameStride = whole(1, BOUNDS.stride);

/** Frames a second. */
export const frameRate = v.pipe(
  positive,
  v.maxValue(BOUNDS.fps, `a number of at most ${BOUNDS.fps}`),
);

/** A side in pixels. */
export const side = whole(1, BOUNDS.side);

/** Height and width in pixels. */
export const heightAndWidth = pairOf(side, 'height and width in pixels');

/** A mean for each colour. */
export const colourMeans = tripleOf(finite, 'three numbers');

/** A standard deviation for each colour. */
export const colourDeviations = tripleOf(positive, 'three positive numbers');

/** Clips and crops of a view protocol. */
export const viewCounts = {
  clips: whole(1, BOUNDS.clips),
  crops: v.picklist([1, 3], '1 or 3 crops'),
};

/** Crops where skeletons may be seen, too, which have a mirror image in place of a crop to the left and the right. */
export const anyCrops = v.picklist([1, 2, 3], '1 or 3 crops, or 2 of skeletons');

const CLIP = {
  frames: frameCount,
  stride: frameStride,
  fps: frameRate,
  segments: v.exactOptional(flag),
} satisfies SchemaFields<Preprocessing['clip']>;

/** How clips are heard. */
export const soundFields = {
  rate: whole(1, BOUNDS.sampleRate),
  window: whole(1, BOUNDS.soundWindow),
  hop: whole(1, BOUNDS.soundWindow),
  frames: frameCount,
  mels: whole(1, BOUNDS.mels),
  mean: finite,
  std: positive,
} satisfies SchemaFields<SoundSampling>;

const SKELETON = {
  parts: oneOf('joints', 'limbs'),
  sigma: v.pipe(positive, v.maxValue(BOUNDS.sigma, `a number of at most ${BOUNDS.sigma}`)),
  padding: v.pipe(finite, v.minValue(0, 'a number of at least 0'), v.maxValue(10, 'at most 10')),
} satisfies SchemaFields<SkeletonMaps>;

/** {@link SoundSampling}. */
export const soundSchema = v.pipe(
  object(soundFields),
  v.check(
    ({ frames, window, hop }) => frames * Math.max(window, hop) <= BOUNDS.soundSamples,
    `sound of at most ${BOUNDS.soundSamples} samples a clip`,
  ),
);

const FIELDS = {
  clip: object(CLIP),
  sampling: oneOf('pytorchvideo', 'pyslowfast', 'mmaction2', 'custom'),
  pathways: recordOf(
    object({
      frames: frameCount,
      rule: oneOf('linspace', 'stride'),
      input: v.exactOptional(oneOf('flow', 'sound', 'pose')),
    } satisfies SchemaFields<PathwayFrames>),
    BOUNDS.pathways,
    'frames and rule by pathway',
  ),
  resize: side,
  crop: side,
  stretch: v.exactOptional(heightAndWidth),
  mean: colourMeans,
  std: colourDeviations,
  channelOrder: oneOf('rgb', 'bgr'),
  sound: v.exactOptional(soundSchema),
  skeleton: v.exactOptional(object(SKELETON)),
  activation: oneOf('softmax', 'sigmoid', 'none'),
  views: object({
    clips: viewCounts.clips,
    crops: anyCrops,
    combine: oneOf('mean', 'sum', 'max'),
  } satisfies SchemaFields<Preprocessing['views']>),
  labels: v.exactOptional(text(BOUNDS.name)),
} satisfies SchemaFields<Preprocessing>;

/** Numbers of the largest raw clip that preprocessing asks for. */
export function clipNumbers({ clip, crop, stretch, skeleton }: Preprocessing): number {
  const [height, width] = stretch ?? [crop, crop];
  return (skeleton ? SKELETON_PARTS : 3) * clip.frames * height * width;
}

/** {@link Preprocessing} as JSON. */
export const preprocessingSchema = v.pipe(
  object(FIELDS),
  v.check(
    (value) => clipNumbers(value) <= BOUNDS.clipNumbers,
    `clips of at most ${BOUNDS.clipNumbers} numbers`,
  ),
  v.check(
    ({ clip, pathways }) =>
      Object.values(pathways).every(
        ({ frames, input }) => input === 'sound' || frames <= clip.frames,
      ),
    'pathways of no more frames than the clip',
  ),
  v.check(
    ({ pathways, sound }) =>
      Object.values(pathways).every(
        ({ frames, input }) => input !== 'sound' || frames === sound?.frames,
      ),
    'sound, of as many frames as the pathway that hears it',
  ),
  v.check(
    ({ pathways, skeleton, sound, stretch }) =>
      Object.values(pathways).every(
        ({ input }) => (input === 'pose') === (skeleton !== undefined),
      ) &&
      (!skeleton || (!sound && !stretch)),
    'skeletons where all pathways see poses, without sound and stretch',
  ),
  v.forward(
    v.check(
      ({ views, skeleton }) =>
        views.crops === 1 || (views.crops === 2) === (skeleton !== undefined),
      '1 or 3 crops, or 1 or 2 of skeletons',
    ),
    ['views', 'crops'],
  ),
  v.check(({ resize, crop }) => crop <= resize, 'a crop that fits in the resized frame'),
);

/** Data as {@link Preprocessing}; throws as {@link readData}. */
export function readPreprocessing(value: unknown, origin: DataOrigin = {}): Preprocessing {
  return readData(preprocessingSchema, value, origin);
}
