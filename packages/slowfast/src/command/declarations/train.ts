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
      description: 'the recipe; paths in it are relative to it',
      names: 'input',
    },
  ],
  groups: [
    {
      title: 'Run',
      options: [
        { flags: '--resume', description: 'go on from the last checkpoint in the output folder' },
      ],
    },
    outputGroup('print one JSON object at the end'),
  ],
  examples: [
    ['train recipe.yaml', 'a new run'],
    ['train recipe.yaml --resume', 'the same run, where it stopped'],
  ],
  load: async () => (await import('../train.js')).train,
};
