/** @file The declaration of `slowfast joints`. */
import type { CommandDeclaration } from '../declaration.js';
import { outputGroup } from '../options/output.js';
import { shardOption } from '../options/shard.js';
import { VIDEO } from '../options/video.js';

/** `joints`: see its description. */
export const joints: CommandDeclaration = {
  name: 'joints',
  description: 'find the joints of the people in videos, frame by frame, as files to train on',
  args: [
    {
      name: '<video...>',
      description: 'videos or folders with videos',
      names: 'input',
    },
  ],
  groups: [
    { title: 'Video', options: [...VIDEO, shardOption()] },
    outputGroup('print one JSON object a video', {
      flags: '-o, --output <folder>',
      description: 'folder for a .json file each, made if it is not there',
      names: 'folder',
      isRequired: true,
    }),
  ],
  examples: [
    [
      'joints clips/ -o joints/',
      'every frame of every video, once `slowfast pull movenet-multipose` has fetched MoveNet',
    ],
    ['joints clip.mp4 -o joints/ --json', 'one, and what was found'],
  ],
  load: async () => (await import('../joints.js')).joints,
};
