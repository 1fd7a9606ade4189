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
  ],
  load: async () => (await import('../train.js')).train,
};
