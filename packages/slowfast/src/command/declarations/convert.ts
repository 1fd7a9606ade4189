/** @file The declaration of `slowfast convert`. */
import type { CommandDeclaration } from '../declaration.js';
import { VARIANT } from '../options/model.js';
import { outputGroup } from '../options/output.js';

/** `convert`: see its description. */
export const convert: CommandDeclaration = {
  name: 'convert',
  description:
    'convert a checkpoint of PySlowFast, Caffe2, PyTorchVideo, mmaction2 or gluon-cv to safetensors',
  args: [
    {
      name: '<checkpoint>',
      description: '.pyth, .pkl, .pth or .safetensors, recognised by content; - is standard input',
      names: 'input',
    },
  ],
  groups: [
    {
      title: 'Model',
      options: [
        {
          flags: '--model <name>',
          description: 'the model, where several have these weights',
          names: 'model',
          ownDefault: true,
        },
        ...VARIANT,
      ],
    },
    outputGroup(
      'print one JSON object',
      {
        flags: '-o, --output <file>',
        description: 'where to write the weights',
        names: 'output',
        isRequired: true,
      },
      {
        flags: '--precision <type>',
        description: 'of the numbers in the file',
        choices: ['float32', 'float16'],
        default: 'float32',
      },
    ),
  ],
  examples: [['convert SLOWFAST_8x8_R50.pkl -o weights.safetensors', 'a checkpoint of the zoo']],
  load: async () => (await import('../convert.js')).convert,
};
