/** @file The declaration of `slowfast evaluate`. */
import type { CommandDeclaration } from '../declaration.js';
import { LABELS, modelGroup } from '../options/model.js';
import { outputGroup, top } from '../options/output.js';
import { RUNTIME_GROUP } from '../options/runtime.js';
import { shardOption } from '../options/shard.js';
import { fraction, positiveNumber } from '../options/values.js';
import { INPUT, LIST_GROUP, SCORING_GROUP } from '../options/video.js';
import { SEGMENT_OPTIONS } from './segment.js';

/** `evaluate`: see its description. */
export const evaluate: CommandDeclaration = {
  name: 'evaluate',
  description: 'score a list of labelled videos: top-1, top-5, per class; mAP for several labels',
  args: [],
  groups: [
    {
      title: 'Task',
      options: [
        {
          flags: '--data <list>',
          description:
            'a list of clips, a folder with a folder for each class, or annotations of skeletons, ntu60_2d.pkl#xsub_val; - is standard input (default: what --config names)',
          names: 'list',
        },
        {
          flags: '--task <name>',
          description:
            'clips; ava (people in boxes) or localisation (segments): --data is the ground truth',
          choices: ['clips', 'ava', 'localisation'],
          default: 'clips',
        },
      ],
    },
    LIST_GROUP,
    modelGroup(),
    { ...SCORING_GROUP, options: [INPUT, ...SCORING_GROUP.options] },
    {
      title: 'Detections (--task ava and localisation)',
      options: [
        {
          flags: '--detections <file>',
          description: 'detections to evaluate, in place of a model',
          names: 'input',
        },
        {
          flags: '--videos <folder>',
          description: 'where the videos are that boxes or ground truth name',
          names: 'folder',
        },
        {
          flags: '--save-detections <file>',
          description: 'write what the model found',
          names: 'output',
        },
      ],
    },
    {
      title: 'Segments (--task localisation)',
      options: [
        { flags: '--subset <name>', description: 'part of the ground truth that counts' },
        ...SEGMENT_OPTIONS,
      ],
    },
    {
      title: 'People in boxes (--task ava)',
      options: [
        { flags: '--exclusions <csv>', description: 'key frames to leave out', names: 'input' },
        {
          flags: '--boxes <csv>',
          description: 'boxes of people with scores, which the model classifies',
          names: 'input',
        },
        {
          flags: '--box-threshold <score>',
          description: 'least score of a box',
          parse: fraction,
          default: 0.8,
        },
        {
          flags: '--per-frame <n>',
          description: 'best detections that count on a key frame (default: all)',
          parse: positiveNumber,
        },
      ],
    },
    RUNTIME_GROUP,
    outputGroup(
      'print one JSON object a video, one a line, and a summary as the last',
      {
        flags: '--results <folder>',
        description: 'keep one result a video there, and take up what is there',
        names: 'folder',
      },
      shardOption('with --results: '),
      top(5, 'predictions to print of each video'),
      LABELS,
    ),
  ],
  examples: [
    ['evaluate --data test.csv --weights SLOWFAST_8x8_R50.pyth', 'a list, as the papers do'],
    [
      'evaluate --data test.csv --weights SLOWFAST_8x8_R50.pyth --results results/',
      'one that may be interrupted and gone on with',
    ],
    [
      'evaluate --data test.csv --weights SLOWFAST_8x8_R50.pyth --results results/ --shard 3/16',
      'a sixteenth of a list; `slowfast merge results/` sums up all of them',
    ],
    [
      'evaluate --config SLOWFAST_8x8_R50.yaml --weights SLOWFAST_8x8_R50.pkl --data test.csv',
      'as a configuration of PySlowFast says, which may name list and weights, too',
    ],
    [
      'evaluate --task ava --data ava_val_v2.2.csv --detections found.csv',
      'detections of people against ground truth',
    ],
    [
      'evaluate --task localisation --data groundtruth.json --subset validation --videos videos/',
      'when classes happen, by the mAP of ActivityNet',
    ],
  ],
  load: async () => (await import('../evaluate.js')).evaluate,
};
