/** @file The declaration of `slowfast detect`. */
import type { CommandDeclaration } from '../declaration.js';
import { LABELS, modelGroup } from '../options/model.js';
import { outputGroup, top } from '../options/output.js';
import { ONNX_GROUP } from '../options/runtime.js';
import { shardOption } from '../options/shard.js';
import { fraction, positiveNumber, seconds, wholeNumber } from '../options/values.js';
import { DECODER } from '../options/video.js';

/** `detect`: see its description. */
export const detect: CommandDeclaration = {
  name: 'detect',
  description: 'find what the people in videos do, by key frame, as JSON and as a video',
  args: [
    {
      name: '<video...>',
      description:
        'videos, folders with videos, or - for standard input; of several a line of JSON each',
      names: 'input',
    },
  ],
  groups: [
    modelGroup({
      flags: '--model <name>',
      description:
        'a model for people in boxes, or an .onnx file (default: that of --weights; trained ones are in the ' +
        'model zoos of PySlowFast and PyTorchVideo, by the name AVA, none comes along)',
      names: 'model',
    }),
    {
      title: 'People',
      options: [
        {
          flags: '--people <where>',
          description:
            'a folder with movenet-multipose, or whole-frame: one person who fills it (default: MoveNet, where it is installed)',
        },
        {
          flags: '--boxes <file>',
          description: 'boxes of people: .csv as AVA has it, or .json',
          names: 'input',
        },
        {
          flags: '--first-second <n>',
          description: 'second that a .csv calls the beginning (AVA: 900)',
          parse: wholeNumber,
          default: 0,
        },
        {
          flags: '--detector <file>',
          description: 'an .onnx file that finds people: YOLO, RT-DETR, DETR, torchvision',
          names: 'input',
        },
        {
          flags: '--adapter <file>',
          description: 'JSON that says how another detector takes frames and gives boxes',
          names: 'input',
        },
        {
          flags: '--box-threshold <score>',
          description:
            'least score of a box (default: 0.2 for MoveNet, 0.5 for YOLO and RT-DETR, else 0.8)',
          parse: fraction,
        },
      ],
    },
    {
      title: 'Video',
      options: [
        {
          flags: '--every <seconds>',
          description: 'from key frame to key frame',
          parse: seconds,
          default: 1,
        },
        { flags: '--every-frames <n>', description: 'the same in frames', parse: positiveNumber },
        DECODER,
      ],
    },
    ONNX_GROUP,
    outputGroup(
      'print JSON, which it does anyway',
      top(5, 'actions a person'),
      {
        flags: '--min-score <score>',
        description: 'least score of an action',
        parse: fraction,
        default: 0.1,
      },
      LABELS,
      {
        flags: '-o, --output <file>',
        description: 'write the JSON here instead of printing it',
        names: 'output',
      },
      {
        flags: '--video <file>',
        description: 'write the video with boxes and actions (.mp4 or .webm)',
        names: 'output',
      },
      {
        flags: '--results <folder>',
        description: 'keep the lines there, too, where `slowfast merge` finds those of all shards',
        names: 'folder',
      },
      shardOption(),
    ),
  ],
  examples: [
    [
      'detect street.mp4 --weights SLOWFAST_32x2_R101_50_50.pkl --boxes people.csv --video seen.mp4',
      'actions of people in given boxes, and a video that shows them',
    ],
    [
      'detect street.mp4 --weights SLOWFAST_8x8_R50_DETECTION.pyth -o actions.json',
      'people found by MoveNet, once `slowfast pull movenet-multipose` has fetched it',
    ],
    [
      'detect street.mp4 --weights SLOWFAST_8x8_R50_DETECTION.pyth --detector yolo11n.onnx -o actions.json',
      'people found by another detector',
    ],
    [
      'detect videos/ --weights SLOWFAST_8x8_R50_DETECTION.pyth --results results/ --shard 3/16',
      'a sixteenth of many videos; `slowfast merge results/` prints all of them',
    ],
  ],
  load: async () => (await import('../detect.js')).detect,
};
