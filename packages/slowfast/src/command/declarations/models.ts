/** @file The declaration of `slowfast models`. */
import type { CommandDeclaration } from '../declaration.js';
import { outputGroup } from '../options/output.js';

/** `models`: see its description. */
export const models: CommandDeclaration = {
  name: 'models',
  description: 'list the models by name, with cost and published accuracy on Kinetics-400',
  args: [],
  groups: [outputGroup('print one JSON object a model, one a line')],
  examples: [['models', 'the table of models']],
  load: async () => (await import('../models.js')).models,
};
