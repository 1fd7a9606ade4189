/** @file The declaration of `slowfast pull`. */
import type { CommandDeclaration } from '../declaration.js';
import { OFFLINE } from '../options/model.js';
import { outputGroup } from '../options/output.js';

/** `pull`: see its description. */
export const pull: CommandDeclaration = {
  name: 'pull',
  description: 'fetch published weights into the cache, checked and converted to safetensors',
  args: [
    {
      name: '<name...>',
      description:
        'names that `slowfast models --published` lists, https://…, hf:owner/repo/file, or movenet-multipose, which finds people',
    },
  ],
  groups: [
    {
      title: 'Trust',
      options: [
        {
          flags: '--lock <file>',
          description: "the lock file with hash and size of each (default: the cache's)",
          names: 'output',
        },
        { flags: '--frozen', description: 'take nothing that the lock file does not name' },
        { flags: '--update', description: 'fetch anew, and lock what comes' },
        OFFLINE,
      ],
    },
    outputGroup('print one JSON object a name, one a line', {
      flags: '--keep',
      description: 'keep the file as it was published, too',
    }),
  ],
  examples: [
    ['pull kinetics400', 'the best for Kinetics-400'],
    ['pull movenet-multipose', 'the detector of people that `detect` uses'],
    ['pull pyslowfast/slowfast-8x8-r50 --lock weights.lock.json', 'with a lock file of your own'],
    ['pull pyslowfast/slowfast-8x8-r50 --lock weights.lock.json --frozen', 'the same bytes again'],
  ],
  load: async () => (await import('../pull.js')).pull,
};
