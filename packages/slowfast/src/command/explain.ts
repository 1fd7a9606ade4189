/** @file `slowfast explain VIDEO`: where in a video a classifier sees a class. */
import { openVideo } from '@slowfast/video';
import { defined } from '../defined.js';
import { videoExplainer, type Explanation } from '../explain/video-explainer.js';
import { peakOf } from '../explain/activation-maps.js';
import { writeExplainedFrames, writeExplainedVideo } from '../explain/write.js';
import { compileOptions, type RuntimeFlags } from './compile.js';
import type { Request } from './declaration.js';
import { EXIT, UsageError } from './exit.js';
import type { ModelFlags } from './model-options.js';
import { isVideoName } from './output-names.js';
import { printableName } from './printable.js';
import { progressLine } from './progress.js';
import { openOptions, type ScoringFlags } from './video-options.js';

interface ExplainFlags extends ModelFlags, RuntimeFlags, ScoringFlags {
  readonly class?: string;
  readonly at?: readonly string[];
  readonly labels?: string;
  readonly video?: string;
  readonly pictures?: string;
  readonly json?: boolean;
}

/** Explains. */
export async function explain({
  args: [path],
  flags,
  terminal,
}: Request<ExplainFlags>): Promise<number> {
  const { video: output, pictures: folder } = flags;
  if (output === undefined && folder === undefined && !flags.json) {
    throw new UsageError('explain: expected --video, --pictures or --json');
  }
  if (output !== undefined && !isVideoName(output)) {
    throw new UsageError(
      `--video: expected a name ending with .mp4 or .webm, received '${output}'`,
    );
  }
  const { signal } = terminal;
  await using video = await openVideo(path!, { ...openOptions(flags), signal });
  await using explainer = await videoExplainer({
    ...compileOptions(flags, terminal),
    ...defined({ at: flags.at, labels: flags.labels }),
  });
  for (const note of explainer.notes) terminal.err(`warning: ${note}\n`);
  const progress = progressLine(terminal, path!);
  const explanation = await explainer(video, {
    ...defined({ class: flags.class, views: flags.views }),
    signal,
    onProgress: progress.update,
  }).finally(() => progress.end());
  for (const warning of explanation.warnings) terminal.err(`warning: ${warning}\n`);
  const written: string[] = [];
  if (output !== undefined) {
    await writeExplainedVideo(output, video, explanation, signal);
    written.push(output);
  }
  if (folder !== undefined) {
    written.push(...(await writeExplainedFrames(folder, video, explanation, signal)));
  }
  const report = reportOf(explanation, explainer.model);
  terminal.out(
    flags.json
      ? `${JSON.stringify({ ...report, files: written })}\n`
      : reportText(explanation, written, output, folder),
  );
  return EXIT.success;
}

function reportOf(
  { file, class: chosen, predictions, views, maps, warnings }: Explanation,
  { name: model, device }: { readonly name: string; readonly device: string },
): object {
  const stages = Object.entries(maps).map(([stage, views]) => {
    return [stage, { shape: views[0]!.map.shape, peak: placeOfPeak(views) }];
  });
  return {
    ...{ file, model, device, class: chosen, predictions, views },
    ...{ stages: Object.fromEntries(stages) as object, warnings },
  };
}

/** Where the class is seen most: the frame, and the place in it from 0 to 1. */
function placeOfPeak(views: Explanation['maps'][string]): object {
  const value = peakOf(views);
  const { map, frames, area } = views.find(({ map: { data } }) => data.includes(value))!;
  const [, height, width] = map.shape as readonly [number, number, number];
  const at = map.data.indexOf(value);
  const x = ((at % width) + 0.5) / width;
  const y = ((Math.floor(at / width) % height) + 0.5) / height;
  return {
    value,
    frame: frames[Math.floor(at / (width * height))],
    x: area[0] + x * (area[2] - area[0]),
    y: area[1] + y * (area[3] - area[1]),
  };
}

function reportText(
  { file, class: { label, score }, views }: Explanation,
  written: readonly string[],
  video: string | undefined,
  folder: string | undefined,
): string {
  const pictures = written.length - (video === undefined ? 0 : 1);
  const lines = [
    `${printableName(file)}  ${label} ${score.toFixed(4)} (${views} views)`,
    ...(video === undefined ? [] : [`  video     ${printableName(video)}`]),
    ...(folder === undefined ? [] : [`  pictures  ${pictures} in ${printableName(folder)}`]),
  ];
  return `${lines.join('\n')}\n`;
}
