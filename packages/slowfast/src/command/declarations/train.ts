/** @file The declaration of `slowfast train`. */
import type { CommandDeclaration } from '../declaration.js';
import { outputGroup } from '../options/output.js';

/** `train`: see its description. */
export const train: CommandDeclaration = {
  name: 'train',
  description: 'train a model on labelled videos, as a recipe in YAML or JSON says',
  args: [
    {
      name: '<config>',
      description: 'the recipe, paths in it relative to it; or a configuration of PySlowFast',
      names: 'input',
    },
    {
      name: '[entries...]',
      description: 'entries of PySlowFast in place of the configuration, each a key and a value',
    },
  ],
  groups: [
    {
      title: 'Run',
      options: [
        {
          flags: '--dry-run',
          description: 'say what would be trained, memory and time by three steps; write nothing',
        },
        { flags: '--resume', description: 'go on from the last checkpoint in the output folder' },
      ],
    },
    outputGroup('print one JSON object at the end'),
  ],
  examples: [
    ['train recipe.yaml --dry-run', 'what it would take'],
    ['train recipe.yaml', 'a new run'],
    ['train recipe.yaml --resume', 'the same run, where it stopped'],
    [
      'train SLOWFAST_8x8_R50.yaml DATA.PATH_TO_DATA_DIR kinetics NUM_GPUS 1',
      'as PySlowFast trains; what is not carried over is listed',
    ],
  ],
  load: async () => (await import('../train.js')).train,
};
