/** @file The declaration of `slowfast serve`. */
import type { CommandDeclaration } from '../declaration.js';
import { DEFAULT_MODEL, LABELS, VARIANT, WEIGHTS } from '../options/model.js';
import { outputGroup } from '../options/output.js';
import { ONNX_GROUP } from '../options/runtime.js';
import { distinctWords, port, positiveNumber, seconds, wholeNumber } from '../options/values.js';

/** `serve`: see its description. */
export const serve: CommandDeclaration = {
  name: 'serve',
  description: 'answer over HTTP: KServe v2 (as Triton) for tensors, and whole videos',
  args: [
    {
      name: '[model]',
      description: `a name that \`slowfast models\` lists, or an .onnx file (default: ${DEFAULT_MODEL})`,
      names: 'model',
    },
  ],
  groups: [
    { title: 'Model', options: [...WEIGHTS, ...VARIANT, LABELS] },
    {
      title: 'Beside it',
      options: [
        {
          flags: '--features <places>',
          description: 'what /features gives: head, stages such as slow.res5,fast.res5, or none',
          parse: distinctWords,
          default: ['head'],
          defaultText: 'head',
        },
        {
          flags: '--detector <name>',
          description: 'a model for /detect by name, or an .onnx file',
          names: 'model',
        },
        {
          flags: '--detector-weights <file>',
          description: 'its weights, as --weights',
          names: 'input',
        },
      ],
    },
    {
      title: 'Server',
      options: [
        {
          flags: '--host <address>',
          description: 'to listen on; 0.0.0.0 is all of this machine',
          default: '127.0.0.1',
        },
        {
          flags: '--port <n>',
          description: 'to listen on; 0 is one that is free',
          parse: port,
          default: 8000,
        },
        {
          flags: '--name <name>',
          description: 'of the model in /v2/models (default: its own)',
        },
        {
          flags: '--api-keys <file>',
          description: 'keys, one a line, one of which each request needs (or SLOWFAST_API_KEYS)',
          names: 'input',
        },
        {
          flags: '--origin <url>',
          description: 'of a page that may ask; again for more',
          isRepeatable: true,
          default: [],
          defaultText: 'none',
        },
        {
          flags: '--fetch-from <host>',
          description: 'where videos may be fetched from; again for more; * for all that is public',
          isRepeatable: true,
          default: [],
          defaultText: 'none',
        },
      ],
    },
    {
      title: 'Bounds',
      options: [
        {
          flags: '--max-batch <n>',
          description: 'clips that are run at once at most',
          parse: positiveNumber,
          default: 8,
        },
        {
          flags: '--batch-delay <ms>',
          description: 'that a clip may wait for others to run with',
          parse: wholeNumber,
          default: 5,
        },
        {
          flags: '--max-requests <n>',
          description: 'requests of tensors in hand; more are told to come again',
          parse: positiveNumber,
          default: 64,
        },
        {
          flags: '--videos <n>',
          description: 'videos at work at once',
          parse: positiveNumber,
          default: 1,
        },
        {
          flags: '--queue <n>',
          description: 'videos that wait at most',
          parse: wholeNumber,
          default: 16,
        },
        {
          flags: '--max-video <MiB>',
          description: 'size of a video at most',
          parse: positiveNumber,
          default: 512,
        },
        {
          flags: '--time-limit <seconds>',
          description: 'that a request may take, waiting included',
          parse: seconds,
          default: 600,
        },
        {
          flags: '--grace <seconds>',
          description: 'that what is in hand may take after SIGTERM or Ctrl-C',
          parse: seconds,
          default: 25,
        },
      ],
    },
    ONNX_GROUP,
    outputGroup('print one JSON object when it listens'),
  ],
  examples: [
    ['serve', 'the model that comes along, on http://127.0.0.1:8000'],
    [
      'serve --weights SLOWFAST_8x8_R50.pyth --host 0.0.0.0 --api-keys keys.txt',
      'a checkpoint, for other machines',
    ],
    [
      'serve model.onnx --name actions --max-batch 16',
      'an exported model, at /v2/models/actions/infer',
    ],
  ],
  endsItself: true,
  load: async () => (await import('../serve.js')).serve,
};
