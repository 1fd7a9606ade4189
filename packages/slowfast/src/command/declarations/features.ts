/** @file The declaration of `slowfast features`. */
import type { CommandDeclaration } from '../declaration.js';
import { DEFAULT_MODEL, modelGroup } from '../options/model.js';
import { outputGroup } from '../options/output.js';
import { ONNX_GROUP } from '../options/runtime.js';
import { shardOption } from '../options/shard.js';
import { distinctWords, frameRate, positiveNumber } from '../options/values.js';
import { BATCH, VIDEO } from '../options/video.js';

/** `features`: see its description. */
export const features: CommandDeclaration = {
  name: 'features',
  description: 'write features of sliding windows of videos',
  args: [
    {
      name: '<video...>',
      description:
        'videos, or folders with videos (links followed once, hidden files left out); - is standard input',
      names: 'input',
    },
  ],
  groups: [
    modelGroup({
      flags: '--model <name>',
      description: `a name that \`slowfast models\` lists (default: ${DEFAULT_MODEL})`,
      names: 'model',
    }),
    {
      title: 'Features',
      options: [
        {
          flags: '--at <places>',
          description: 'head (what the classifier reads) or stages such as slow.res5,fast.res5',
          parse: distinctWords,
          default: ['head'],
          defaultText: 'head',
        },
        {
          flags: '--window <frames>',
          description: 'length of a window',
          parse: positiveNumber,
          default: 32,
        },
        {
          flags: '--stride <frames>',
          description: 'distance of windows',
          parse: positiveNumber,
          default: 16,
        },
        {
          flags: '--fps <rate>',
          description: 'frame rate that windows are counted in',
          parse: frameRate,
          default: 30,
        },
        {
          flags: '--pool <how>',
          description: 'mean over time and space, or none: whole maps',
          choices: ['mean', 'none'],
          default: 'mean',
        },
      ],
    },
    { title: 'Video', options: [{ ...BATCH, description: 'windows a run' }, ...VIDEO] },
    ONNX_GROUP,
    outputGroup(
      'print one JSON object a video, one a line',
      {
        flags: '-o, --output <folder>',
        description: 'where to write one file a video; folders that were named are mirrored',
        names: 'folder',
        isRequired: true,
      },
      {
        flags: '--format <name>',
        description: 'of the files',
        choices: ['npz', 'npy', 'safetensors'],
        default: 'npz',
        ownDefault: true,
      },
      shardOption(),
    ),
  ],
  examples: [
    ['features videos/ -o features/', 'one .npz a video, in the same folders'],
    [
      'features clip.mp4 --weights SLOWFAST_8x8_R50.pyth --at slow.res5,fast.res5 --pool none -o out/',
      'whole maps of two stages',
    ],
  ],
  load: async () => (await import('../features.js')).features,
};
