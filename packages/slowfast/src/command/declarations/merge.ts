/** @file The declaration of `slowfast merge`. */
import type { CommandDeclaration } from '../declaration.js';
import { outputGroup } from '../options/output.js';

/** `merge`: see its description. */
export const merge: CommandDeclaration = {
  name: 'merge',
  description: 'bring the shards of a run together, or name the videos that are missing or double',
  args: [
    {
      name: '<results...>',
      description: 'folders that --results named: one for all shards, or one a machine',
      names: 'folder',
    },
  ],
  groups: [
    {
      title: 'Run',
      options: [{ flags: '--run <id>', description: 'which, where the folders hold several' }],
    },
    outputGroup('print one JSON object: the summary, or what is missing and double'),
  ],
  examples: [
    [
      'merge results/',
      'what one run over the whole list prints: its summary, or the lines of `detect`',
    ],
    ['merge node-*/results --json', 'of machines that share no storage'],
  ],
  load: async () => (await import('../merge.js')).merge,
};
