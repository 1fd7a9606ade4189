/** @file `slowfast train CONFIG`: trains a model on a list of videos. */
import { EXIT, UsageError } from './exit.js';
import type { Request } from './declaration.js';
import type { GridPlan, RunOptions, RunSummary, TrainingPlan } from '../train/run-types.js';
import { planTraining, trainModel } from '../train/train-model.js';
import { progressLine } from './progress.js';
import { textTable } from './table.js';
import type { Terminal } from './terminal.js';
import { trainingLine } from './training-line.js';

interface TrainFlags {
  readonly dryRun?: boolean;
  readonly resume?: boolean;
  readonly json?: boolean;
}

/** Trains. */
export async function train({
  args: [config, ...entries],
  flags,
  terminal,
}: Request<TrainFlags>): Promise<number> {
  if (flags.dryRun) return dryRun(config!, entries, flags, terminal);
  const line = trainingLine(terminal);
  const features = progressLine(terminal, 'features');
  const summary = await trainModel(config!, {
    entries,
    resume: flags.resume === true,
    onProgress: line.update,
    onFeatures: features.update,
    ...messages(terminal),
  }).finally(() => {
    features.end();
    line.end();
  });
  terminal.out(flags.json ? `${JSON.stringify(summary)}\n` : summaryText(summary));
  return EXIT.success;
}

const messages = (terminal: Terminal): Pick<RunOptions, 'signal' | 'onWarning' | 'onNote'> => ({
  signal: terminal.signal,
  onWarning: (text) => terminal.err(`warning: ${text}\n`),
  onNote: (text) => terminal.err(`${text}\n`),
});

async function dryRun(
  config: string,
  entries: readonly string[],
  flags: TrainFlags,
  terminal: Terminal,
): Promise<number> {
  if (flags.resume) throw new UsageError('--dry-run: looks at a new run, leave out --resume');
  const plan = await planTraining(config, { entries, ...messages(terminal) });
  terminal.out(flags.json ? `${JSON.stringify(plan)}\n` : planText(plan));
  return EXIT.success;
}

const PLAN_COLUMNS = ['part', '', 'tensors', 'parameters'];

function planText(plan: TrainingPlan): string {
  const { parts, device, seconds, batch, epochs, stepsPerEpoch, steps, hours } = plan;
  const total = (trained: boolean): string => {
    const own = parts.filter((part) => part.trained === trained);
    const sum = (key: 'tensors' | 'parameters'): number =>
      own.reduce((before, part) => before + part[key], 0);
    return `${sum('tensors')} tensors, ${sum('parameters')} parameters`;
  };
  const rows = parts.map(({ part, trained, tensors, parameters }) => [
    part,
    trained ? 'trained' : 'frozen',
    `${tensors}`,
    `${parameters}`,
  ]);
  const table = textTable(PLAN_COLUMNS, rows, new Set(PLAN_COLUMNS.slice(2)));
  const size = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
  const waiting = seconds.waiting.toFixed(2);
  const lines = [
    `trained  ${total(true)}`,
    `frozen   ${total(false)}`,
    '',
    table,
    `device   ${device}`,
    `memory   ${size(plan.memoryBytes)} at most in these steps; decoded frames may come to ${size(plan.cacheBytes)}`,
    ...(plan.twice.length > 0 ? [`twice    ${plan.twice.join(', ')}`] : []),
    `step     ${seconds.step.toFixed(2)} s for ${batch} clips, and ${waiting} s of waiting while videos are decoded`,
    ...(plan.features
      ? [
          `features ${plan.features.clips} clips, ${size(plan.features.bytes)}, ${plan.features.hours.toFixed(2)} hours, once`,
        ]
      : []),
    ...(plan.multigrid ? gridLines(plan.multigrid) : []),
    `run      ${epochs} epochs${plan.multigrid ? '' : ` of ${stepsPerEpoch} steps`}: ${steps} steps, ${hours.toFixed(2)} hours without evaluations`,
  ];
  return `${lines.join('\n')}\n`;
}

/** The phases of multigrid training as a table, and what they save. */
function gridLines({ phases, steps, plainSteps, speedUp }: GridPlan): readonly string[] {
  const columns = ['epochs', 'frames', 'crop, in turns', 'clips of a step', 'steps of an epoch'];
  const rows = phases.map(({ from, until, frames, shapes, stepsPerEpoch }) => [
    `${from + 1} to ${until}`,
    `${frames}`,
    shapes.map(({ size }) => (size[0] === size[1] ? `${size[0]}` : size.join('x'))).join(', '),
    shapes.map(({ clips }) => `${clips}`).join(', '),
    `${stepsPerEpoch}`,
  ]);
  return [
    '',
    textTable(columns, rows, new Set(['frames', 'steps of an epoch'])),
    `multigrid ${steps} steps in place of ${plainSteps}, ${speedUp.toFixed(1)} times as fast by their arithmetic`,
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

function summaryText(summary: RunSummary): string {
  const { weights, onnx, report, parameters, steps, epochs, best, evaluation, waiting } = summary;
  const metrics = Object.entries(evaluation?.metrics ?? {})
    .map(([name, value]) => `${name} ${Number(value.toFixed(4))}`)
    .join(', ');
  const lines = [
    `trained  ${epochs} epochs, ${steps} steps, ${parameters} parameters`,
    ...(metrics === '' ? [] : [`test     ${metrics}`]),
    ...(best ? [`best     ${Number(best.value.toFixed(4))} after epoch ${best.epoch}`] : []),
    `waited   ${percent(waiting.first)} of the first epoch for data${waiting.later === undefined ? '' : `, ${percent(waiting.later)} of the later ones`}`,
    `weights  ${weights} (the other commands take it by --weights)`,
    `onnx     ${onnx}`,
    `report   ${report}`,
  ];
  return `${lines.join('\n')}\n`;
}
