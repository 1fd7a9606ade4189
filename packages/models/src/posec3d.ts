/** @file PoseC3D (Duan et al., CVPR 2022): Slow-only networks over heat maps of skeletons, as mmaction2 publishes them. */
import { poseResnet, type PoseBackbone, type PoseStage } from '@slowfast/backbones';
import {
  checkArguments,
  composeModel,
  SKELETON_PARTS,
  type Model,
  type Pathway,
  type Preprocessing,
  type SkeletonMaps,
} from '@slowfast/core';
import { classificationHead } from '@slowfast/heads';
import type { NetworkOptions } from './networks.js';

/** A network over heat maps of skeletons. */
export interface PoseArchitecture {
  readonly kind: 'pose';
  readonly pathway: 'slow';
  readonly depth: 50;
  /** Residual blocks of its three stages. */
  readonly blocks: readonly [number, number, number];
  /** What is drawn of a skeleton; the parameters are the same. */
  readonly parts: SkeletonMaps['parts'];
  readonly frames: number;
  readonly stride: number;
  /** Side of the maps in the published test and in training, channels of the stem, and whose weights they are. */
  readonly defaults: {
    readonly size: number;
    readonly trainCrop: number;
    readonly width: number;
    readonly zoo: 'mmaction2';
  };
  readonly zoos: readonly ['mmaction2'];
  readonly regions: false;
  readonly nonLocal?: undefined;
  readonly publishedFor?: undefined;
  readonly title: string;
  readonly reference: string;
}

/** A pathway over heat maps. */
export interface PosePathway extends Pathway<PoseStage | 'stem'> {
  readonly backbone: PoseBackbone;
}

/** A network over heat maps of skeletons. */
export type PoseModel = Model<Readonly<Record<'slow', PosePathway>>, 'scores', 'slow', never>;

const posec3d = (
  traits: Pick<PoseArchitecture, 'blocks' | 'parts'>,
  what: string,
): PoseArchitecture => ({
  kind: 'pose',
  pathway: 'slow',
  depth: 50,
  frames: 48,
  stride: 1,
  defaults: { size: 64, trainCrop: 56, width: 32, zoo: 'mmaction2' },
  zoos: ['mmaction2'],
  regions: false,
  title: `PoseC3D on Slow-only R50, 48 frames, ${what}`,
  reference: 'Duan et al., Revisiting Skeleton-based Action Recognition, CVPR 2022',
  ...traits,
});

/** Networks over skeletons by name, in the catalog's order. */
export const POSE_ARCHITECTURES = {
  'posec3d-slowonly-r50': posec3d(
    { blocks: [4, 6, 3], parts: 'joints' },
    'joints (NTU RGB+D, FineGYM)',
  ),
  'posec3d-slowonly-r50-limb': posec3d(
    { blocks: [4, 6, 3], parts: 'limbs' },
    'limbs (NTU RGB+D, FineGYM)',
  ),
  'posec3d-slowonly-r50-346': posec3d(
    { blocks: [3, 4, 6], parts: 'joints' },
    'joints, blocks 3, 4, 6 (Kinetics-400, UCF101, HMDB51)',
  ),
} as const satisfies Readonly<Record<string, PoseArchitecture>>;

/** The network of an architecture. Throws what its parts throw. */
export function poseNetwork(
  architecture: Pick<PoseArchitecture, 'blocks'>,
  options: Pick<NetworkOptions, 'name' | 'frames' | 'stride' | 'size' | 'width' | 'head'>,
): PoseModel {
  checkArguments('poseNetwork', {
    architecture: [architecture, 'object'],
    options: [options, 'object'],
  });

  const { blocks } = architecture;
  const { name, frames, stride, size, width, head } = options;
  const slow: PosePathway = {
    backbone: poseResnet({ blocks, width }),
    frames,
    temporalStride: stride,
    channels: SKELETON_PARTS,
  };
  return composeModel({
    name,
    size,
    pathways: { slow },
    head: classificationHead({ ...head, pathways: ['slow'] }),
  });
}

/** The published test: frames of the whole video, each clip as it is and mirrored. */
export function withSkeleton(
  preprocessing: Preprocessing,
  { parts }: Pick<PoseArchitecture, 'parts'>,
): Preprocessing {
  const { clip, pathways, views } = preprocessing;
  return {
    ...preprocessing,
    clip: { ...clip, segments: true },
    pathways: Object.fromEntries(
      Object.entries(pathways).map(([name, each]) => [name, { ...each, input: 'pose' as const }]),
    ),
    skeleton: { parts, sigma: 0.6, padding: 0.25 },
    views: { ...views, crops: 2 },
  };
}
