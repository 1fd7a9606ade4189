/** @file The network over skeletons of a training configuration: one of the catalog, with mmaction2's test. */
import { sidesOf, SpecError, type NetworkConfig } from '@slowfast/core';
import { ARCHITECTURES } from './architectures.js';
import { catalogModel, trainedNetwork } from './catalog.js';
import { checkedModelName } from './model-names.js';
import type { ConfiguredNetwork } from './network-from-config.js';

/** Which parts of skeletons a network draws, by the input of the configuration. */
const PARTS = { pose: 'joints', limbs: 'limbs' } as const;

/** The network that is meant where the configuration names none. */
export const DEFAULT_POSE_NETWORKS = {
  pose: 'posec3d-slowonly-r50',
  limbs: 'posec3d-slowonly-r50-limb',
} as const;

/** A configuration of skeletons. */
export type PoseConfig = NetworkConfig & {
  readonly data: { readonly input: keyof typeof PARTS };
};

/** Whether a configuration is of skeletons. Throws SpecError where its model is and its data are not. */
export function isPoseConfig(config: NetworkConfig): config is PoseConfig {
  if (config.data.input !== undefined) return true;
  const { name } = config.model;
  if (name === undefined || ARCHITECTURES[checkedModelName(name)].kind !== 'pose') return false;
  throw new SpecError({
    site: 'data.input',
    expected: `'pose' or 'limbs', since ${name} sees skeletons`,
    received: 'nothing',
  });
}

/** The network; `data.size` is the side of the maps in the test. Throws SpecError for what does not go with skeletons. */
export function poseFromConfig(config: PoseConfig, classes: number): ConfiguredNetwork {
  const { data, model, train, evaluate } = config;
  const name = checkedModelName(model.name ?? DEFAULT_POSE_NETWORKS[data.input]);
  const architecture = ARCHITECTURES[name];
  if (architecture.kind !== 'pose' || architecture.parts !== PARTS[data.input]) {
    throw new SpecError({
      site: 'model.name',
      expected: `a model of ${PARTS[data.input]}, such as ${DEFAULT_POSE_NETWORKS[data.input]}`,
      received: name,
      remedy: 'Change data.input, or leave out model.name',
    });
  }
  checkUnused(config);
  const [size] = sidesOf(data.size);
  const { frames } = data;
  const crops = evaluate?.finalCrops ?? 2;
  if (crops === 3) {
    throw new SpecError({
      site: 'evaluate.finalCrops',
      expected: '1, or 2 with the mirror image, since skeletons fill their crop',
      received: '3',
    });
  }
  const isMulti = train.loss?.kind === 'binary-cross-entropy';
  const options = {
    ...({ zoo: 'mmaction2', classes, size, trainCrop: size, frames } as const),
    ...(model.width === undefined ? {} : { width: model.width }),
  };
  const { preprocessing } = catalogModel(name, {
    ...options,
    activation: isMulti ? 'sigmoid' : 'softmax',
    views: { clips: evaluate?.finalClips ?? 10, crops },
    combine: isMulti ? 'max' : 'mean',
  });
  return { model: { ...trainedNetwork(name, options), name: config.name }, preprocessing };
}

/** Refuses what is of pictures, or of networks that are composed. */
function checkUnused({ data, model, train }: PoseConfig): void {
  const { aspect, stride, size, mean, std, sound } = data;
  const [height, width] = sidesOf(size);
  const found = {
    'data.aspect': aspect === 'keep' ? undefined : aspect,
    'data.size': height === width ? undefined : `${height}x${width}`,
    'data.stride': stride === 1 ? undefined : stride,
    'data.mean': mean,
    'data.std': std,
    'data.sound': sound,
    'train.multigrid': train.multigrid,
    ...Object.fromEntries(PICTURES.map((key) => [`model.${key}`, model[key]])),
  };
  for (const [site, value] of Object.entries(found)) {
    if (value === undefined) continue;
    throw new SpecError({
      site,
      expected: EXPECTED[site] ?? 'nothing, since the network sees skeletons',
      received: typeof value === 'string' ? value : JSON.stringify(value),
    });
  }
}

/** Keys of networks of pictures. */
const PICTURES = [
  ...(['kind', 'depth', 'alpha', 'beta', 'lateral', 'lateralKernel', 'fastInput'] as const),
  ...(['dropout', 'audioDepth', 'audioBeta', 'zoo'] as const),
];

const EXPECTED: Readonly<Record<string, string>> = {
  'data.size': 'one side of a square, since skeletons lie in one',
  'data.stride': '1, since frames are drawn from equal parts of the whole video',
};
