/** @file The options that say where and how a model runs. */
import type { OptionDeclaration, OptionGroup } from '../declaration.js';
import { positiveNumber, wordsAmong } from './values.js';

const PROVIDERS = ['cpu', 'cuda', 'tensorrt', 'coreml', 'dml', 'webgpu', 'wasm'];

/** The choice between runtimes. */
export const RUNTIMES: readonly OptionDeclaration[] = [
  {
    flags: '--runtime <name>',
    description: 'ONNX Runtime or TensorFlow.js',
    choices: ['onnx', 'tfjs'],
    default: 'onnx',
  },
  {
    flags: '--tfjs-backend <name>',
    description: 'of TensorFlow.js',
    choices: ['auto', 'tfjs-node-gpu', 'tfjs-node', 'webgpu', 'wasm', 'cpu'],
    default: 'auto',
  },
];

/** How ONNX Runtime runs. */
export const ONNX: readonly OptionDeclaration[] = [
  {
    flags: '--provider <names>',
    description: `of ONNX Runtime, by preference: ${PROVIDERS.join(', ')} (default: cpu)`,
    parse: wordsAmong(PROVIDERS),
  },
  {
    flags: '--backend <name>',
    description: 'onnxruntime-node or onnxruntime-web',
    choices: ['auto', 'node', 'web'],
    default: 'auto',
  },
  {
    flags: '--threads <n>',
    description: 'threads of the model (default, and the most: the processors there are)',
    parse: positiveNumber,
  },
  {
    flags: '--jobs <n>',
    description: 'runs of the model at once, which share the threads (default: as it is fastest)',
    parse: positiveNumber,
  },
  {
    flags: '--lowering <how>',
    description: 'auto (as processors are fast) or none (default: auto for cpu, else none)',
    choices: ['auto', 'none'],
  },
  {
    flags: '--tune',
    description: 'measure once on this machine how each layer is fastest, and remember it',
  },
  {
    flags: '--no-cache',
    description:
      'keep nothing of the model as it is arranged for this processor, and take nothing kept',
  },
];

/** ONNX Runtime alone. */
export const ONNX_GROUP: OptionGroup = { title: 'Runtime', options: ONNX };

/** Either runtime. */
export const RUNTIME_GROUP: OptionGroup = { title: 'Runtime', options: [...RUNTIMES, ...ONNX] };
