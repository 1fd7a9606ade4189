/** @file The declaration of `slowfast ablate`. */
import type { CommandDeclaration } from '../declaration.js';
import { outputGroup } from '../options/output.js';
import { shardOption } from '../options/shard.js';

/** `ablate`: see its description. */
export const ablate: CommandDeclaration = {
  name: 'ablate',
  description: 'train variants over folds and seeds, and say what is told apart',
  args: [
    {
      name: '<specification>',
      description: 'a YAML or JSON file of variants over a training configuration',
      names: 'input',
    },
  ],
  groups: [
    {
      title: 'Runs',
      options: [
        { flags: '--list', description: 'list the runs and which are done; train nothing' },
        {
          flags: '--report',
          description: 'write table and picture of what is there; train nothing',
        },
        shardOption('of the runs: '),
      ],
    },
    outputGroup('print the summary as one JSON object'),
  ],
  examples: [
    ['ablate laterals.yaml', 'train what has no result yet; interrupted runs go on'],
    ['ablate laterals.yaml --shard 2/8', 'a share of the runs, into the same folder'],
  ],
  load: async () => (await import('../ablate.js')).ablate,
};
