/** @file The declaration of `slowfast convert`. */
import type { CommandDeclaration } from '../declaration.js';
import { CONFIG, VARIANT } from '../options/model.js';
import { outputGroup } from '../options/output.js';
import { keyAndValue } from '../options/values.js';

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
        CONFIG,
        ...VARIANT,
        {
          flags: '--head <how>',
          description:
            'draw a classifier where the weights have none, for features and fine-tuning: its scores mean nothing',
          choices: ['initialised'],
        },
        {
          flags: '--set <key=value>',
          description:
            'any other option of the model as its file remembers it, such as fps=15, channelOrder=bgr, mean=[0.5,0.5,0.5], ' +
            'views={"clips":3,"crops":1} (repeatable)',
          isRepeatable: true,
          parse: keyAndValue,
        },
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
  examples: [
    ['convert SLOWFAST_8x8_R50.pkl -o weights.safetensors', 'a checkpoint of the zoo'],
    [
      "convert own.pyth --classes 12 --set fps=15 --set mean='[0.5,0.5,0.5]' -o own.safetensors",
      'one of your own, with what it was trained on',
    ],
  ],
  load: async () => (await import('../convert.js')).convert,
};
