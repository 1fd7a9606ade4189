/** @file The declaration of `slowfast cache`. */
import type { CommandDeclaration } from '../declaration.js';
import { outputGroup } from '../options/output.js';

/** `cache`: see its description. */
export const cache: CommandDeclaration = {
  name: 'cache',
  description:
    'list the published weights that were fetched and the models arranged for this processor, or clear them',
  args: [{ name: '[action]', description: 'list (default) or clear', choices: ['list', 'clear'] }],
  groups: [outputGroup('print one JSON object an entry, one a line')],
  examples: [
    ['cache', 'what is there, and where'],
    ['cache clear', 'remove it'],
  ],
  load: async () => (await import('../cache.js')).cache,
};
