/** @file `slowfast features VIDEO...`: features of windows that slide over videos, as arrays in files. */
import { dirname, join } from 'node:path';
import { isMediaError, type CompiledModel } from '@slowfast/core';
import { EXIT, reportVideo, UsageError, videosOutcome } from './exit.js';
import { extractFeatures, type VideoFeatures, type Windows } from '../features/extract.js';
import { featureNetwork } from '../features/feature-network.js';
import { FEATURE_LAYOUTS, type FeatureLayout, type FeatureReader } from '../features/layouts.js';
import { writeFeatures, type FeatureFormat } from '../features/write.js';
import { FEATURE_DEFAULTS } from './declarations/features.js';
import { featureArchive, type KeepFeatures } from './feature-archive.js';
import type { Request } from './declaration.js';
import { type ModelFlags } from './model-options.js';
import { outputNames } from './output-names.js';
import { printableName } from './printable.js';
import { filesProgress, type FilesProgress } from './progress.js';
import { makeFolder } from '../files/make-folder.js';
import { videoFiles } from '../files/video-files.js';
import { isOnnxFile } from '../model/compile-model.js';
import { preprocessingOf, untrainedWarning } from '../model/labels.js';
import { sharedRows, type ShardFlags } from './shard.js';
import type { Terminal } from './terminal.js';
import { openOptions, type VideoFlags } from './video-options.js';
import { compileFlagged, type RuntimeFlags } from './compile.js';

/** What the options of the declarations parse to. */
export interface FeatureFlags extends ModelFlags, RuntimeFlags, VideoFlags, ShardFlags {
  readonly at: readonly string[];
  readonly window: number;
  readonly stride: number;
  readonly fps: number;
  readonly pool: 'mean' | 'none';
  readonly format: FeatureFormat;
  readonly batch: number;
  readonly output: string;
  readonly for?: FeatureReader;
  readonly json?: boolean;
}

/** Writes features of videos. */
export async function features(request: Request<FeatureFlags>): Promise<number> {
  const { args, terminal } = request;
  const flags = withLayout(request.flags);
  checkFlags(flags);
  const files = await videoFiles(args, (text) => terminal.err(`note: ${text}\n`));
  // Over all videos: names are the same however they are shared.
  const names = await outputNames(args, files);
  const rows = sharedRows(files.length, flags, terminal);
  if (rows.length === 0) return EXIT.success;
  await makeFolder(flags.output, '--output');
  const layout = layoutOf(flags);
  const archive =
    layout?.archive === undefined
      ? undefined
      : await featureArchive(join(flags.output, layout.archive), layout, names);
  const compiled = await compileFlagged(flags, terminal, ({ entry }) =>
    featureNetwork(entry.model, flags.at),
  );
  const { model, notes } = compiled;
  const progress = filesProgress(terminal, rows.length);
  const featuresOfAll = async (keep: KeepFeatures): Promise<number> => {
    let failed = 0;
    for (const row of rows) {
      terminal.signal.throwIfAborted();
      const work = { keep, model, flags, terminal, progress };
      if (!(await featuresOfOne(files[row]!, names[row]!, work))) failed++;
    }
    return videosOutcome(terminal, failed, rows.length);
  };
  try {
    for (const text of [...notes, ...untrainedWarning(model, 'features')]) {
      terminal.err(`warning: ${text}\n`);
    }
    return await (archive?.(featuresOfAll) ??
      featuresOfAll(fileEach(model, flags, terminal.signal)));
  } finally {
    progress.end();
    await model[Symbol.asyncDispose]();
  }
}

/** Keeps the features of a video in a file of its own. */
export const fileEach =
  (model: CompiledModel, flags: FeatureFlags, signal: AbortSignal): KeepFeatures =>
  async (name, features) => {
    const stem = join(flags.output, name);
    await makeFolder(dirname(stem), '--output');
    const settings = featureSettings(model, flags);
    return writeFeatures(stem, flags.format, features, settings, signal, layoutOf(flags));
  };

/** What features depend on, for results. */
export const featureSettings = (
  model: CompiledModel,
  { at, pool, window, stride, fps }: FeatureFlags,
) => ({
  ...{ model: model.name, at: at.join(','), pool },
  ...{ window, stride, fps },
});

/** Throws {@link UsageError} for a layout of one file where several processes would write it. */
export function checkSeparate(flags: FeatureFlags): void {
  if (layoutOf(flags)?.archive === undefined) return;
  throw new UsageError(`--for ${flags.for}: expected one process, since it writes one file`);
}

function checkFlags(flags: FeatureFlags): void {
  if (flags.shard) checkSeparate(flags);
  if (isOnnxFile(flags.model)) {
    throw new UsageError('--model: features need a model by name; an .onnx file has no stages');
  }
}

/** The flags with what the layout decides; throws {@link UsageError} for one of those beside it. */
export function withLayout(flags: FeatureFlags): FeatureFlags {
  if (flags.for === undefined) return flags;
  const { window, stride, fps }: FeatureLayout = FEATURE_LAYOUTS[flags.for];
  for (const [name, value] of Object.entries(FEATURE_DEFAULTS)) {
    if (flags[name as keyof typeof FEATURE_DEFAULTS] === value) continue;
    throw new UsageError(`--${name}: --for ${flags.for} decides it, leave one of both out`);
  }
  return { ...flags, window, stride, fps };
}

/** How files are laid out, where the flags say so. */
export const layoutOf = (flags: FeatureFlags): FeatureLayout | undefined =>
  flags.for && FEATURE_LAYOUTS[flags.for];

interface Work {
  readonly keep: KeepFeatures;
  readonly model: CompiledModel;
  readonly flags: FeatureFlags;
  readonly terminal: Terminal;
  readonly progress: FilesProgress;
}

/** Writes the features of one video; its own error is printed and gives `false`. */
async function featuresOfOne(file: string, name: string, work: Work): Promise<boolean> {
  const { keep, model, flags, terminal } = work;
  const progress = work.progress.begin(file);
  try {
    const windows: Windows = { window: flags.window, stride: flags.stride, fps: flags.fps };
    const features = await extractFeatures(file, {
      ...{ model, windows, pool: flags.pool, batch: flags.batch },
      preprocessing: preprocessingOf(model),
      open: openOptions(flags),
      signal: terminal.signal,
      onProgress: progress.update,
    });
    const written = await keep(name, features);
    progress.end();
    terminal.out(
      flags.json
        ? `${JSON.stringify({ file, ...featureSettings(model, flags), ...shapesOf(features), files: written, warnings: features.warnings })}\n`
        : `${printableName(file)}  →  ${written.map(printableName).join(', ')}  (${features.windows} windows)\n`,
    );
    if (!flags.json) {
      for (const warning of features.warnings)
        terminal.err(`warning: ${printableName(file)}: ${warning}\n`);
    }
    return true;
  } catch (error) {
    if (terminal.signal.aborted || !isMediaError(error)) throw error;
    progress.end();
    reportVideo(terminal, flags.json, file, error);
    return false;
  } finally {
    progress.end();
  }
}

const shapesOf = ({ windows, arrays }: VideoFeatures): object => ({
  windows,
  shapes: Object.fromEntries(Object.entries(arrays).map(([name, { shape }]) => [name, shape])),
});
