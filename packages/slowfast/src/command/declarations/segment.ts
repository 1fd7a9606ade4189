/** @file The declaration of `slowfast segment`. */
import type { CommandDeclaration, OptionDeclaration } from '../declaration.js';
import { LABELS, modelGroup } from '../options/model.js';
import { outputGroup } from '../options/output.js';
import { RUNTIME_GROUP } from '../options/runtime.js';
import { shardOption } from '../options/shard.js';
import { duration, fraction, seconds, wordsAmong } from '../options/values.js';
import { BATCH, VIDEO } from '../options/video.js';

/** How segments are found. */
export const SEGMENT_OPTIONS: readonly OptionDeclaration[] = [
  {
    flags: '--every <seconds>',
    description: 'from one window to the next; a window is as long as a clip of the model',
    parse: seconds,
    default: 0.5,
  },
  {
    flags: '--threshold <score>',
    description: 'that a segment has to reach',
    parse: fraction,
    default: 0.5,
  },
  {
    flags: '--low <score>',
    description: 'down to which a segment reaches (default: half of the threshold)',
    parse: fraction,
  },
  {
    flags: '--grouping <how>',
    description:
      'hysteresis (stretches above --low that reach --threshold), or watershed (of several levels what stands out)',
    choices: ['hysteresis', 'watershed'],
    default: 'hysteresis',
  },
  {
    flags: '--smooth <seconds>',
    description: 'standard deviation of the smoothing of scores over time',
    parse: duration,
    default: 0,
  },
  {
    flags: '--shortest <seconds>',
    description: 'leave shorter segments out',
    parse: duration,
    default: 0,
  },
  {
    flags: '--overlap <iou>',
    description: 'temporal IoU above which the lower of two segments of a class is left out',
    parse: fraction,
    default: 0.4,
  },
];

/** `segment`: see its description. */
export const segment: CommandDeclaration = {
  name: 'segment',
  description: 'say when classes happen: start, end, class, score',
  args: [
    {
      name: '<video...>',
      description:
        'videos, or folders with videos (links followed once, hidden files left out); - is standard input',
      names: 'input',
    },
  ],
  groups: [
    modelGroup(),
    { title: 'Segments', options: SEGMENT_OPTIONS },
    { title: 'Video', options: [{ ...BATCH, description: 'windows a run' }, ...VIDEO] },
    RUNTIME_GROUP,
    outputGroup(
      'print one JSON object a video, one a line',
      {
        flags: '-o, --output <folder>',
        description: 'where to write files for each video; folders that were named are mirrored',
        names: 'folder',
      },
      {
        flags: '--format <names>',
        description:
          'of the files: json, csv, srt and vtt (subtitles), svg (a picture of the scores)',
        parse: wordsAmong(['json', 'csv', 'srt', 'vtt', 'svg']),
        default: ['json', 'svg'],
        defaultText: 'json,svg',
        ownDefault: true,
      },
      LABELS,
      shardOption(),
    ),
  ],
  examples: [
    ['segment match.mp4', 'start, end, class and score of each segment'],
    [
      'segment videos/ --weights SLOWFAST_8x8_R50.pyth -o segments/ --format srt,svg',
      'subtitles for a player and a picture of the scores',
    ],
  ],
  load: async () => (await import('../segment.js')).segment,
};
