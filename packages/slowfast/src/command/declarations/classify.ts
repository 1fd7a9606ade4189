/** @file The declaration of `slowfast classify`. */
import type { CommandDeclaration } from '../declaration.js';
import { LABELS, modelGroup } from '../options/model.js';
import { outputGroup, top } from '../options/output.js';
import { RUNTIME_GROUP } from '../options/runtime.js';
import { shardOption } from '../options/shard.js';
import { INPUT, SCORING_GROUP } from '../options/video.js';

/** `classify`: see its description. */
export const classify: CommandDeclaration = {
  name: 'classify',
  description: 'score videos with a classifier',
  args: [
    {
      name: '<file...>',
      description:
        'videos, or folders with videos (links followed once, hidden files left out); - is standard input; for models of skeletons also .json files of joints and clips of annotations, ntu60_2d.pkl#NAME',
      names: 'input',
    },
  ],
  groups: [
    modelGroup(),
    { ...SCORING_GROUP, options: [INPUT, ...SCORING_GROUP.options] },
    RUNTIME_GROUP,
    outputGroup('print one JSON object a video, one a line', top(5), LABELS, shardOption()),
  ],
  examples: [
    ['classify clip.mp4', 'with the model that comes along'],
    [
      'classify videos/ --weights SLOWFAST_8x8_R50.pyth --views 3x1 --json',
      'a folder, a published model, three views each',
    ],
    ['classify - < clip.mp4', 'a video from standard input'],
  ],
  load: async () => (await import('../classify.js')).classify,
};
