/** @file `slowfast evaluate --task localisation`: mAP of segments, from a file or found in videos. */
import { fileText, isMediaError, writeFileAtomic } from '@slowfast/core';
import {
  localisationMetrics,
  localisationsJson,
  readLocalisations,
  readLocalisationTruth,
  type LocalisationMetrics,
  type ScoredSegment,
  type SegmentsByVideo,
} from '@slowfast/evaluation';
import { namedVideos } from '../files/named-videos.js';
import { localiseVideo } from '../localise/localise-video.js';
import { labelsOf, numberedClasses, preprocessingOf, untrainedWarning } from '../model/labels.js';
import { compileAny, type AnyRuntimeFlags } from './compile-tfjs.js';
import { errorText, UsageError, videosOutcome } from './exit.js';
import type { ModelFlags } from './model-options.js';
import { printableName } from './printable.js';
import { progressLine } from './progress.js';
import { searchOptions, type SearchFlags } from './segment.js';
import type { Terminal } from './terminal.js';

/** What the options of the declarations parse to; `data` is the ground truth. */
export interface LocalisationFlags extends ModelFlags, AnyRuntimeFlags, SearchFlags {
  readonly data: string;
  readonly subset?: string;
  readonly detections?: string;
  readonly videos?: string;
  readonly saveDetections?: string;
  readonly labels?: string;
  readonly json?: boolean;
}

/** Evaluates by ActivityNet's definition and prints the means and every class. */
export async function evaluateLocalisationTask(
  flags: LocalisationFlags,
  terminal: Terminal,
): Promise<number> {
  if ((flags.detections === undefined) === (flags.videos === undefined)) {
    throw new UsageError('--task localisation: expected --detections, or --videos');
  }
  const { data, subset } = flags;
  const truth = readLocalisationTruth(await jsonText(data, 'ground truth'), {
    site: data,
    ...(subset === undefined ? {} : { subset }),
  });
  const { found, failed } =
    flags.detections === undefined
      ? await localiseAll(flags, flags.videos!, truth, terminal)
      : {
          found: readLocalisations(await jsonText(flags.detections, 'detections'), {
            site: flags.detections,
          }),
          failed: 0,
        };
  const { saveDetections } = flags;
  if (saveDetections !== undefined) {
    const bytes = new TextEncoder().encode(localisationsJson(found));
    await writeFileAtomic(saveDetections, (sink) => sink.write(bytes), terminal.signal);
  }
  const result = localisationMetrics(truth, found);
  const unknown = strangers(truth, found);
  if (unknown.length > 0) {
    terminal.err(
      `warning: classes that the ground truth does not have are left out: ${unknown.map(printableName).join(', ')}\n`,
    );
  }
  terminal.out(flags.json ? `${JSON.stringify(report(result))}\n` : textOf(result));
  return videosOutcome(terminal, failed, truth.size);
}

const jsonText = (path: string, what: string): Promise<string> =>
  fileText(path, { site: what, expected: "a file in ActivityNet's JSON form" });

/** The segments of every video of the ground truth; one that cannot be used has none. */
async function localiseAll(
  flags: LocalisationFlags,
  folder: string,
  truth: SegmentsByVideo<{ readonly label: string; readonly start: number; readonly end: number }>,
  terminal: Terminal,
): Promise<{ readonly found: SegmentsByVideo<ScoredSegment>; readonly failed: number }> {
  const { signal } = terminal;
  const note = (text: string): void => terminal.err(`note: ${text}\n`);
  const files = await namedVideos(folder, truth.keys(), 'the ground truth names', note);
  const { model, notes } = await compileAny(flags, terminal, Infinity);
  const progress = progressLine(terminal, 'videos');
  try {
    for (const text of [...notes, ...untrainedWarning(model)]) terminal.err(`warning: ${text}\n`);
    const labels = (await labelsOf(model, flags.labels)) ?? numberedClasses(model);
    const search = {
      ...searchOptions(flags),
      model,
      preprocessing: preprocessingOf(model),
      labels,
    };
    const byVideo = new Map<string, readonly ScoredSegment[]>();
    let failed = 0;
    for (const name of truth.keys()) {
      signal.throwIfAborted();
      try {
        const { segments } = await localiseVideo(files.get(name)!, { ...search, signal });
        byVideo.set(name, segments);
      } catch (error) {
        if (signal.aborted || !isMediaError(error)) throw error;
        terminal.err(errorText(error));
        failed++;
      }
      progress.update(byVideo.size + failed, truth.size);
    }
    return { found: byVideo, failed };
  } finally {
    progress.end();
    await model[Symbol.asyncDispose]();
  }
}

/** Classes that were found and that the ground truth does not have. */
function strangers(
  truth: SegmentsByVideo<{ readonly label: string; readonly start: number; readonly end: number }>,
  predictions: SegmentsByVideo<ScoredSegment>,
): readonly string[] {
  const labels = new Set([...truth.values()].flat().map(({ label }) => label));
  const classes = new Set([...predictions.values()].flat().map(({ label }) => label));
  return [...classes].filter((label) => !labels.has(label)).sort();
}

const report = ({ temporalIous, averagePrecision, mAP, average, videos }: LocalisationMetrics) => ({
  videos,
  temporalIous,
  mAP,
  average,
  classes: [...averagePrecision].map(([name, precision]) => ({
    name,
    averagePrecision: precision,
  })),
});

function textOf({ temporalIous, averagePrecision, mAP, average }: LocalisationMetrics): string {
  const row = (values: readonly number[], name: string): string =>
    `${values.map((value) => (100 * value).toFixed(2).padStart(7)).join('')}  ${name}\n`;
  const head = `${temporalIous.map((iou) => `@${iou}`.padStart(7)).join('')}  temporal IoU\n`;
  const classes = [...averagePrecision].map(([name, values]) => row(values, printableName(name)));
  return `${head}${classes.join('')}${row(mAP, `mAP, ${(100 * average).toFixed(2)} on average`)}`;
}
