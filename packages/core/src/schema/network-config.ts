/** @file The schema of a composed network: what `slowfast train` reads, and what its weights remember. */
import * as v from 'valibot';
import { BOUNDS } from './bounds.js';
import { flag, object, oneOf, openObject, positive, text, whole } from './parts.js';
import {
  anyCrops,
  colourDeviations,
  colourMeans,
  frameCount,
  frameStride,
  frameRate,
  heightAndWidth,
  side,
  soundFields,
  viewCounts,
} from './preprocessing.js';
import type { Data } from './read.js';

/** A share of a whole: from 0 to below 1. */
export const share = v.pipe(
  v.number('a number from 0 to below 1'),
  v.minValue(0, 'a number from 0 to below 1'),
  v.ltValue(1, 'a number from 0 to below 1'),
);

/** A side, or height and width, in pixels. */
export const sides = v.union(
  [side, heightAndWidth],
  `a whole number of pixels from 1 to ${BOUNDS.side}, or height and width`,
);

/** Lateral connections by the paper's names (Table 5a). */
export const lateralName = oneOf('t-conv', 't-sample', 'ttoc-concat', 'ttoc-sum', 'none');

/** What the Fast pathway sees (Table 5c). */
export const fastInputName = oneOf('rgb', 'grey', 'difference', 'half', 'flow');

/** What decides the input of a network. */
export const inputFields = {
  /** Skeletons in place of pictures: their joints, or limbs between them. */
  input: v.exactOptional(oneOf('pose', 'limbs')),
  frames: frameCount,
  stride: frameStride,
  fps: v.optional(frameRate, 30),
  /** Whether a clip is a frame of each of as many equal parts of the whole video. */
  segments: v.exactOptional(flag),
  size: sides,
  aspect: v.optional(oneOf('keep', 'stretch'), 'keep'),
  mean: v.exactOptional(colourMeans),
  std: v.exactOptional(colourDeviations),
  /** How clips are heard, where that is not as published. */
  sound: v.exactOptional(v.partial(object(soundFields))),
};

const depth = v.picklist([18, 34, 50, 101, 152], 'one of 18, 34, 50, 101, 152');

/** What decides a network; with a name it is one of the catalog. */
export const networkFields = {
  name: v.exactOptional(text(BOUNDS.name)),
  zoo: v.exactOptional(oneOf('pytorchvideo', 'pyslowfast')),
  kind: v.exactOptional(oneOf('slowfast', 'slow', 'fast', 'audiovisual')),
  depth: v.exactOptional(depth),
  width: v.exactOptional(whole(1, BOUNDS.width)),
  alpha: v.exactOptional(whole(1, BOUNDS.frames)),
  beta: v.exactOptional(positive),
  lateral: v.exactOptional(lateralName),
  fastInput: v.exactOptional(fastInputName),
  lateralKernel: v.exactOptional(whole(1, BOUNDS.kernel)),
  dropout: v.exactOptional(share),
  audioDepth: v.exactOptional(depth),
  audioBeta: v.exactOptional(positive),
};

/** What decides how a network is trained and tested, as far as its preprocessing depends on it. */
export const lossKind = oneOf('cross-entropy', 'binary-cross-entropy');

/** Multigrid training, whose clips have several extents. */
export const multigridKind = oneOf('long', 'short', 'both');

/** The part of a training configuration that a network needs; other keys are left out. */
export const networkConfigSchema = openObject({
  name: text(BOUNDS.name),
  data: openObject(inputFields),
  model: openObject(networkFields),
  train: openObject({
    loss: v.exactOptional(openObject({ kind: v.exactOptional(lossKind) })),
    multigrid: v.exactOptional(multigridKind),
  }),
  evaluate: v.exactOptional(
    openObject({
      finalClips: v.exactOptional(viewCounts.clips),
      finalCrops: v.exactOptional(anyCrops),
    }),
  ),
});

/** What a training configuration says about its network; that of `slowfast train` has it, and more. */
export type NetworkConfig = Data<typeof networkConfigSchema>;
