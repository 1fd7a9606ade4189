/** @file `slowfast evaluate --task ava`: frame mAP of detections, from a file or found in videos. */
import { isMediaError } from '@slowfast/core';
import { AvaTableBuilder, evaluateAva, type AvaTable } from '@slowfast/evaluation';
import { toEnd } from '../classify/in-order.js';
import { defined } from '../defined.js';
import { readAvaFile, readExclusionFile, writeAvaFile } from '../evaluate/ava.js';
import {
  addPeople,
  boxScorer,
  listedPeople,
  type BoxScorer,
  type PeopleBySecond,
} from '../evaluate/ava-people.js';
import { weightsIdentity } from '../evaluate/settings.js';
import { fileHash } from '../files/file-hash.js';
import { namedVideos } from '../files/named-videos.js';
import { avaHashes, avaRun, peopleResult, type AvaAbout } from '../shards/ava-run.js';
import { writeShard, type Outcome } from '../shards/run.js';
import { shardRows, shardText, type Shard } from '../shards/shard.js';
import { avaExit, avaText } from './ava-text.js';
import { compileOptions, type RuntimeFlags } from './compile.js';
import { errorText, EXIT, UsageError } from './exit.js';
import { variantOptions, type ModelFlags } from './model-options.js';
import { progressLine } from './progress.js';
import { resultsShard, type ShardFlags } from './shard.js';
import type { Terminal } from './terminal.js';

/** What the options of the declarations parse to; `data` is the ground truth. */
export interface AvaFlags extends ModelFlags, RuntimeFlags, ShardFlags {
  readonly data: string;
  readonly exclusions?: string;
  readonly detections?: string;
  readonly boxes?: string;
  readonly videos?: string;
  readonly boxThreshold: number;
  readonly saveDetections?: string;
  readonly perFrame?: number;
  readonly results?: string;
  readonly json?: boolean;
}

/** The flags of an evaluation of a model. */
export interface AvaModelFlags extends AvaFlags {
  readonly boxes: string;
  readonly videos: string;
}

/** Evaluates by AVA's protocol and prints the mean and every class. */
export async function evaluateAvaTask(flags: AvaFlags, terminal: Terminal): Promise<number> {
  if ((flags.detections !== undefined) === isOfModel(flags)) {
    throw new UsageError('--task ava: expected --detections, or --boxes and --videos');
  }
  if (flags.detections !== undefined && flags.shard) {
    throw new UsageError('--shard: expected --boxes and --videos beside it, not --detections');
  }
  const shard = isOfModel(flags) ? resultsShard(flags, terminal) : undefined;
  // Before the model, which takes longer: a file that is none is said at once.
  const truth = await readAvaFile(flags.data, { eighth: 'person' });
  const exclusions = flags.exclusions
    ? await readExclusionFile(flags.exclusions)
    : new Set<string>();
  const { found, broken, videos } = isOfModel(flags)
    ? await detectAll(flags, shard, terminal)
    : { found: await readAvaFile(flags.detections!), broken: 0, videos: 0 };
  if (flags.saveDetections !== undefined)
    await writeAvaFile(flags.saveDetections, found, terminal.signal);
  if (shard) {
    const part = { shard: shardText(shard), videos, broken };
    terminal.out(
      flags.json
        ? `${JSON.stringify(part)}\n`
        : `shard ${part.shard}: ${videos} videos, ${broken} broken\n`,
    );
    return broken > 0 ? EXIT.failure : EXIT.success;
  }
  const { perFrame } = flags;
  const evaluation = evaluateAva(truth, found, { exclusions, ...defined({ perFrame }) });
  const summary = { evaluation, broken };
  terminal.out(await avaText(summary, flags.json));
  return avaExit(summary);
}

const isOfModel = (flags: AvaFlags): flags is AvaModelFlags =>
  flags.boxes !== undefined && flags.videos !== undefined;

/** A model, the people that it is to score, and the videos that they are in, by their names. */
export interface AvaWork extends AsyncDisposable {
  readonly scorer: BoxScorer;
  readonly people: ReadonlyMap<string, PeopleBySecond>;
  readonly files: ReadonlyMap<string, string>;
}

/** Opens what the flags name. */
export async function openAva(flags: AvaModelFlags, terminal: Terminal): Promise<AvaWork> {
  const tell = (note: string): void => terminal.err(`warning: ${note}\n`);
  const people = await listedPeople(flags.boxes, flags.boxThreshold);
  const named = await namedVideos(flags.videos, people.keys(), 'the boxes name', tell);
  const files = new Map([...people.keys()].map((name) => [name, named.get(name)!]));
  const scorer = await boxScorer(compileOptions(flags, terminal));
  for (const note of scorer.detector.notes) tell(note);
  const dispose = (): PromiseLike<void> => scorer[Symbol.asyncDispose]();
  return { scorer, people, files, [Symbol.asyncDispose]: dispose };
}

/** What the scores of the model that the flags name depend on, and what they are evaluated by. */
export async function aboutAva(scorer: BoxScorer, flags: AvaModelFlags): Promise<AvaAbout> {
  const { model, weights, seed, config, boxThreshold, perFrame } = flags;
  const { metadata, preprocessing } = scorer.detector;
  const settings = {
    weights: await weightsIdentity(model, weights, seed),
    variant: {
      ...variantOptions(flags),
      ...(config === undefined ? {} : { config: await fileHash(config) }),
    },
    ...{ preprocessing, labels: metadata.labels },
  };
  return {
    ...(await avaHashes(flags)),
    ...{ boxThreshold, perFrame: perFrame ?? null, model: model ?? 'default' },
    settings: JSON.parse(JSON.stringify(settings)) as AvaAbout['settings'],
  };
}

/** The scores of all actions for every box of every video, or of a shard of them, which is written. */
async function detectAll(flags: AvaModelFlags, shard: Shard | undefined, terminal: Terminal) {
  await using work = await openAva(flags, terminal);
  const videos = [...work.files];
  const rows = shard ? [...shardRows(videos.length, shard)] : [...videos.keys()];
  const builder = new AvaTableBuilder();
  const progress = progressLine(terminal, 'videos');
  let broken = 0;
  async function* outcomes(): AsyncGenerator<Outcome, void> {
    for (const [done, row] of rows.entries()) {
      terminal.signal.throwIfAborted();
      const [name, file] = videos[row]!;
      try {
        const people = await work.scorer.score(file, work.people.get(name)!, terminal.signal);
        addPeople(builder, name, people);
        yield { row, file, result: peopleResult(name, people) };
      } catch (error) {
        if (terminal.signal.aborted || !isMediaError(error)) throw error;
        broken += 1;
        progress.end();
        terminal.err(errorText(error));
        yield { row, file, error: { kind: error.name, message: error.message } };
      }
      progress.update(done + 1, rows.length);
    }
  }
  try {
    if (shard) {
      const about = await aboutAva(work.scorer, flags);
      const run = await avaRun(flags.results!, work.files, about, flags);
      await writeShard(run, shard, outcomes(), terminal.signal);
    } else await toEnd(outcomes());
  } finally {
    progress.end();
  }
  const found: AvaTable = builder.build();
  return { found, broken, videos: rows.length };
}
