/** @file The options by which commands say which model they mean. */
import type { Dataset, ModelZoo } from '@slowfast/models';
import type { OptionDeclaration, OptionGroup } from '../declaration.js';
import { MOST } from './bounds.js';
import { channelRatio, inputSize, positiveUpTo, triple, wholeNumber } from './values.js';

// The catalog is not loaded to show a help; a test holds these against it.
/** The model without `--model` and `--weights`. */
export const DEFAULT_MODEL = 'slowfast-ut-interaction';
/** Whose variants of models there are. */
export const ZOOS: readonly ModelZoo[] = ['pyslowfast', 'pytorchvideo', 'mmaction2', 'gluoncv'];
/** Whose classes there are. */
export const DATA_SETS: readonly Dataset[] = [
  ...(['kinetics400', 'kinetics600', 'something-something-v2', 'charades', 'ava'] as const),
];

/** `--model`, as most commands have it. */
export const MODEL: OptionDeclaration = {
  flags: '--model <name>',
  description: `a name that \`slowfast models\` lists, or an .onnx file (default: ${DEFAULT_MODEL})`,
  names: 'model',
};

/** What changes a model of the catalog. */
export const VARIANT: readonly OptionDeclaration[] = [
  { flags: '--zoo <name>', description: 'whose variant it is', choices: ZOOS },
  { flags: '--dataset <name>', description: 'whose classes', choices: DATA_SETS },
  {
    flags: '--classes <n>',
    description: 'number of classes, where it is no known data set',
    parse: positiveUpTo(MOST.classes),
  },
  {
    flags: '--size <pixels>',
    description:
      'side of the square input, or HxW to which frames are stretched (default: as published, 256)',
    parse: inputSize,
  },
  {
    flags: '--frames <n>',
    description: 'frames of the raw clip (default: as published)',
    parse: positiveUpTo(MOST.frames),
  },
  {
    flags: '--alpha <n>',
    description: 'frames of Fast over frames of Slow (default: as published)',
    parse: positiveUpTo(MOST.frames),
  },
  {
    flags: '--nonlocal-pool <TxHxW>',
    description: 'key and value pooling of non-local blocks',
    parse: triple,
  },
  {
    flags: '--clip-stride <n>',
    description: 'distance between frames of the raw clip (default: as published)',
    parse: positiveUpTo(MOST.stride),
  },
  {
    flags: '--head-pool <what>',
    description: 'pooling before the classifier; global after multigrid training',
    choices: ['window', 'global'],
  },
  {
    flags: '--train-crop <pixels>',
    description: 'side of the crop in training (default: as published, 224)',
    parse: positiveUpTo(MOST.side),
  },
  {
    flags: '--width <n>',
    description: 'channels of the Slow stem (default: 64, or those of the weights)',
    parse: positiveUpTo(MOST.width),
  },
  {
    flags: '--lateral <kind>',
    description: 'lateral connection',
    choices: ['t-conv', 't-sample', 'ttoc-concat', 'ttoc-sum', 'none'],
  },
  {
    flags: '--lateral-kernel <frames>',
    description: 'kernel of the lateral convolution (default: as published)',
    parse: positiveUpTo(MOST.kernel),
  },
  {
    flags: '--fast-input <what>',
    description: 'what the Fast pathway sees',
    choices: ['rgb', 'grey', 'difference', 'half', 'flow'],
  },
  {
    flags: '--beta <ratio>',
    description: 'channels of Fast over those of Slow (default: 1/8)',
    parse: channelRatio,
  },
];

/** Nothing is fetched. */
export const OFFLINE: OptionDeclaration = {
  flags: '--offline',
  description: 'take published weights from the cache alone',
};

/** What weights do not say of themselves. */
export const CONFIG: OptionDeclaration = {
  flags: '--config <yaml>',
  description: 'the PySlowFast configuration of weights that hold none (.pkl of its zoo)',
  names: 'input',
};

/** Where weights come from. */
export const WEIGHTS: readonly OptionDeclaration[] = [
  {
    flags: '--weights <file>',
    description:
      'checkpoint (.pyth, .pkl, .pth) or .safetensors; or a name that `slowfast models --published` lists, ' +
      'https://… or hf:owner/repo/file, fetched once; or initialised: drawn at random, untrained',
    names: 'input',
  },
  CONFIG,
  OFFLINE,
  {
    flags: '--seed <n>',
    description: 'seed of --weights initialised (default: 0)',
    parse: wholeNumber,
  },
];

/** `--labels`, as most commands have it. */
export const LABELS: OptionDeclaration = {
  flags: '--labels <file>',
  description: 'a file of class names (one a line, CSV, JSON), or the name of a data set',
  names: 'input',
};

/** Which model: by name, by weights, and its variant. */
export const modelGroup = (model: OptionDeclaration = MODEL): OptionGroup => ({
  title: 'Model',
  options: [model, ...WEIGHTS, ...VARIANT],
});
