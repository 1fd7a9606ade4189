/** @file `slowfast train CONFIG`: trains a model on a list of videos. */
import { EXIT } from './exit.js';
import type { Request } from './declaration.js';
import type { RunSummary } from '../train/run-types.js';
import { trainModel } from '../train/train-model.js';
import { trainingLine } from './training-line.js';

interface TrainFlags {
  readonly resume?: boolean;
  readonly json?: boolean;
}

/** Trains. */
export async function train({
  args: [config],
  flags,
  terminal,
}: Request<TrainFlags>): Promise<number> {
  const line = trainingLine(terminal);
  const summary = await trainModel(config!, {
    resume: flags.resume === true,
    signal: terminal.signal,
    onProgress: line.update,
    onWarning: (text) => terminal.err(`warning: ${text}\n`),
    onNote: (text) => terminal.err(`${text}\n`),
  }).finally(() => line.end());
  terminal.out(flags.json ? `${JSON.stringify(summary)}\n` : summaryText(summary));
  return EXIT.success;
}

function summaryText(summary: RunSummary): string {
  const { weights, onnx, report, parameters, steps, epochs, best, evaluation } = summary;
  const metrics = Object.entries(evaluation?.metrics ?? {})
    .map(([name, value]) => `${name} ${Number(value.toFixed(4))}`)
    .join(', ');
  const lines = [
    `trained  ${epochs} epochs, ${steps} steps, ${parameters} parameters`,
    ...(metrics === '' ? [] : [`test     ${metrics}`]),
    ...(best ? [`best     ${Number(best.value.toFixed(4))} after epoch ${best.epoch}`] : []),
    `weights  ${weights} (the other commands take it by --weights)`,
    `onnx     ${onnx}`,
    `report   ${report}`,
  ];
  return `${lines.join('\n')}\n`;
}
