/** @file The declarations of `slowfast queue …`. */
import type { CommandDeclaration, OptionDeclaration, OptionGroup } from '../declaration.js';
import { longName } from '../declaration.js';
import { outputGroup } from '../options/output.js';
import { ONNX_GROUP } from '../options/runtime.js';
import { port, positiveNumber, seconds } from '../options/values.js';
import { classify } from './classify.js';
import { detect } from './detect.js';
import { evaluate } from './evaluate.js';
import { features } from './features.js';
import { SEGMENT_OPTIONS } from './segment.js';

const QUEUE: readonly OptionDeclaration[] = [
  {
    flags: '--redis <url>',
    description:
      'server: redis://[user:password@]host[:port][/db], rediss:// for TLS (default: SLOWFAST_REDIS)',
  },
  {
    flags: '--queue <name>',
    description: 'of several on one server',
    default: 'videos',
    ownDefault: true,
  },
];

const RESULTS: OptionDeclaration = {
  flags: '--results <folder>',
  description: 'where results are kept: storage that all machines share, wherever each has it',
  names: 'folder',
  isRequired: true,
};

const ADD_GROUP: OptionGroup = {
  title: 'Queue',
  options: [
    ...QUEUE,
    RESULTS,
    {
      flags: '--per-job <n>',
      description: 'videos a job',
      parse: positiveNumber,
      default: 32,
    },
    {
      flags: '--open-jobs <n>',
      description: 'jobs on the server at any time; at least twice the workers',
      parse: positiveNumber,
      default: 1024,
    },
  ],
};

/** Options of commands that mean nothing, or something else, for a run that machines share. */
const LEFT_OUT = new Set([
  ...['results', 'shard', 'json', 'detections', 'save-detections'],
  ...['provider', 'backend', 'threads', 'jobs', 'lowering', 'tune'],
]);

function addition(
  command: CommandDeclaration,
  leftOut: readonly string[],
  example: string,
  description: string,
): CommandDeclaration {
  const isKept = (option: OptionDeclaration): boolean => {
    const name = longName(option);
    return !LEFT_OUT.has(name) && !leftOut.includes(name);
  };
  const groups = command.groups
    .map(({ title, options }) => ({ title, options: options.filter(isKept) }))
    .filter(({ options }) => options.length > 0);
  const declaration: CommandDeclaration = {
    name: `queue add ${command.name}`,
    description,
    args: command.args.map((arg) =>
      arg.names === 'input' ? { ...arg, name: '<video...>', description: VIDEOS } : arg,
    ),
    groups: [ADD_GROUP, ...groups, outputGroup('print one JSON object')],
    examples: [[`queue add ${command.name} ${example}`, 'the name of the run, at once']],
    load: async () => {
      const { addOf } = await import('../queue/add.js');
      return addOf(command.name as 'evaluate', declaration);
    },
  };
  return declaration;
}

const VIDEOS =
  'videos on shared storage, folders with videos, or addresses: https://host/clip.mp4, s3://bucket/clip.mp4';

const RUN = (name: string) => ({ name, description: 'name of a run, as `queue add` prints it' });
const JSON_GROUP = outputGroup('print one JSON object a run, one a line');

function ofRuns(
  name: 'status' | 'watch' | 'cancel' | 'retry',
  argument: string,
  description: string,
  example: string,
): CommandDeclaration {
  return {
    name: `queue ${name}`,
    description,
    args: [RUN(argument)],
    groups: [{ title: 'Queue', options: QUEUE }, JSON_GROUP],
    examples: [[`queue ${name}${example}`, description]],
    load: async () => (await import('../queue/runs.js'))[name],
  };
}

const AT = '--redis redis://head:6379 --results /shared/results';

/** `queue …`: see their descriptions. */
export const queue: readonly CommandDeclaration[] = [
  addition(
    evaluate,
    ['top', 'subset', ...SEGMENT_OPTIONS.map(longName)],
    `--data test.csv --weights SLOWFAST_8x8_R50.pyth ${AT}`,
    'add the evaluation of a list',
  ),
  addition(classify, [], `/shared/videos ${AT}`, 'add the classification of videos'),
  addition(features, [], `/shared/videos -o /shared/features ${AT}`, 'add features of videos'),
  addition(
    detect,
    ['output', 'video'],
    `/shared/street.mp4 --weights SLOWFAST_8x8_R50_DETECTION.pyth ${AT}`,
    'add the detection of actions in videos',
  ),
  {
    name: 'queue work',
    description:
      'do what is in a queue, on any number of machines; Ctrl-C finishes the video in hand',
    args: [],
    groups: [
      {
        title: 'Queue',
        options: [
          ...QUEUE,
          RESULTS,
          { flags: '--until-empty', description: 'end when nothing is left, instead of waiting' },
          {
            flags: '--lock <seconds>',
            description: 'after which a job whose worker does not answer goes to another',
            parse: seconds,
            default: 30,
          },
          {
            flags: '--metrics-port <n>',
            description: "serve numbers in Prometheus' text form at /metrics",
            parse: port,
          },
          {
            flags: '--metrics-host <address>',
            description: 'where; 0.0.0.0 for all of the network',
            default: '127.0.0.1',
          },
        ],
      },
      ONNX_GROUP,
      outputGroup('print one JSON object an event, one a line'),
    ],
    examples: [
      ['queue work --redis redis://head:6379 --results /shared/results', 'one worker of many'],
      [
        'queue work --redis redis://head:6379 --results /shared/results --threads 4 --until-empty --metrics-port 9464',
        'one that ends with the queue, and is watched',
      ],
    ],
    endsItself: true,
    load: async () => (await import('../queue/work.js')).work,
  },
  ofRuns('status', '[run]', 'show how far runs are', ''),
  ofRuns('watch', '[run]', 'tell how far a run is until it ends', ''),
  ofRuns('cancel', '<run>', 'end a run; what is done stays', ' 5f0c6c1d2a3b4e5f'),
  ofRuns('retry', '<run>', 'do what failed again', ' 5f0c6c1d2a3b4e5f'),
];
