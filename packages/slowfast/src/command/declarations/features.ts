/** @file The declaration of `slowfast features`. */
import type { FeatureReader } from '../../features/layouts.js';
import type { CommandDeclaration } from '../declaration.js';
import { DEFAULT_MODEL, modelGroup } from '../options/model.js';
import { outputGroup } from '../options/output.js';
import { ONNX_GROUP } from '../options/runtime.js';
import { shardOption } from '../options/shard.js';
import { MOST } from '../options/bounds.js';
import { distinctWords, frameRate, positiveNumber, positiveUpTo } from '../options/values.js';
import { BATCH, VIDEO } from '../options/video.js';

/** Named here, too, so that help does not load what they are. */
const READERS = ['actionformer', 'moment-detr', 'vsgn'] as const satisfies readonly FeatureReader[];

/** What `--for` decides where it is given. */
export const FEATURE_DEFAULTS = {
  window: 32,
  stride: 16,
  fps: 30,
  pool: 'mean',
  format: 'npz',
} as const;

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
          parse: positiveUpTo(MOST.frames),
          default: FEATURE_DEFAULTS.window,
        },
        {
          flags: '--stride <frames>',
          description: 'distance of windows',
          parse: positiveNumber,
          default: FEATURE_DEFAULTS.stride,
        },
        {
          flags: '--fps <rate>',
          description: 'frame rate that windows are counted in',
          parse: frameRate,
          default: FEATURE_DEFAULTS.fps,
        },
        {
          flags: '--pool <how>',
          description: 'mean over time and space, or none: whole maps',
          choices: ['mean', 'none'],
          default: FEATURE_DEFAULTS.pool,
        },
        {
          flags: '--for <reader>',
          description:
            'windows and files as this network reads them: actionformer (.npz with feats), moment-detr (.npz with features), vsgn (one rgb.h5, by the package h5wasm)',
          choices: READERS,
          ownDefault: true,
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
        default: FEATURE_DEFAULTS.format,
        ownDefault: true,
      },
      shardOption(),
    ),
  ],
  examples: [
    ['features videos/ -o features/', 'one .npz a video, in the same folders'],
    [
      'features videos/ --weights SLOWFAST_8x8_R50.pyth --for actionformer -o features/',
      'what ActionFormer trains on: 2304 numbers a window',
    ],
    [
      'features clip.mp4 --weights SLOWFAST_8x8_R50.pyth --at slow.res5,fast.res5 --pool none -o out/',
      'whole maps of two stages',
    ],
  ],
  load: async () => (await import('../features.js')).features,
};
