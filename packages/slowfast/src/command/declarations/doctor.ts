/** @file The declaration of `slowfast doctor`. */
import type { CommandDeclaration } from '../declaration.js';
import { outputGroup } from '../options/output.js';
import { seconds } from '../options/values.js';

/** `doctor`: see its description. */
export const doctor: CommandDeclaration = {
  name: 'doctor',
  description: 'show runtimes, decoders and memory, and why something is missing or slow',
  args: [],
  groups: [
    outputGroup('print one JSON object', {
      flags: '--timeout <seconds>',
      description: 'how long a runtime may take to show itself',
      parse: seconds,
      default: 30,
      ownDefault: true,
    }),
  ],
  examples: [['doctor', 'what works on this machine']],
  load: async () => (await import('../doctor.js')).doctor,
};
