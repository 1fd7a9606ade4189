/** @file The declaration of `slowfast describe`. */
import type { CommandDeclaration } from '../declaration.js';
import { DEFAULT_MODEL, VARIANT } from '../options/model.js';
import { outputGroup } from '../options/output.js';
import { positiveNumber } from '../options/values.js';

/** `describe`: see its description. */
export const describe: CommandDeclaration = {
  name: 'describe',
  description: 'show stages, kernels, output sizes and cost of a model',
  args: [
    {
      name: '[model]',
      description: `a name that \`slowfast models\` lists (default: ${DEFAULT_MODEL})`,
      names: 'model',
    },
  ],
  groups: [
    { title: 'Model', options: VARIANT },
    {
      title: 'Plan',
      options: [
        { flags: '--plan', description: 'show how each layer is computed on processors instead' },
        {
          flags: '--tune',
          description: 'with --plan: measure how each layer is fastest here, and remember it',
          ownDefault: true,
        },
        {
          flags: '--threads <n>',
          description: 'with --tune: threads to measure with (default: all)',
          parse: positiveNumber,
          ownDefault: true,
        },
      ],
    },
    outputGroup(
      'print one JSON object',
      {
        flags: '--svg <file>',
        description: 'also draw it: pathways, lateral connections, table, cost',
        names: 'output',
      },
      { flags: '--html <file>', description: 'also draw it as a page', names: 'output' },
    ),
  ],
  examples: [
    ['describe slowfast-8x8-r50 --size 224', "the paper's table for one model"],
    ['describe slowfast-8x8-r50 --svg model.svg', 'the same, drawn'],
    ['describe slowfast-8x8-r50 --plan', 'how each layer is computed'],
  ],
  load: async () => (await import('../describe.js')).describe,
};
