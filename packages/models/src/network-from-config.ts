/** @file The network of a training preprocessing: one of the catalog, or one composed of the preprocessing's own numbers. */
import {
  checkArguments,
  sidesOf,
  SpecError,
  type Model,
  type NetworkConfig,
  type Pathways,
  type Preprocessing,
} from '@slowfast/core';
import { ARCHITECTURES } from './architectures.js';
import { catalogModel, checkedModelName } from './catalog.js';
import { pathwayInputs } from './fast-input.js';
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

  const { data, name, train, evaluate } = config;
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
  const model =
    config.model.name === undefined
      ? composed(config, classes, sides)
      : fromCatalog(config, config.model.name, classes, sides);
  const pathways = Object.entries(model.pathways).map(
    ([pathway, { frames }]) => [pathway, { frames, rule: 'linspace' }] as const,
  );
  const isMulti = train.loss?.kind === 'binary-cross-entropy';
  return {
    model: { ...model, name },
    preprocessing: {
      clip: { frames: data.frames, stride: data.stride, fps: data.fps },
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
        clips: evaluate?.finalClips ?? 10,
        crops: evaluate?.finalCrops ?? 1,
        combine: isMulti ? 'max' : 'mean',
      },
    },
  };
}

type Sides = readonly [height: number, width: number];

function composed(config: NetworkConfig, classes: number, size: Sides): Model<Pathways, 'scores'> {
  const { data, model } = config;
  const { kind = 'slowfast', lateral = 't-conv', fastInput = 'rgb' } = model;
  const { depth, width, alpha, beta, lateralKernel, dropout } = { ...DEFAULTS, ...model };
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
  return slowFastNetwork({
    ...network,
    alpha,
    beta,
    slowKernels,
    fastKernels,
    ...(via ? { lateral: via } : {}),
  });
}

function fromCatalog(
  { data, model, train }: NetworkConfig,
  name: string,
  classes: number,
  size: Sides,
): Model<Pathways, 'scores'> {
  const { kind, depth, dropout, alpha, beta, width: channels } = model;
  const { lateral, lateralKernel, fastInput } = model;
  for (const [key, value] of Object.entries({ kind, depth, dropout })) {
    if (value === undefined) continue;
    throw new SpecError({
      site: `model.${key}`,
      expected: 'nothing, since model.name says it',
      received: `${value}`,
      remedy: 'Leave out model.name to compose a network',
    });
  }
  const isSquare = size[0] === size[1];
  // This zoo's networks leave the activation to the caller, which training needs: they end in logits.
  const entry = catalogModel(checkedModelName(name), {
    zoo: 'pytorchvideo',
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
  });
  if (!entry.preprocessing.sound) return entry.model;
  throw new SpecError({
    site: 'model.name',
    expected: 'a model that only sees, as training takes no sound',
    received: name,
    remedy: 'Take slowfast-4x16-r50 or another without the prefix av',
  });
}
