/** @file `slowfast classify FILE...`: videos in, classes out. */
import { SlowFastError, SpecError, type CompiledModel, type Recipe } from '@slowfast/core';
import { scoreViews, topPredictions, type Prediction } from '@slowfast/evaluation';
import { openVideo, views, type DecoderName } from '@slowfast/video';
import { EXIT, UsageError } from '../exit.js';
import type { AddCommand } from '../main.js';
import {
  DEFAULT_MODEL,
  addVariantOptions,
  addWeightOptions,
  labelsFrom,
  oneOf,
  viewCounts,
  wholeNumber,
  type ModelFlags,
} from '../model-options.js';
import { progressLine } from '../progress.js';
import type { Terminal } from '../terminal.js';
import { videoFiles } from '../video-files.js';
import { addRuntimeOptions, compileFlagged, type RuntimeFlags } from './compile.js';

interface ClassifyFlags extends ModelFlags, RuntimeFlags {
  readonly views?: { readonly clips: number; readonly crops: number };
  readonly top: number;
  readonly labels?: string;
  readonly batch: number;
  readonly decoder: string;
  readonly rotation: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** What `--json` prints for one video, one a line. */
interface Result {
  readonly file: string;
  readonly model: string;
  /** Clips x crops. */
  readonly views: string;
  readonly predictions: readonly Prediction[];
  readonly warnings: readonly string[];
  /** Where it ran, and milliseconds altogether, in the model, and waiting for frames. */
  readonly device: string;
  readonly timing: { readonly total: number; readonly inference: number; readonly waiting: number };
}

/** Adds `classify`. */
export const addClassify: AddCommand = (program, run) => {
  const command = program
    .command('classify')
    .description('score videos with a classifier')
    .argument('<file...>', 'videos, or folders with videos')
    .option(
      '--model <name>',
      `a name that \`slowfast models\` lists, or an .onnx file (default: ${DEFAULT_MODEL})`,
    );
  addRuntimeOptions(addWeightOptions(addVariantOptions(command)))
    .option(
      '--views <clips>x<crops>',
      'views of each video (default: the recipe, 10x3)',
      viewCounts,
    )
    .option('--top <n>', 'classes to print', wholeNumber, 5)
    .option('--labels <file>', 'class names, one a line, or the name of a data set')
    .option('--batch <n>', 'views a run', wholeNumber, 1)
    .option('--decoder <name>', 'auto, node-av or ffmpeg', 'auto')
    .option('--rotation <what>', 'apply or ignore the rotation that a file asks for', 'apply')
    .option('--strict', 'fail on damaged videos instead of using what decodes')
    .option('--json', 'print one JSON object a video, one a line')
    .action((paths: string[], flags: ClassifyFlags) =>
      run(async (terminal) => {
        checkFlags(flags);
        const files = await videoFiles(paths);
        const { model, notes } = await compileFlagged(flags, terminal);
        try {
          const { labels, warnings } = await labelsOf(model, flags);
          for (const text of [...notes, ...warnings]) terminal.err(`warning: ${text}\n`);
          let failed = 0;
          for (const file of files) {
            terminal.signal.throwIfAborted();
            const done = await classifyOne(file, { model, labels, warnings, flags, terminal });
            if (!done) failed += 1;
          }
          if (files.length > 1 && failed > 0) {
            terminal.err(`${failed} of ${files.length} videos failed\n`);
          }
          return failed > 0 ? EXIT.failure : EXIT.success;
        } finally {
          await model[Symbol.asyncDispose]();
        }
      }),
    );
};

interface Work {
  readonly model: CompiledModel;
  readonly labels: readonly string[] | undefined;
  readonly warnings: readonly string[];
  readonly flags: ClassifyFlags;
  readonly terminal: Terminal;
}

/** Classifies one video and prints the result; a video's own error is printed and gives `false`. */
async function classifyOne(file: string, work: Work): Promise<boolean> {
  const { flags, terminal } = work;
  try {
    const result = await scored(file, work);
    terminal.out(flags.json ? `${JSON.stringify(result)}\n` : resultText(result));
    if (!flags.json) {
      for (const warning of result.warnings.slice(work.warnings.length)) {
        terminal.err(`warning: ${file}: ${warning}\n`);
      }
    }
    return true;
  } catch (error) {
    if (terminal.signal.aborted || !(error instanceof SlowFastError)) throw error;
    const { name: kind, message } = error;
    if (flags.json) terminal.out(`${JSON.stringify({ file, error: { kind, message } })}\n`);
    terminal.err(`${kind}: ${message}\n`);
    return false;
  }
}

async function scored(file: string, work: Work): Promise<Result> {
  const { model, labels, flags, terminal } = work;
  const recipe = recipeOf(model);
  const { clips, crops } = flags.views ?? recipe.views;
  const startedAt = performance.now();
  const { signal } = terminal;
  await using video = await openVideo(file, {
    decoder: flags.decoder as DecoderName | 'auto',
    rotation: flags.rotation as 'apply' | 'ignore',
    strict: flags.strict === true,
    signal,
  });
  const progress = progressLine(terminal, file);
  let padded = false;
  async function* noted() {
    for await (const view of views(video, recipe, { clips, crops, signal })) {
      padded ||= view.padded;
      yield view;
    }
  }
  try {
    const { scores, timing } = await scoreViews(model, noted(), {
      recipe,
      batch: flags.batch,
      signal,
      onProgress: (done) => progress.update(done, clips * crops),
    });
    const { frames, fps } = video.info;
    const short = `the video is shorter than a clip (${frames} frames at ${fps} fps): filled as ${recipe.sampling} does`;
    return {
      file,
      model: model.name,
      views: `${clips}x${crops}`,
      predictions: topPredictions(scores, labels, flags.top),
      warnings: [...work.warnings, ...video.warnings, ...(padded ? [short] : [])],
      device: model.device,
      timing: {
        total: Math.round(performance.now() - startedAt),
        inference: Math.round(timing.inference),
        waiting: Math.round(timing.waiting),
      },
    };
  } finally {
    progress.end();
  }
}

function resultText({ file, model, views: counts, predictions, timing }: Result): string {
  const width = Math.max(0, ...predictions.map(({ score }) => score.toFixed(4).length));
  const lines = predictions.map(
    ({ label, score }) => `  ${score.toFixed(4).padStart(width)}  ${label}`,
  );
  const seconds = (timing.total / 1000).toFixed(1);
  return `${file}  (${model}, ${counts} views, ${seconds} s)\n${lines.join('\n')}\n`;
}

function recipeOf({ name, facts }: CompiledModel): Recipe {
  if (facts.recipe) return facts.recipe;
  throw new SpecError({
    site: name,
    expected: 'an ONNX file with a recipe in its metadata',
    received: 'one without',
    remedy: 'Write it with `slowfast export`',
  });
}

async function labelsOf(
  model: CompiledModel,
  flags: ClassifyFlags,
): Promise<Pick<Work, 'labels' | 'warnings'>> {
  const classes = Object.values(model.outputs)[0]![1];
  const labels =
    flags.labels === undefined
      ? model.facts.labels
      : await labelsFrom(flags.labels, Number(classes));
  return {
    labels,
    warnings: [
      ...(model.facts.trained === false
        ? ['the weights are initialised, not trained: the scores mean nothing']
        : []),
      ...(labels ? [] : ['no labels for these classes: give them by --labels']),
    ],
  };
}

function checkFlags({ top, batch, decoder, rotation }: ClassifyFlags): void {
  if (top < 1) throw new UsageError('--top: expected a number of at least 1');
  if (batch < 1) throw new UsageError('--batch: expected a number of at least 1');
  oneOf('--decoder', decoder, ['auto', 'node-av', 'ffmpeg']);
  oneOf('--rotation', rotation, ['apply', 'ignore']);
}
