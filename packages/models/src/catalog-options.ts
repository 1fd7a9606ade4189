/** @file What can be asked of a published model. */
import type { NonLocalOptions } from '@slowfast/backbones';
import type { Preprocessing, SkeletonMaps, Size, SoundSampling } from '@slowfast/core';
import type { Dataset, DatasetInfo } from './datasets.js';
import type { FastInput } from './fast-input.js';
import type { LateralName } from './lateral-by-name.js';
import type { ModelZoo } from './zoos.js';

/** Options of `catalogModel`; without any, the model is the one that PySlowFast tests on Kinetics-400. */
export interface CatalogOptions {
  /** Whose weights it shall take: decides preprocessing, classifier and lateral details. Default `pyslowfast`. */
  readonly zoo?: ModelZoo;
  /** Decides classes, activation, labels and test protocol. Default `kinetics400`, or `ava` for people in boxes. */
  readonly dataset?: Dataset;
  /** Number of classes, where it is not the data set's (own weights); there are no labels then. */
  readonly classes?: number;
  /**
   * Side of the square input, or height and width, in pixels. Frames are stretched to an input that is not square, which is
   * their only crop; for people in boxes it is the whole frame.
   * Default: the crop (and, with boxes, the short side) of the published tests, 256 but for X3D.
   */
  readonly size?: Size;
  /** Side of the crop in training, in pixels: the classifier pools windows of 1/32 of it. Default: the published (224 but for X3D), or `size` if that is less. */
  readonly trainCrop?: number;
  /** T of the raw clip. Default: the published. */
  readonly frames?: number;
  /** Distance of its frames, in frames of the video. Default: the published. */
  readonly stride?: number;
  /** α of two pathways. Default: the published. */
  readonly alpha?: number;
  /** β: channels of Fast over those of Slow. Default 1/8. */
  readonly beta?: number;
  /** Channels of the Slow stem. Default 64, X3D's 24. */
  readonly width?: number;
  /** What the Fast pathway sees (paper, Table 5c). Default `rgb`. */
  readonly fastInput?: FastInput;
  /** What a model of skeletons draws; its name says it, so that another is refused. */
  readonly parts?: SkeletonMaps['parts'];
  /** Lateral connection. Default `t-conv`. */
  readonly lateral?: LateralName;
  /** Batch norm and ReLU after the lateral convolution. Default: the zoo's. */
  readonly lateralNorm?: boolean;
  /** Kernel of the lateral convolution, in frames. Default: the zoo's. */
  readonly lateralKernel?: number;
  /** How non-local blocks weigh positions. Default: the published. */
  readonly nonLocalSimilarity?: NonLocalOptions['similarity'];
  /** Key and value pooling of non-local blocks. Default: the published; 1×2×2 for weights of the zoo's NL files. */
  readonly nonLocalPool?: NonNullable<NonLocalOptions['pool']>;
  /** Pooling before the classifier: windows of the training crop, or the whole extent (multigrid). Default: the zoo's. */
  readonly pool?: 'window' | 'global';
  /** What turns logits into scores. Default: the data set's. */
  readonly activation?: DatasetInfo['activation'];
  /** Order of the colours in a clip. Default: the zoo's for this data set. */
  readonly channelOrder?: Preprocessing['channelOrder'];
  /** Frames a second that videos are sampled at. Default 30. */
  readonly fps?: number;
  /** Short side of the frame before it is cropped, in pixels. Default: `size`. */
  readonly resize?: number;
  /** Clips in time and crops in space of a test. Default: the data set's. */
  readonly views?: { readonly clips?: number; readonly crops?: number };
  /** How the scores of views become one. Default: the data set's. */
  readonly combine?: 'mean' | 'max';
  /** Mean of each colour, of pixels from 0 to 1. Default: the zoo's. */
  readonly mean?: Preprocessing['mean'];
  /** Standard deviation of each colour. Default: the zoo's. */
  readonly std?: Preprocessing['std'];
  /** Whether RoIAlign moves boxes by half an element. Default: as the zoo's published files. */
  readonly aligned?: boolean;
  /** How an audiovisual model hears. Default: as the published. */
  readonly sound?: SoundSampling;
  /** How the features of people in boxes are pooled over all frames. Default `avg`. */
  readonly temporalPool?: 'avg' | 'max';
}

/** What is taken where neither the options nor the architecture say. */
export const CATALOG_DEFAULTS = {
  zoo: 'pyslowfast',
  dataset: 'kinetics400',
  size: 256,
  trainCrop: 224,
  beta: 1 / 8,
  width: 64,
  fastInput: 'rgb',
  lateral: 't-conv',
} as const satisfies CatalogOptions;

/** Options with these. */
export type CatalogSettings = CatalogOptions &
  Required<Pick<CatalogOptions, keyof typeof CATALOG_DEFAULTS>>;
