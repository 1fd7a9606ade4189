/** @file The options that say how videos and lists of them are read and scored. */
import type { ClipListFormat } from '@slowfast/video';
import type { OptionDeclaration, OptionGroup } from '../declaration.js';
import { positiveNumber, viewCounts } from './values.js';

/** Which decoder. */
export const DECODER: OptionDeclaration = {
  flags: '--decoder <name>',
  description: 'what decodes videos',
  choices: ['auto', 'node-av', 'ffmpeg'],
  default: 'auto',
};

/** How videos are opened. */
export const VIDEO: readonly OptionDeclaration[] = [
  DECODER,
  {
    flags: '--rotation <what>',
    description: 'whether to turn frames as a file asks for',
    choices: ['apply', 'ignore'],
    default: 'apply',
  },
  { flags: '--strict', description: 'fail on damaged videos instead of using what decodes' },
];

/** Views a run. */
export const BATCH: OptionDeclaration = {
  flags: '--batch <n>',
  description: 'views a run',
  parse: positiveNumber,
  default: 1,
};

/** What a model sees, where weights do not show it. */
export const INPUT: OptionDeclaration = {
  flags: '--input <what>',
  description: 'weights are of a model that sees joints of people (pose) or limbs',
  choices: ['pose', 'limbs'],
};

/** How many views. */
export const VIEWS: OptionDeclaration = {
  flags: '--views <clips>x<crops>',
  description: 'views of each video (default: as the model was published, 10x3)',
  parse: viewCounts,
};

/** How videos are opened and scored. */
export const SCORING_GROUP: OptionGroup = {
  title: 'Video',
  options: [VIEWS, BATCH, ...VIDEO],
};

const LIST_FORMATS: readonly ClipListFormat[] = [
  'path-label',
  'kinetics',
  'charades',
  'charades-csv',
  'something-something',
];

/** How a list of clips is read. */
export const LIST_GROUP: OptionGroup = {
  title: 'List',
  options: [
    {
      flags: '--format <name>',
      description: 'of the list (default: told by its beginning)',
      choices: LIST_FORMATS,
      ownDefault: true,
    },
    {
      flags: '--separator <what>',
      description: 'between path and label',
      choices: ['auto', 'space', 'comma'],
    },
    {
      flags: '--prefix <folder>',
      description: "folder that paths are relative to (default: the list's)",
      names: 'folder',
    },
    { flags: '--root <folder>', description: 'refuse paths outside this folder', names: 'folder' },
    { flags: '--split <name>', description: 'lines of this split alone (Kinetics CSV)' },
    {
      flags: '--pattern <path>',
      description:
        'path of a video, such as {id}.mp4 (Kinetics CSV, Charades, Something-Something)',
    },
    {
      flags: '--pictures <file>',
      description: 'frame list of PySlowFast with the pictures of the clips (Something-Something)',
      names: 'list',
    },
    { flags: '--multi-label', description: 'clips may have any number of classes' },
  ],
};
