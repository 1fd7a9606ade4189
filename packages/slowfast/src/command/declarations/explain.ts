/** @file The declaration of `slowfast explain`. */
import type { CommandDeclaration, OptionDeclaration } from '../declaration.js';
import { DEFAULT_MODEL, LABELS, modelGroup } from '../options/model.js';
import { outputGroup } from '../options/output.js';
import { ONNX_GROUP } from '../options/runtime.js';
import { distinctWords } from '../options/values.js';
import { VIDEO, VIEWS } from '../options/video.js';

const EXPLAINED_VIEWS: OptionDeclaration = {
  ...VIEWS,
  description:
    'views of the video (default: the clips of the published ones, the middle of each: 10x1)',
  ownDefault: true,
};

/** `explain`: see its description. */
export const explain: CommandDeclaration = {
  name: 'explain',
  description:
    'show where in a video a classifier sees a class, by class-activation maps (Grad-CAM)',
  args: [{ name: '<video>', description: 'a video, or - for standard input', names: 'input' }],
  groups: [
    modelGroup({
      flags: '--model <name>',
      description: `a name that \`slowfast models\` lists (default: ${DEFAULT_MODEL})`,
      names: 'model',
    }),
    {
      title: 'Explanation',
      options: [
        {
          flags: '--class <name>',
          description: 'the class, by name or number (default: the best)',
        },
        {
          flags: '--at <stages>',
          description:
            'stages to look into (default: the last of each pathway, slow.res5,fast.res5)',
          parse: distinctWords,
        },
      ],
    },
    { title: 'Video', options: [EXPLAINED_VIEWS, ...VIDEO] },
    ONNX_GROUP,
    outputGroup(
      'print one JSON object: scores, and where the class is seen most',
      LABELS,
      {
        flags: '--video <file>',
        description: 'write the video under its maps, the stages side by side (.mp4 or .webm)',
        names: 'output',
      },
      {
        flags: '--pictures <folder>',
        description: 'write the frames that the maps stand for as PNG',
        names: 'folder',
      },
    ),
  ],
  examples: [
    ['explain clip.mp4 --video seen.mp4', 'the best class, with the model that comes along'],
    [
      'explain clip.mp4 --class handshake --at slow.res4,slow.res5 --pictures seen/ --json',
      'a class by name, two stages of one pathway',
    ],
  ],
  load: async () => (await import('../explain.js')).explain,
};
