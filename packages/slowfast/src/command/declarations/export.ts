/** @file The declaration of `slowfast export`. */
import type { CommandDeclaration } from '../declaration.js';
import { VARIANT, WEIGHTS } from '../options/model.js';
import { outputGroup } from '../options/output.js';
import { positiveNumber } from '../options/values.js';

/** `export`: see its description. */
export const exportModel: CommandDeclaration = {
  name: 'export',
  description: 'write a model as ONNX, with preprocessing and labels in its metadata',
  args: [
    {
      name: '[model]',
      description: 'a name that `slowfast models` lists (default: what the weights fit)',
      names: 'model',
    },
  ],
  groups: [
    { title: 'Model', options: [...WEIGHTS, ...VARIANT] },
    {
      title: 'Form',
      options: [
        {
          flags: '--input <kind>',
          description: 'pathways (one input each) or clip (one raw clip)',
          choices: ['pathways', 'clip'],
          default: 'pathways',
        },
        {
          flags: '--precision <type>',
          description: 'of weights; int8 computes with 8-bit codes, too, and needs --calibrate',
          choices: ['float32', 'float16', 'int8'],
          default: 'float32',
        },
        {
          flags: '--lowering <how>',
          description:
            'none (for every device) or auto (fast on processors) (default: none; auto for int8)',
          choices: ['auto', 'none'],
          ownDefault: true,
        },
        {
          flags: '--dynamic-size',
          description: 'let each run choose height and width (not with non-local blocks)',
        },
        {
          flags: '--dynamic-frames',
          description: 'let each run choose frames (with laterals of convolutions only)',
        },
      ],
    },
    {
      title: 'Calibration for int8',
      options: [
        {
          flags: '--calibrate <videos>',
          description:
            'a list or a folder of videos that stand for all others, or a saved calibration (.json)',
          names: 'list',
        },
        {
          flags: '--calibration-clips <n>',
          description: 'clips taken from these videos (default: 32)',
          parse: positiveNumber,
        },
        {
          flags: '--save-calibration <file>',
          description: 'keep what the clips told, as .json',
          names: 'output',
        },
      ],
    },
    {
      title: 'Triton Inference Server',
      options: [
        {
          flags: '--triton <repository>',
          description:
            'write a folder of its model repository: ONNX, config.pbtxt, labels, preprocessing',
          names: 'folder',
        },
        {
          flags: '--triton-name <name>',
          description: "the model's name there (default: its own)",
        },
        {
          flags: '--max-batch <n>',
          description: 'clips that it runs at once at most (default: 8)',
          parse: positiveNumber,
        },
        {
          flags: '--instances <n>',
          description: 'copies of the model a device (default: 1)',
          parse: positiveNumber,
        },
        {
          flags: '--device <kind>',
          description: 'where copies run: auto, cpu or gpu (default: auto)',
          choices: ['auto', 'cpu', 'gpu'],
        },
      ],
    },
    {
      title: 'PyTorch',
      options: [
        {
          flags: '--pytorch <folder>',
          description:
            'write a program that trains on a cluster: model.py, weights.pth, training.json, train.py',
          names: 'folder',
        },
        {
          flags: '--pyslowfast <folder>',
          description: 'write its YAML and .pyth for PySlowFast, which knows some of the networks',
          names: 'folder',
        },
        {
          flags: '--training <config>',
          description: 'the configuration of `slowfast train` that it trains by',
          names: 'input',
        },
      ],
    },
    outputGroup('print one JSON object', {
      flags: '-o, --output <file>',
      description: 'where to write the model',
      names: 'output',
    }),
  ],
  examples: [
    ['export --weights SLOWFAST_8x8_R50.pyth -o model.onnx', 'a checkpoint'],
    [
      'export --weights SLOWFAST_8x8_R50.pyth --precision int8 --calibrate train.csv -o int8.onnx',
      'the same with 8-bit codes',
    ],
    ['export --training recipe.yaml --pytorch cluster/', 'to train it there: torchrun train.py'],
    [
      'export --weights SLOWFAST_8x8_R50.pyth --triton models/ --device gpu',
      'for NVIDIA Triton: tritonserver --model-repository models/',
    ],
  ],
  load: async () => (await import('../export.js')).exportModel,
};
