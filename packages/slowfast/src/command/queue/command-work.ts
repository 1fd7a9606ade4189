/** @file What a worker does with a video of a run, by the command that the run is of. */
import { SpecError, type Data } from '@slowfast/core';
import { topPredictions } from '@slowfast/evaluation';
import { scoreVideo, videosAtOnce } from '../../classify/score-video.js';
import { boxScorer, listedPeople } from '../../evaluate/ava-people.js';
import { extractFeatures } from '../../features/extract.js';
import { featureNetwork } from '../../features/feature-network.js';
import { labelsOf, preprocessingOf, untrainedWarning } from '../../model/labels.js';
import { lazyPeople } from '../../pose/lazy-people.js';
import { AVA_RUN, avaAbout, peopleResult } from '../../shards/ava-run.js';
import { canonicalJson } from '../../shards/canonical-json.js';
import { evaluationAbout, scoresResult } from '../../shards/evaluation-run.js';
import type { Row, Run } from '../../shards/run.js';
import type { ClassifyFlags } from '../classify.js';
import { compileFlagged, compileOptions, type RuntimeFlags } from '../compile.js';
import { compileAny } from '../compile-tfjs.js';
import type { DetectFlags } from '../detect.js';
import { detections, reportOf } from '../detection-report.js';
import { aboutAva, type AvaModelFlags } from '../evaluate-ava.js';
import { settingsOf, type EvaluateFlags } from '../evaluate.js';
import {
  checkSeparate,
  featureSettings,
  fileEach,
  withLayout,
  type FeatureFlags,
} from '../features.js';
import type { Terminal } from '../terminal.js';
import { openOptions, scoringOptions } from '../video-options.js';

/** The commands of which runs can be. */
export const RUN_COMMANDS = ['evaluate', 'classify', 'features', 'detect'] as const;
/** One of them. */
export type RunCommand = (typeof RUN_COMMANDS)[number];

/** A model that is ready for the videos of a run. */
export interface CommandWork extends AsyncDisposable {
  /** Videos at once. */
  readonly limit: number;
  /** What was concluded on the way, a sentence each. */
  readonly notes: readonly string[];
  /** The result of a video, whose file is at a path of this machine; rejects with MediaError for one that cannot be used. */
  work(row: Row, path: string, signal: AbortSignal): Promise<unknown>;
}

type Opening = (run: Run, flags: never, terminal: Terminal) => Promise<CommandWork>;

const OPENINGS: Readonly<Record<RunCommand | typeof AVA_RUN, Opening>> = {
  evaluate: openEvaluation,
  [AVA_RUN]: openAvaEvaluation,
  classify: openClassification,
  features: openFeatures,
  detect: openDetection,
};

/** More videos than a shard has: as many sessions as the machine is good for. */
const MANY = Infinity;

/** Opens what a run needs; how the model runs is this machine's matter. */
export async function openCommandWork(
  run: Run,
  runtime: RuntimeFlags,
  terminal: Terminal,
): Promise<CommandWork> {
  const opening = Object.hasOwn(OPENINGS, run.command)
    ? OPENINGS[run.command as keyof typeof OPENINGS]
    : undefined;
  const { flags } = run.about as { readonly flags?: object };
  if (!opening || typeof flags !== 'object' || flags === null) {
    throw new SpecError({
      site: `run ${run.id}`,
      expected: `a run of ${RUN_COMMANDS.join(', ')} that was added to a queue`,
      received: `one of ${run.command}`,
    });
  }
  return opening(run, { ...flags, ...runtime } as never, terminal);
}

/** Closes what a work has, one after the other. */
async function closed(...parts: readonly AsyncDisposable[]): Promise<void> {
  for (const part of parts) await part[Symbol.asyncDispose]();
}

async function openEvaluation(
  run: Run,
  flags: EvaluateFlags,
  terminal: Terminal,
): Promise<CommandWork> {
  const { model, notes } = await compileAny(flags, terminal, MANY);
  const about = evaluationAbout(run);
  const settings = JSON.parse(JSON.stringify(await settingsOf(model, flags))) as Data<never>;
  if (canonicalJson(settings) !== canonicalJson(about.settings)) {
    await model[Symbol.asyncDispose]();
    throw otherSettings(run);
  }
  const { videos: limit, parallel } = videosAtOnce(MANY, model);
  const scoring = { ...scoringOptions(flags, model, terminal.signal), parallel };
  const people = lazyPeople();
  return {
    limit,
    notes,
    work: async (_, path, signal) =>
      scoresResult(await scoreVideo(path, { ...scoring, people, signal })),
    [Symbol.asyncDispose]: () => closed(people, model),
  };
}

async function openClassification(
  _: Run,
  flags: ClassifyFlags,
  terminal: Terminal,
): Promise<CommandWork> {
  const { model, notes } = await compileAny(flags, terminal, MANY);
  const labels = await labelsOf(model, flags.labels);
  const { videos: limit, parallel } = videosAtOnce(MANY, model);
  const scoring = { ...scoringOptions(flags, model, terminal.signal), parallel };
  const people = lazyPeople();
  return {
    limit,
    notes: [...notes, ...untrainedWarning(model)],
    async work(__, path, signal) {
      const { scores, views, warnings, timing } = await scoreVideo(path, {
        ...scoring,
        ...{ people, signal },
      });
      const predictions = topPredictions(scores, labels, flags.top);
      return { model: model.name, views, predictions, warnings, device: model.device, timing };
    },
    [Symbol.asyncDispose]: () => closed(people, model),
  };
}

async function openFeatures(_: Run, asked: FeatureFlags, terminal: Terminal): Promise<CommandWork> {
  const flags = withLayout(asked);
  checkSeparate(flags);
  const { model, notes } = await compileFlagged(flags, terminal, ({ entry }) =>
    featureNetwork(entry.model, flags.at),
  );
  const { window, stride, fps, pool, batch } = flags;
  return {
    limit: 1,
    notes: [...notes, ...untrainedWarning(model, 'features')],
    async work({ name }, path, signal) {
      const features = await extractFeatures(path, {
        ...{ model, windows: { window, stride, fps }, pool, batch, signal },
        preprocessing: preprocessingOf(model),
        open: openOptions(flags),
      });
      const files = await fileEach(model, flags, signal)(name!, features);
      return {
        ...featureSettings(model, flags),
        windows: features.windows,
        files,
        warnings: features.warnings,
      };
    },
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}

async function openDetection(_: Run, flags: DetectFlags, terminal: Terminal): Promise<CommandWork> {
  const seeker = detections(flags, terminal);
  return {
    limit: 1,
    notes: await seeker.open(),
    work: (__, path, signal) => reportOf(path, seeker, flags, { signal }),
    [Symbol.asyncDispose]: () => seeker[Symbol.asyncDispose](),
  };
}

async function openAvaEvaluation(
  run: Run,
  flags: AvaModelFlags,
  terminal: Terminal,
): Promise<CommandWork> {
  const [people, scorer] = [
    await listedPeople(flags.boxes, flags.boxThreshold),
    await boxScorer(compileOptions(flags, terminal)),
  ];
  const { boxes, settings } = await aboutAva(scorer, flags);
  const about = avaAbout(run);
  if (
    canonicalJson({ boxes, settings }) !==
    canonicalJson({ boxes: about.boxes, settings: about.settings })
  ) {
    await scorer[Symbol.asyncDispose]();
    throw otherSettings(run);
  }
  return {
    limit: 1,
    notes: scorer.detector.notes,
    work: async ({ name }, path, signal) =>
      peopleResult(name!, await scorer.score(path, people.get(name!)!, signal)),
    [Symbol.asyncDispose]: () => scorer[Symbol.asyncDispose](),
  };
}

const otherSettings = ({ id }: Run): SpecError =>
  new SpecError({
    site: `run ${id}`,
    expected: 'the weights and settings that it was added with',
    received: 'others',
    remedy: 'Add the run again, which makes another of it',
  });
