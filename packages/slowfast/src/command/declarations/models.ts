/** @file The declaration of `slowfast models`. */
import type { CommandDeclaration } from '../declaration.js';
import { outputGroup } from '../options/output.js';
import { percent } from '../options/values.js';

/** `models`: see its description. */
export const models: CommandDeclaration = {
  name: 'models',
  description: 'list the models by name, with cost and published accuracy on Kinetics-400',
  args: [],
  groups: [
    {
      title: 'Published weights',
      options: [
        { flags: '--published', description: 'list weights by name in place of models' },
        {
          flags: '--dataset <name>',
          description: 'of this data set: kinetics400, ssv2, K700, …',
          ownDefault: true,
        },
        {
          flags: '--min-top1 <percent>',
          description: 'with at least this published accuracy',
          parse: percent,
        },
      ],
    },
    outputGroup('print one JSON object a model, one a line'),
  ],
  examples: [
    ['models', 'the table of models'],
    [
      'models --published --dataset kinetics400 --min-top1 77',
      'weights that --weights takes by name',
    ],
  ],
  load: async () => (await import('../models.js')).models,
};
