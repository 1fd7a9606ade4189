/** @file The network of a training preprocessing: one of the catalog, or one composed of the preprocessing's own numbers. */
import {
  checkArguments,
  readData,
  sidesOf,
  soundSchema,
  SpecError,
  type Model,
  type NetworkConfig,
  type Pathways,
  type Preprocessing,
  type SoundSampling,
} from '@slowfast/core';
import { ARCHITECTURES, type Architecture, type ModelName } from './architectures.js';
import { audiovisualNetwork, SOUND, withSound } from './audiovisual.js';
import { trainedNetwork } from './catalog.js';
import { checkedModelName } from './model-names.js';
import { pathwayInputs } from './fast-input.js';
import type { ModelZoo } from './zoos.js';
import { isPoseConfig, poseFromConfig } from './pose-from-config.js';
import { lateralByName } from './lateral-by-name.js';
import { onePathwayNetwork, slowFastNetwork, type NetworkOptions } from './networks.js';

/** A network that ends in logits, with the preprocessing that its weights are tested by. */
export interface ConfiguredNetwork {
  readonly model: Model<Pathways, 'scores'>;
  readonly preprocessing: Preprocessing;
}

const DEFAULTS = { depth: 18, width: 16, alpha: 4, beta: 1 / 8, lateralKernel: 5, dropout: 0.5 };

const MEAN = [0.45, 0.45, 0.45] as const;
const STD = [0.225, 0.225, 0.225] as const;

/** Composes the network of preprocessing. Throws {@link SpecError} for sizes that the preprocessing cannot be tested at. */
export function networkFromConfig(config: NetworkConfig, classes: number): ConfiguredNetwork {
  checkArguments('networkFromConfig', { config: [config, 'object'] });

  if (isPoseConfig(config)) return poseFromConfig(config, classes);
  const { data, name, train, evaluate } = config;
  if (evaluate?.finalCrops === 2) {
    const expected = '1 or 3, since 2 are those of skeletons';
    throw new SpecError({ site: 'evaluate.finalCrops', expected, received: '2' });
  }
  const sides = sidesOf(data.size);
  const [height, width] = sides;
  if (height !== width && data.aspect !== 'stretch') {
    throw new SpecError({
      site: 'data.size',
      expected: 'one side of a square, since frames keep their aspect ratio',
      received: `${height}x${width}`,
      remedy: 'Set data.aspect to stretch, or give one side',
    });
  }
  const sound = soundOf(config);
  const model =
    config.model.name === undefined
      ? composed(config, classes, sides, sound)
      : fromCatalog(config, config.model.name, classes, sides, sound);
  const pathways = Object.entries(model.pathways).map(
    ([pathway, { frames }]) => [pathway, { frames, rule: 'linspace' }] as const,
  );
  const isMulti = train.loss?.kind === 'binary-cross-entropy';
  return {
    model: { ...model, name },
    preprocessing: withSound(
      {
        clip: {
          ...{ frames: data.frames, stride: data.stride, fps: data.fps },
          ...(data.segments ? { segments: true } : {}),
        },
        sampling: 'pyslowfast',
        pathways: pathwayInputs(Object.fromEntries(pathways), config.model.fastInput ?? 'rgb'),
        resize: Math.min(height, width),
        crop: Math.min(height, width),
        ...(data.aspect === 'stretch' ? { stretch: sides } : {}),
        mean: data.mean ?? MEAN,
        std: data.std ?? STD,
        channelOrder: 'rgb',
        activation: isMulti ? 'sigmoid' : 'softmax',
        views: {
          // Clips of the whole video are all the same.
          clips: data.segments ? 1 : (evaluate?.finalClips ?? 10),
          crops: evaluate?.finalCrops ?? 1,
          combine: isMulti ? 'max' : 'mean',
        },
      },
      sound,
    ),
  };
}

/** Whether a model has an audio pathway. */
const hears = ({ name, kind }: NetworkConfig['model']): boolean =>
  name === undefined
    ? kind === 'audiovisual'
    : ARCHITECTURES[checkedModelName(name)].kind === 'audiovisual';

/** How clips are heard; nothing where a model only sees. */
function soundOf({ data, model }: NetworkConfig): SoundSampling | undefined {
  const { audioDepth, audioBeta } = model;
  if (hears(model)) {
    return readData(soundSchema, { ...SOUND, ...data.sound }, { site: 'data.sound' });
  }
  for (const [key, value] of Object.entries({
    ...{ 'data.sound': data.sound, 'model.audioDepth': audioDepth },
    'model.audioBeta': audioBeta,
  })) {
    if (value === undefined) continue;
    throw new SpecError({
      site: key,
      expected: 'nothing, since the model only sees',
      received: JSON.stringify(value),
      remedy: 'Set model.kind to audiovisual, or model.name to a model with the prefix av',
    });
  }
  return undefined;
}

type Sides = readonly [height: number, width: number];

function composed(
  config: NetworkConfig,
  classes: number,
  size: Sides,
  sound: SoundSampling | undefined,
): Model<Pathways, 'scores'> {
  const { data, model } = config;
  const { kind = 'slowfast', lateral = 't-conv', fastInput = 'rgb' } = model;
  const { depth, width, alpha, beta, lateralKernel, dropout } = { ...DEFAULTS, ...model };
  if (model.zoo !== undefined) {
    const expected = 'nothing without model.name, whose details it decides';
    throw new SpecError({ site: 'model.zoo', expected, received: model.zoo });
  }
  const network: NetworkOptions = {
    name: config.name,
    depth: depth as NetworkOptions['depth'],
    frames: data.frames,
    stride: data.stride,
    size,
    width,
    fastInput,
    head: { classes, pool: 'global', activation: 'none', dropout },
  };
  const { slowKernels, fastKernels } = ARCHITECTURES['slowfast-8x8-r50'];
  if (kind === 'fast') {
    return onePathwayNetwork({
      ...network,
      pathway: 'fast',
      temporalKernels: fastKernels,
      width: width * beta,
    });
  }
  if (kind === 'slow') {
    // Slow alone sees as many frames as it has beside Fast.
    return onePathwayNetwork({
      ...network,
      pathway: 'slow',
      temporalKernels: slowKernels,
      frames: data.frames / alpha,
      stride: data.stride * alpha,
    });
  }
  const via = lateralByName(lateral, { kernel: lateralKernel, fastInput });
  const pair = {
    ...network,
    ...{ alpha, beta, slowKernels, fastKernels },
    ...(via ? { lateral: via } : {}),
  };
  if (!sound) return slowFastNetwork(pair);
  const { audioDepth, audioBeta } = model;
  return audiovisualNetwork({
    ...{ ...pair, sound },
    ...(audioDepth === undefined ? {} : { audioDepth: audioDepth as NetworkOptions['depth'] }),
    ...(audioBeta === undefined ? {} : { audioBeta }),
  });
}

/** PyTorchVideo's, whose networks end in logits, where it has the model. */
function zooOf(name: ModelName): ModelZoo {
  const architecture: Architecture = ARCHITECTURES[name];
  const zoos: readonly ModelZoo[] = 'zoos' in architecture ? architecture.zoos : ['pytorchvideo'];
  return zoos.includes('pytorchvideo') ? 'pytorchvideo' : zoos[0]!;
}

function fromCatalog(
  { data, model, train }: NetworkConfig,
  name: string,
  classes: number,
  size: Sides,
  sound: SoundSampling | undefined,
): Model<Pathways, 'scores'> {
  const { kind, depth, dropout, alpha, beta, width: channels } = model;
  const { lateral, lateralKernel, fastInput, audioDepth, audioBeta } = model;
  for (const [key, value] of Object.entries({ kind, depth, dropout, audioDepth, audioBeta })) {
    if (value === undefined) continue;
    throw new SpecError({
      site: `model.${key}`,
      expected: 'nothing, since model.name says it',
      received: `${value}`,
      remedy: 'Leave out model.name to compose a network',
    });
  }
  const isSquare = size[0] === size[1];
  return trainedNetwork(checkedModelName(name), {
    zoo: model.zoo ?? zooOf(checkedModelName(name)),
    classes,
    size,
    // The window of a square one is its whole extent, but for clips of several extents.
    ...(isSquare && train.multigrid === undefined
      ? { trainCrop: size[0] }
      : { pool: 'global' as const }),
    frames: data.frames,
    ...(alpha === undefined ? {} : { alpha }),
    ...(beta === undefined ? {} : { beta }),
    ...(channels === undefined ? {} : { width: channels }),
    ...(lateral === undefined ? {} : { lateral }),
    ...(lateralKernel === undefined ? {} : { lateralKernel }),
    ...(fastInput === undefined ? {} : { fastInput }),
    ...(sound ? { sound } : {}),
  });
}
