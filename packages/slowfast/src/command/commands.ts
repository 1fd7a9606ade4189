/** @file All commands, as they stand in the help. */
import type { CommandDeclaration } from './declaration.js';
import { ablate } from './declarations/ablate.js';
import { classify } from './declarations/classify.js';
import { cache } from './declarations/cache.js';
import { completion } from './declarations/completion.js';
import { convert } from './declarations/convert.js';
import { dataCheck } from './declarations/data-check.js';
import { describe } from './declarations/describe.js';
import { detect } from './declarations/detect.js';
import { doctor } from './declarations/doctor.js';
import { evaluate } from './declarations/evaluate.js';
import { explain } from './declarations/explain.js';
import { exportModel } from './declarations/export.js';
import { features } from './declarations/features.js';
import { joints } from './declarations/joints.js';
import { merge } from './declarations/merge.js';
import { models } from './declarations/models.js';
import { pull } from './declarations/pull.js';
import { segment } from './declarations/segment.js';
import { serve } from './declarations/serve.js';
import { queue } from './declarations/queue.js';
import { studio } from './declarations/studio.js';
import { train } from './declarations/train.js';
import { watch } from './declarations/watch.js';

/** Commands under what they are for. */
export const COMMAND_GROUPS: readonly {
  readonly title: string;
  readonly commands: readonly CommandDeclaration[];
}[] = [
  { title: 'Videos', commands: [classify, segment, detect, watch, features, explain] },
  { title: 'Models', commands: [models, pull, describe, convert, exportModel] },
  { title: 'Training', commands: [train, ablate, evaluate, merge, dataCheck, joints] },
  { title: 'Other machines', commands: [serve, ...queue] },
  { title: 'This machine', commands: [studio, doctor, cache, completion] },
];

/** What commands that have commands are for. */
export const PARENTS: Readonly<Record<string, string>> = {
  data: 'look after lists of clips',
  queue: 'share the videos of a list among machines, by way of Redis or Valkey',
  'queue add': 'add a run: what a command does, with all of its videos',
};

/** Every command. */
export const COMMANDS: readonly CommandDeclaration[] = COMMAND_GROUPS.flatMap(
  ({ commands }) => commands,
);
