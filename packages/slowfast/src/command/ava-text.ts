/** @file An evaluation by AVA's protocol as text and as JSON. */
import { classLabels } from '@slowfast/models';
import type { AvaSummary } from '../shards/ava-run.js';
import { EXIT } from './exit.js';

/** What is printed of it: the mean and every class. */
export async function avaText(summary: AvaSummary, json: boolean | undefined): Promise<string> {
  const names = await classLabels('ava');
  return json ? `${JSON.stringify(report(summary, names))}\n` : textOf(summary, names);
}

/** The exit code after it. */
export const avaExit = ({ evaluation, broken }: AvaSummary): number =>
  broken > 0 || Number.isNaN(evaluation.meanAveragePrecision) ? EXIT.failure : EXIT.success;

function report({ evaluation, broken }: AvaSummary, names: readonly string[]) {
  const { meanAveragePrecision, averagePrecision } = evaluation;
  return {
    meanAveragePrecision: Number.isNaN(meanAveragePrecision) ? null : meanAveragePrecision,
    broken,
    classes: [...averagePrecision].map(([label, ap]) => ({
      label,
      name: names[label - 1],
      averagePrecision: ap,
    })),
  };
}

function textOf({ evaluation, broken }: AvaSummary, names: readonly string[]): string {
  const percent = (value: number): string => (100 * value).toFixed(2).padStart(6);
  const rows = [...evaluation.averagePrecision].map(
    ([label, ap]) => `${ap === null ? '     -' : percent(ap)}  ${names[label - 1]}\n`,
  );
  const lost = broken > 0 ? `${broken} videos are broken\n` : '';
  return `${rows.join('')}${percent(evaluation.meanAveragePrecision)}  mAP@0.5IOU\n${lost}`;
}
