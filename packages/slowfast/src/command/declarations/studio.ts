/** @file The declaration of `slowfast studio`. */
import type { CommandDeclaration } from '../declaration.js';
import { outputGroup } from '../options/output.js';
import { port } from '../options/values.js';

/** `studio`: see its description. */
export const studio: CommandDeclaration = {
  name: 'studio',
  description: 'a page that composes, draws, tries, compares and trains, on this machine alone',
  args: [
    {
      name: '[files...]',
      description: '.onnx files and checkpoints to offer there, beside fetched weights',
      names: 'input',
    },
  ],
  groups: [
    {
      title: 'Server',
      options: [
        {
          flags: '--port <n>',
          description: 'of 127.0.0.1 to listen on; 0 is one that is free',
          parse: port,
          default: 8500,
          ownDefault: true,
        },
      ],
    },
    outputGroup('print one JSON object when it listens'),
  ],
  examples: [
    ['studio', 'open the address that it prints'],
    ['studio model.onnx SLOWFAST_8x8_R50.pyth', 'with models of your own'],
  ],
  endsItself: true,
  load: async () => (await import('../studio.js')).studio,
};
